"""The interface that leads to the Internet, and whether its bytes cost money."""

from pathlib import Path

import pytest

from netrelay.provisioning.updates.internet_way import InternetWay, internet_way

HEAD = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
WIRED = "eth0 00000000 0101A8C0 0003 0 0 100 00000000 0 0 0\n"
MODEM = "wwan0 00000000 0101A8C0 0003 0 0 50 00000000 0 0 0\n"
LOCAL = "eth0 0001A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n"
OVER_IPV6 = f"{'0' * 32} 00 {'0' * 32} 00 fe80{'0' * 28} 00000258 0 0 00000003 wlan0\n"
UNREACHABLE = f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 1 0 00200200 lo\n"


def found(folder: Path, ipv4: str, ipv6: str = "") -> InternetWay | None:
    routes = folder / "route", folder / "ipv6_route"
    routes[0].write_text(HEAD + ipv4)
    routes[1].write_text(ipv6)
    return internet_way(routes, folder / "net")


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "way"),
    [
        (WIRED, "", InternetWay("eth0", is_modem=False)),
        (WIRED + MODEM, "", InternetWay("wwan0", is_modem=True)),
        (LOCAL, "", None),
        (LOCAL, OVER_IPV6, InternetWay("wlan0", is_modem=False)),
        (LOCAL, UNREACHABLE, None),
    ],
)
def test_the_preferred_default_route_is_taken(
    tmp_path: Path, ipv4: str, ipv6: str, way: InternetWay | None
) -> None:
    assert found(tmp_path, ipv4, ipv6) == way


@pytest.mark.parametrize(("driver", "is_modem"), [("cdc_ether", True), ("r8152", False)])
def test_a_modem_that_is_an_ethernet_interface_is_known_by_its_driver(
    tmp_path: Path, driver: str, is_modem: bool
) -> None:
    device = tmp_path / "net/eth0/device"
    device.mkdir(parents=True)
    (tmp_path / "drivers" / driver).mkdir(parents=True)
    (device / "driver").symlink_to(tmp_path / "drivers" / driver)
    assert found(tmp_path, WIRED) == InternetWay("eth0", is_modem)


def test_a_router_with_a_sim_is_a_modem_once_it_is_named(tmp_path: Path) -> None:
    assert found(tmp_path, WIRED) == InternetWay("eth0", is_modem=False)
    routes = tmp_path / "route", tmp_path / "ipv6_route"
    named = internet_way(routes, tmp_path / "net", modem="eth0")
    assert named == InternetWay("eth0", is_modem=True)


def test_a_machine_without_tables_has_no_way(tmp_path: Path) -> None:
    assert internet_way((tmp_path / "a", tmp_path / "b"), tmp_path) is None
