"""The Ethernet sockets of a machine, and the one that gets a fixed address."""

import re
from pathlib import Path

from netrelay.provisioning.system.modem import has_modem_driver
from netrelay.provisioning.system.network_files import Network
from netrelay.provisioning.system.target_system import TargetSystem

_INTERFACES = "/sys/class/net"
_ETHERNET = "1"  # ARPHRD_ETHER of linux/if_arp.h
_DIGITS = re.compile(r"(\d+)")


def ethernet_sockets(system: TargetSystem) -> list[str]:
    """Return the names of the Ethernet interfaces of hardware; eth2 before eth10."""
    folder = system.path(_INTERFACES)
    found = (
        [path.name for path in folder.iterdir() if _is_ethernet(path)] if folder.is_dir() else []
    )
    return sorted(found, key=lambda name: [x.zfill(9) for x in _DIGITS.split(name)])


def with_socket(
    system: TargetSystem, network: Network, modem: str = ""
) -> tuple[Network, list[str]]:
    """Return the settings for one socket, and the others that there are, which use DHCP.

    A fixed address without a named interface is that of the first socket; two sockets with one
    address reach nobody. modem: an interface that is no socket for this.
    """
    found = [name for name in ethernet_sockets(system) if name != modem]
    # Wired adapters with such a driver exist, but one without it is the better guess.
    folder = system.path(_INTERFACES)
    sockets = [name for name in found if not has_modem_driver(folder / name)] or found
    if not network.address or network.interface or not sockets:
        return network, []
    others = [name for name in found if name != sockets[0]]
    return network._replace(interface=sockets[0]), others


def _is_ethernet(path: Path) -> bool:
    try:
        kind = (path / "type").read_text(encoding="ascii").strip()
    except OSError:
        return False
    is_wireless = (path / "wireless").exists() or (path / "phy80211").exists()
    return kind == _ETHERNET and (path / "device").exists() and not is_wireless
