"""The machine's network: files for systemd-networkd and wpa_supplicant.

What an image does without them, DHCP on every interface, is left to it.
"""

from typing import NamedTuple

from netrelay.provisioning.system.machine import Machine
from netrelay.provisioning.system.wifi import Wifi, supplicant_config

# Before whatever an image brings (systemd.network(5): the first file that matches is used).
ETHERNET = "/etc/systemd/network/05-netrelay-ethernet.network"
SUPPLICANT = "/etc/wpa_supplicant/wpa_supplicant-wlan0.conf"
_MADE = "# Written by netrelay first-boot from netrelay.toml on the boot partition.\n"


class Network(NamedTuple):
    """How the Ethernet socket gets its address; address "" is DHCP."""

    address: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    interface: str = ""


def write_network(machine: Machine, network: Network, wifi: Wifi | None) -> bool:
    """Write what differs, remove what is no longer wanted; True when anything changed."""
    if network.address or network.dns:
        changed = machine.write(ETHERNET, ethernet_config(network))
    else:
        changed = machine.remove(ETHERNET)
    if wifi is None:
        return machine.remove(SUPPLICANT) | changed
    return machine.write(SUPPLICANT, supplicant_config(wifi), 0o600) | changed


def ethernet_config(network: Network) -> str:
    """Give the file for the named Ethernet socket, or for all: real ones, no bridges or tunnels."""
    match = f"Name={network.interface}" if network.interface else "Type=ether\nKind=!*"
    lines = ["[Match]", match, "", "[Network]"]
    lines += [f"Address={network.address}"] if network.address else ["DHCP=yes"]
    lines += [f"Gateway={network.gateway}"] if network.gateway else []
    lines += [f"DNS={address}" for address in network.dns]
    # A cable straight to a laptop or to another node works too.
    lines.append("LinkLocalAddressing=yes")
    return _MADE + "\n".join(lines) + "\n"
