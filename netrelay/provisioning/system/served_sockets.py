"""Sockets of systemd that a boot file switches on: the page, what acts for it, and the metrics.

With a file of ours beside it a socket is one that an earlier boot file has switched on. What a
person has enabled has none, and stays.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from netrelay.provisioning.system.target_system import TargetSystem

PAGE: Final = "netrelay-page.socket"
CONTROL: Final = "netrelay-control.socket"
METRICS: Final = "netrelay-metrics.socket"
METRICS_SERVICE: Final = "netrelay-metrics.service"
_MADE = "# Written by netrelay first-boot from netrelay.toml on the boot partition.\n"


class MetricsWish(NamedTuple):
    """Where metrics are served, "" for nowhere, and the addresses and networks that may ask."""

    listen: str = ""
    allowed: tuple[str, ...] = ()


def drop_in(unit: str) -> str:
    """Return the path of the file beside a unit."""
    return f"/etc/systemd/system/{unit}.d/50-netrelay-toml.conf"


def serve_page(system: TargetSystem, port: int | None, *, is_control: bool) -> None:
    """Serve the page at a port of every address, and what acts for it; None: not the page."""
    if port is None:
        _end(system, PAGE)
    else:
        _serve(system, PAGE, {PAGE: _listens(str(port))})
    if is_control:
        _serve(system, CONTROL, {CONTROL: ""})
    else:
        _end(system, CONTROL)


def serve_metrics(system: TargetSystem, wish: MetricsWish) -> None:
    """Serve metrics to those who may ask, or not."""
    if not wish.listen:
        _end(system, METRICS, METRICS_SERVICE)
        return
    allowed = "".join(f" --from {each}" for each in wish.allowed)
    command = f"[Service]\nExecStart=\nExecStart=/usr/bin/netrelay metrics --listen{allowed}\n"
    # An address by DHCP comes later than the socket.
    listens = f"{_listens(wish.listen)}FreeBind=yes\n"
    _serve(system, METRICS, {METRICS: listens, METRICS_SERVICE: command})


def _listens(stream: str) -> str:
    # The empty one removes what the unit itself has: this machine alone.
    return f"[Socket]\nListenStream=\nListenStream={stream}\n"


def _serve(system: TargetSystem, unit: str, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        system.write(drop_in(name), _MADE + content)
    # At each boot, since an earlier one may have been cut short before; systemd reads the files by
    # it, too. First boot runs after sockets.target, which alone would start nothing now.
    system.run("systemctl", "enable", unit)
    system.run("systemctl", "--no-block", "restart", unit)


def _end(system: TargetSystem, unit: str, *others: str) -> None:
    if not system.read(drop_in(unit)):
        return
    system.run("systemctl", "--no-block", "--now", "disable", unit)
    # Its own last: with it, a boot that is cut short here is made good by the next one.
    for name in (*others, unit):
        system.remove(drop_in(name))
