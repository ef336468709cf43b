"""What a node is called when nobody says, and how a machine gets its host name."""

import os
import re

from netrelay.provisioning.system.machine import Machine
from netrelay.runtime.config import NODE_NAME

# Names that images come with: nobody chose them.
UNCHOSEN = frozenset({"", "netrelay", "localhost", "raspberrypi", "debian", "raspberry"})
_SERIALS = ("/proc/device-tree/serial-number", "/sys/firmware/devicetree/base/serial-number")
_LOOPBACK_LINE = re.compile(r"(?m)^127\.0\.1\.1[ \t].*$")


def chosen_host_name(machine: Machine) -> str | None:
    """Give the host name somebody gave this machine, if it can be a node's."""
    name = machine.read("/etc/hostname").strip().lower()
    return name if name not in UNCHOSEN and NODE_NAME.fullmatch(name) else None


def made_up_name(machine: Machine) -> str:
    """Give netrelay-XXXX: the end of the board's serial number, or chance where it has none."""
    for path in _SERIALS:
        digits = machine.read(path).strip("\0 \n").lower()
        if re.fullmatch(r"[0-9a-f]{8,16}", digits) and digits.strip("0"):
            return f"netrelay-{digits[-4:]}"
    return f"netrelay-{os.urandom(2).hex()}"


def set_host_name(machine: Machine, name: str) -> bool:
    """Give the machine its name, now and for later; False when it had it already."""
    hosts = machine.read("/etc/hosts") or "127.0.0.1\tlocalhost\n::1\tlocalhost\n"
    line = f"127.0.1.1\t{name}"
    if _LOOPBACK_LINE.search(hosts):
        hosts = _LOOPBACK_LINE.sub(line, hosts, count=1)
    else:
        hosts = f"{hosts.rstrip()}\n{line}\n"
    changed = machine.write("/etc/hosts", hosts)
    changed |= machine.write("/etc/hostname", f"{name}\n")
    if machine.is_running and os.uname().nodename != name:
        import socket

        socket.sethostname(name)
        changed = True
    return changed
