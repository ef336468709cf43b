"""A modem that is an Ethernet interface: a way that costs money, used after all others."""

import re
from pathlib import Path
from typing import Any

from netrelay.provisioning.system.network_files import ETHERNET_DRIVERS, MADE, MODEM_METRIC
from netrelay.provisioning.system.target_system import TargetSystem

# Before the file of a fixed address (network_files.ETHERNET): the first that matches is used.
NETWORK = "/etc/systemd/network/03-netrelay-modem.network"
# Drivers of USB modems, also of those that are an Ethernet interface (linux/drivers/net/usb).
DRIVERS = frozenset({*ETHERNET_DRIVERS, "cdc_mbim", "huawei_cdc_ncm", "qmi_wwan", "sierra_net"})
# 15 characters: IFNAMSIZ of linux/if.h, less the final zero.
_ETHERNET_NAME = re.compile(r"(?:eth|en|usb)[A-Za-z0-9.-]{0,12}")

ALLOWED_INTERFACE = "an Ethernet interface: eth, en or usb, then up to 12 letters and digits: eth1"


def has_modem_driver(device: Path) -> bool:
    """Return True if an interface, by its folder below /sys/class/net, is that of a USB modem."""
    try:
        driver = (device / "device" / "driver").resolve(strict=True).name
    except OSError:
        return False
    return driver in DRIVERS


def is_modem_interface(value: Any) -> bool:
    """Return True for the name of an interface that works without a program that dials."""
    return isinstance(value, str) and _ETHERNET_NAME.fullmatch(value) is not None


def write_modem(system: TargetSystem, interface: str) -> bool:
    """Write the file of the modem, or remove it for ""; return False if nothing changed."""
    if not interface:
        return system.remove(NETWORK)
    return system.write(NETWORK, _config(interface))


def _config(interface: str) -> str:
    return (
        f"{MADE}[Match]\nName={interface}\n\n[Network]\nDHCP=yes\n\n"
        f"[DHCPv4]\nRouteMetric={MODEM_METRIC}\n\n[IPv6AcceptRA]\nRouteMetric={MODEM_METRIC}\n"
    )
