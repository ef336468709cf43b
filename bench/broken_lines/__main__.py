"""`make bench-broken-lines`: a file over lines that break, beside rsync --partial.

    python -m bench.broken_lines [--only NAME] [--rsync PROGRAM]

It needs root rights (network namespaces, TUN devices). Without rsync that column stays empty. Exit
status: 0 measured; 1 a file did not arrive in the time of its scenario, or differs.
"""

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from bench.broken_lines.line import ADDRESSES, GOOD, Line, Schedule, line_between
from bench.broken_lines.nodes import Node, running_pair

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB
_READY_S: Final = 240.0
_POLL_S: Final = 0.05
_RSYNC_PORT: Final = 27415
_RSYNC_PAUSE_S: Final = 1.0


class Scenario(NamedTuple):
    """A line, a file, and how long it may take."""

    name: str
    schedule: Schedule
    size_bytes: int
    most_s: float


SCENARIOS: Final = (
    Scenario("64 KiB/s, reset every 10 s", Schedule(64 * _KIB, reset_every_s=10), 3 * _MIB, 300),
    Scenario("16 KiB/s, reset every 3 s", Schedule(16 * _KIB, reset_every_s=3), 3 * _MIB, 900),
    Scenario("1.2 KB/s, reset every 60 s", Schedule(1200, reset_every_s=60), 300_000, 1200),
    Scenario("1 Mbit/s, 5 s up, 5 s down", Schedule(125_000, up_s=5, down_s=5), 2 * _MIB, 300),
    Scenario("1 Mbit/s, 2 s up, 20 s down", Schedule(125_000, up_s=2, down_s=20), 2 * _MIB, 900),
)


class Outcome(NamedTuple):
    """What one file took; seconds are those of the clock, up_s those with a line."""

    seconds: float
    up_s: float
    crossed_bytes: int


def main() -> int:
    """Measure each scenario; print a line for each and return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.broken_lines")
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    parser.add_argument(
        "--rsync", default=shutil.which("rsync"), help="the program to compare with"
    )
    parser.add_argument("--directory", help="where the nodes are")
    options = parser.parse_args()
    status = 0
    print(
        f"{'':<30}{'netrelay':>10}{'up':>9}{'B/B':>7}{'rsync':>10}{'up':>9}{'B/B':>7}", flush=True
    )
    for scenario in SCENARIOS:
        if options.only not in scenario.name:
            continue
        told = f"{scenario.name:<30}"
        for program in (over_netrelay, over_rsync):
            if program is over_rsync and not options.rsync:
                continue
            with ExitStack() as stack:
                folder = Path(
                    stack.enter_context(tempfile.TemporaryDirectory(dir=options.directory))
                )
                spaces = (f"nra{os.getpid()}", f"nrb{os.getpid()}")
                line = stack.enter_context(line_between(*spaces))
                outcome = program(folder, spaces, line, scenario, options.rsync)
            told += _words(outcome, scenario)
            status |= outcome is None and program is over_netrelay
        print(told, flush=True)
    return status


def _words(outcome: Outcome | None, scenario: Scenario) -> str:
    if outcome is None:
        return f"{'not in':>10}{scenario.most_s:>7.0f} s{'':>7}"
    ratio = outcome.crossed_bytes / scenario.size_bytes
    return f"{outcome.seconds:>8.1f} s{outcome.up_s:>7.1f} s{ratio:>7.2f}"


def over_netrelay(
    folder: Path, spaces: tuple[str, str], line: Line, scenario: Scenario, _rsync: str = ""
) -> Outcome | None:
    """Send a file between two nodes; return what it took, None if it did not arrive as it was."""
    nodes = (
        Node(folder, *place) for place in zip(("shelf", "boat"), spaces, ADDRESSES, strict=True)
    )
    with running_pair(*nodes) as (shelf, boat):
        first = boat.home / "inbox" / "shelf" / "first"
        shelf.drop("first", b"now they are agreed")
        if _wait(first.exists, _READY_S) is None:
            raise SystemExit("the nodes did not agree over a good line")
        content = os.urandom(scenario.size_bytes)
        line.begin(scenario.schedule)
        shelf.drop("large", content)
        arrived = boat.home / "inbox" / "shelf" / "large"
        outcome = _measure(line, scenario, arrived.exists)
        line.begin(GOOD)
        if outcome is not None and arrived.read_bytes() != content:
            return None
        return outcome


def over_rsync(
    folder: Path, spaces: tuple[str, str], line: Line, scenario: Scenario, rsync: str
) -> Outcome | None:
    """Send a file with rsync, again and again until it ends well; otherwise as `over_netrelay`."""
    source, target, config = folder / "large", folder / "there", folder / "rsyncd.conf"
    target.mkdir()
    source.write_bytes(os.urandom(scenario.size_bytes))
    config.write_text(f"uid = 0\ngid = 0\nuse chroot = no\n[in]\npath = {target}\nread only = no\n")
    inside = ["ip", "netns", "exec"]
    daemon = subprocess.Popen(
        [*inside, spaces[1], rsync, "--daemon", "--no-detach", f"--config={config}",
         f"--port={_RSYNC_PORT}"]
    )  # fmt: skip
    client = [*inside, spaces[0], rsync, "--partial", "--timeout=30", str(source),
              f"rsync://{ADDRESSES[1]}:{_RSYNC_PORT}/in/"]  # fmt: skip
    running: list[subprocess.Popen[bytes]] = []
    ended: list[float] = []

    def is_there() -> bool:
        """Start it again whenever it has failed; return whether it ended well."""
        if running and running[-1].poll() == 0:
            return True
        if running and running[-1].poll() is not None:
            if not ended:
                ended.append(time.monotonic())
            if time.monotonic() - ended[0] < _RSYNC_PAUSE_S:
                return False
        if not running or running[-1].poll() is not None:
            ended.clear()
            running.append(subprocess.Popen(client, stderr=subprocess.DEVNULL))
        return False

    try:
        time.sleep(_RSYNC_PAUSE_S)
        line.begin(scenario.schedule)
        outcome = _measure(line, scenario, is_there)
        is_same = filecmp.cmp(source, target / "large", shallow=False) if outcome else True
    finally:
        for process in (*running[-1:], daemon):
            process.terminate()
            process.wait()
    return outcome if is_same else None


def _measure(line: Line, scenario: Scenario, is_there: Callable[[], bool]) -> Outcome | None:
    seconds = _wait(is_there, scenario.most_s)
    if seconds is None:
        return None
    return Outcome(seconds, scenario.schedule.up_for_s(seconds), line.crossed_bytes)


def _wait(is_true: Callable[[], bool], most_s: float) -> float | None:
    """Wait for a fact; return how long, None if it did not become true in time."""
    begun_s = time.monotonic()
    while not is_true():
        if time.monotonic() - begun_s > most_s:
            return None
        time.sleep(_POLL_S)
    return time.monotonic() - begun_s


if __name__ == "__main__":
    sys.exit(main())
