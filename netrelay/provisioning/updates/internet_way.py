"""The interface that leads to the Internet, and whether it is a modem, whose bytes cost money."""

import re
from pathlib import Path
from typing import NamedTuple

from netrelay.provisioning.system.modem import has_modem_driver

_ROUTES = (Path("/proc/net/route"), Path("/proc/net/ipv6_route"))
_INTERFACES = Path("/sys/class/net")
# Names that the kernel gives to modems and to PPP over them.
_MODEM_NAMES = re.compile(r"(?:wwan|wwp|ppp|rmnet|ww)[a-z0-9]*")
_UP, _REJECT = 0x1, 0x200  # linux/route.h, RTF_UP and RTF_REJECT


class InternetWay(NamedTuple):
    """An interface with a default route."""

    interface: str
    is_modem: bool


def internet_way(
    routes: tuple[Path, Path] = _ROUTES, interfaces: Path = _INTERFACES, modem: str = ""
) -> InternetWay | None:
    """Return the default route that is preferred, by metric; None if there is none.

    modem: an interface that is one, whatever its driver.
    """
    found = sorted([*_ipv4_defaults(routes[0]), *_ipv6_defaults(routes[1])])
    if not found:
        return None
    name = found[0][1]
    return InternetWay(name, name == modem or _is_modem(name, interfaces))


def _lines(path: Path) -> list[list[str]]:
    try:
        return [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    except OSError:
        return []


def _ipv4_defaults(path: Path) -> list[tuple[int, str]]:
    """Return metric and interface of each; the columns are those of fib_route_seq_show in Linux."""
    return [
        (int(row[6]), row[0])
        for row in _lines(path)[1:]
        if row[1] == row[7] == "00000000" and int(row[3], 16) & (_UP | _REJECT) == _UP
    ]


def _ipv6_defaults(path: Path) -> list[tuple[int, str]]:
    """Return metric and interface of each; the columns are those of rt6_info_route in Linux."""
    return [
        (int(row[5], 16), row[9])
        for row in _lines(path)
        if row[0] == "0" * 32
        and row[1] == "00"
        and row[9] != "lo"
        and int(row[8], 16) & (_UP | _REJECT) == _UP
    ]


def _is_modem(name: str, interfaces: Path) -> bool:
    return _MODEM_NAMES.fullmatch(name) is not None or has_modem_driver(interfaces / name)
