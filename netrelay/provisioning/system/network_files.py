"""Network of the system: files for systemd-networkd and wpa_supplicant.

Without them the image's own files apply: DHCP on every interface.
"""

from collections.abc import Sequence
from typing import NamedTuple

from netrelay.provisioning.system.target_system import TargetSystem
from netrelay.provisioning.system.wifi import Wifi, supplicant_config

# The first file that matches is used (systemd.network(5)), so the name sorts before the image's.
ETHERNET = "/etc/systemd/network/05-netrelay-ethernet.network"
SUPPLICANT = "/etc/wpa_supplicant/wpa_supplicant-wlan0.conf"
MADE = "# Written by netrelay first-boot from netrelay.toml on the boot partition.\n"
# Of USB modems that are an Ethernet interface by themselves (linux/drivers/net/usb); some adapters
# of wired Ethernet have them too.
ETHERNET_DRIVERS = ("cdc_ether", "cdc_ncm", "rndis_host")
# Behind those of Ethernet, 100, and Wi-Fi, 600 (image, 01-network).
MODEM_METRIC = 1000


class Network(NamedTuple):
    """Addressing of an Ethernet interface; address "" is DHCP, interface "" is every one."""

    address: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    interface: str = ""


def write_network(system: TargetSystem, network: Network, wifi: Sequence[Wifi]) -> bool:
    """Write the files that differ, remove the others; return False if nothing changed."""
    if network.address or network.dns:
        changed = system.write(ETHERNET, ethernet_config(network))
    else:
        changed = system.remove(ETHERNET)
    if not wifi:
        return system.remove(SUPPLICANT) | changed
    return system.write(SUPPLICANT, supplicant_config(wifi), 0o600) | changed


def ethernet_config(network: Network) -> str:
    """Return the .network file for one Ethernet interface, or for all physical ones."""
    every = f"Type=ether\nKind=!*\nDriver=!{' '.join(ETHERNET_DRIVERS)}"
    match = f"Name={network.interface}" if network.interface else every
    lines = ["[Match]", match, "", "[Network]"]
    lines += [f"Address={network.address}"] if network.address else ["DHCP=yes"]
    lines += [f"Gateway={network.gateway}"] if network.gateway else []
    lines += [f"DNS={address}" for address in network.dns]
    # For a cable that leads straight to a laptop or to another node.
    lines.append("LinkLocalAddressing=yes")
    return MADE + "\n".join(lines) + "\n"
