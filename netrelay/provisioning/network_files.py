"""The machine's network: files for systemd-networkd and wpa_supplicant."""

from netrelay.provisioning.boot_file import Network
from netrelay.provisioning.machine import Machine
from netrelay.provisioning.wifi import Wifi, supplicant_config

# Before whatever an image brings (systemd.network(5): the first file that matches is used).
ETHERNET = "/etc/systemd/network/05-netrelay-ethernet.network"
WIRELESS = "/etc/systemd/network/05-netrelay-wifi.network"
SUPPLICANT = "/etc/wpa_supplicant/wpa_supplicant-wlan0.conf"
_MADE = "# Written by netrelay first-boot from netrelay.toml on the boot partition.\n"


def write_network(machine: Machine, network: Network, wifi: Wifi | None) -> bool:
    """Write what differs, remove what is no longer wanted; True when anything changed."""
    changed = machine.write(ETHERNET, ethernet_config(network))
    if wifi is None:
        return machine.remove(WIRELESS) | machine.remove(SUPPLICANT) | changed
    changed |= machine.write(WIRELESS, _MADE + "[Match]\nType=wlan\n\n" + _network(Network()))
    return machine.write(SUPPLICANT, supplicant_config(wifi), 0o600) | changed


def ethernet_config(network: Network) -> str:
    """Give the file for the Ethernet sockets: real ones, not bridges or tunnels."""
    return _MADE + "[Match]\nType=ether\nKind=!*\n\n" + _network(network)


def _network(network: Network) -> str:
    lines = ["[Network]"]
    lines += [f"Address={network.address}"] if network.address else ["DHCP=yes"]
    lines += [f"Gateway={network.gateway}"] if network.gateway else []
    lines += [f"DNS={address}" for address in network.dns]
    # A cable between two nodes and nothing else works too: by link-local addresses and mDNS.
    lines += ["LinkLocalAddressing=yes", "MulticastDNS=yes"]
    return "\n".join(lines) + "\n"
