"""Host name of the system, and the default name of a node."""

import os
import re

from netrelay.provisioning.system.target_system import TargetSystem
from netrelay.runtime.config import NODE_NAME

_DEFAULT = "netrelay"
# Defaults of images, which nobody chose.
UNCHOSEN = frozenset({"", "netrelay", "localhost", "raspberrypi", "debian", "raspberry"})
_SERIALS = ("/proc/device-tree/serial-number", "/sys/firmware/devicetree/base/serial-number")
_LOOPBACK_LINE = re.compile(r"(?m)^127\.0\.1\.1[ \t].*$")


def chosen_host_name(system: TargetSystem) -> str | None:
    """Return the host name if a person chose it and a node may have it, else None."""
    name = system.read("/etc/hostname").strip().lower()
    return name if name not in UNCHOSEN and NODE_NAME.fullmatch(name) else None


def made_up_name(system: TargetSystem) -> str:
    """Return netrelay-XXXX: the end of the board's serial number, random where it has none."""
    for path in _SERIALS:
        digits = system.read(path).strip("\0 \n").lower()
        if re.fullmatch(r"[0-9a-f]{8,16}", digits) and digits.strip("0"):
            return f"netrelay-{digits[-4:]}"
    return f"netrelay-{os.urandom(2).hex()}"


def set_default_host_name(system: TargetSystem) -> None:
    """Set the host name of the image, which nobody chose."""
    system.write("/etc/hostname", f"{_DEFAULT}\n")


def set_host_name(system: TargetSystem, name: str) -> bool:
    """Set the host name, at once and for later boots; return False if it was set already."""
    hosts = system.read("/etc/hosts") or "127.0.0.1\tlocalhost\n::1\tlocalhost\n"
    line = f"127.0.1.1\t{name}"
    if _LOOPBACK_LINE.search(hosts):
        hosts = _LOOPBACK_LINE.sub(line, hosts, count=1)
    else:
        hosts = f"{hosts.rstrip()}\n{line}\n"
    changed = system.write("/etc/hosts", hosts)
    changed |= system.write("/etc/hostname", f"{name}\n")
    if system.is_running and os.uname().nodename != name:
        import socket

        socket.sethostname(name)
        changed = True
    return changed
