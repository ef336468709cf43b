"""Sockets of systemd that a boot file switches on: the page, what acts for it, and the metrics.

With a file of ours beside it a socket is one that an earlier boot file has switched on. What a
person has enabled has none, and stays.
"""

from collections.abc import Mapping, Sequence
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


def serve_sockets(
    system: TargetSystem, page_port: int | None, metrics: MetricsWish, *, is_control: bool
) -> None:
    """Serve the page at a port of every address (None: not), what acts for it, and metrics.

    systemd reads all its units again at each command that enables or disables: hence one for all.
    """
    wanted: dict[str, Mapping[str, str]] = {}
    if page_port is not None:
        wanted[PAGE] = {PAGE: _listens(str(page_port))}
    if is_control:
        wanted[CONTROL] = {CONTROL: ""}
    if metrics.listen:
        wanted[METRICS] = _metrics_files(metrics)
    _serve(system, wanted)
    _end(system, [unit for unit in (PAGE, CONTROL, METRICS) if unit not in wanted])


def _metrics_files(wish: MetricsWish) -> Mapping[str, str]:
    allowed = "".join(f" --from {each}" for each in wish.allowed)
    command = f"[Service]\nExecStart=\nExecStart=/usr/bin/netrelay metrics --listen{allowed}\n"
    # An address by DHCP comes later than the socket.
    return {METRICS: f"{_listens(wish.listen)}FreeBind=yes\n", METRICS_SERVICE: command}


def _listens(stream: str) -> str:
    # The empty one removes what the unit itself has: this machine alone.
    return f"[Socket]\nListenStream=\nListenStream={stream}\n"


def _serve(system: TargetSystem, wanted: Mapping[str, Mapping[str, str]]) -> None:
    if not wanted:
        return
    for files in wanted.values():
        for name, content in files.items():
            system.write(drop_in(name), _MADE + content)
    # At each boot, since an earlier one may have been cut short before; systemd reads the files by
    # it, too. First boot runs after sockets.target, which alone would start nothing now.
    system.run("systemctl", "enable", *wanted)
    system.run("systemctl", "--no-block", "restart", *wanted)


def _end(system: TargetSystem, unwanted: Sequence[str]) -> None:
    enabled = [unit for unit in unwanted if system.read(drop_in(unit))]
    if not enabled:
        return
    system.run("systemctl", "--no-block", "--now", "disable", *enabled)
    # A socket's own last: with it, a boot that is cut short here is made good by the next one.
    if METRICS in enabled:
        system.remove(drop_in(METRICS_SERVICE))
    for unit in enabled:
        system.remove(drop_in(unit))
