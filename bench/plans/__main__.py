"""`make bench-plans`: what `netrelay plan` says, beside what happens, over limited lines.

    python -m bench.plans [--only NAME] [--record FILE]

It needs root rights (network namespaces, TUN devices) and a quarter of an hour. Exit status: 0 if 9
of 10 estimates are within 30 % of the outcome; 1 if fewer are, or a file did not arrive.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from bench.broken_lines.line import ADDRESSES, GOOD, Line, line_between
from bench.broken_lines.nodes import Node, running_pair
from bench.plans.scenarios import SCENARIOS, Scenario

_READY_S: Final = 240.0
_MOST_S: Final = 900.0
_POLL_S: Final = 0.05
_GOOD_SHARE: Final = 0.3
_GOOD_OF_TEN: Final = 9
# The period of a budget ends so long after the next full minute.
_MIDNIGHT_S: Final = 120
_WINDOWS: Final = 12


class Compared(NamedTuple):
    """An estimate and its outcome; times in seconds from the plan."""

    name: str
    earliest_s: float
    likely_s: float
    latest_s: float
    took_s: float
    wire_bytes: int
    crossed_bytes: int

    @property
    def error(self) -> float:
        """By how much the likely time was too long, as a share of the outcome."""
        return self.likely_s / self.took_s - 1

    @property
    def wire_error(self) -> float:
        """Likewise of the bytes on the wire."""
        return self.wire_bytes / self.crossed_bytes - 1

    @property
    def is_good(self) -> bool:
        """True within 30 %."""
        return abs(self.error) <= _GOOD_SHARE


class ZonedNode(Node):
    """A node in a time zone of its own."""

    def __init__(self, folder: Path, name: str, space: str, address: str, zone: str) -> None:
        super().__init__(folder, name, space, address)
        self._zone = zone

    def printed(self, *words: str) -> str:
        """Run one command of this node; return what it prints."""
        done = subprocess.run(self._command(*words), check=True, capture_output=True, text=True)
        return done.stdout

    def _command(self, *arguments: str) -> list[str]:
        return ["env", f"TZ={self._zone}", *super()._command(*arguments)]


def main() -> int:
    """Compare in each scenario; print a line for each and return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.plans")
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    parser.add_argument("--directory", help="where the nodes are")
    parser.add_argument("--beside", type=int, default=2, help="lines at the same time (2)")
    parser.add_argument("--record", type=Path, help="write the table between the marks there")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("bench.plans needs root rights (network namespaces)", file=sys.stderr)
        return 69
    lines = list(_heading())
    print("\n".join(lines), flush=True)
    wanted = [scenario for scenario in SCENARIOS if options.only in scenario.name]
    found = []
    with ThreadPoolExecutor(options.beside) as pool:
        for compared in pool.map(partial(_run, options.directory), wanted):
            if compared is None:
                print("a file did not arrive, or not as it was", file=sys.stderr)
                return 1
            found.append(compared)
            lines.append(_row(compared))
            print(lines[-1], flush=True)
    good = sum(each.is_good for each in found)
    inside = sum(each.earliest_s <= each.took_s <= each.latest_s for each in found)
    lines += [
        "",
        f"{good} of {len(found)} likely times are within 30 % of the outcome; {inside} outcomes are"
        " in the range that was said.",
    ]
    print(lines[-1])
    if options.record:
        _record(options.record, lines)
    return 0 if good * 10 >= _GOOD_OF_TEN * len(found) else 1


def _heading() -> Iterator[str]:
    yield "| line | said: likely | range | took | error | said: on the wire | crossed | error |"
    yield "|---|---|---|---|---|---|---|---|"


def _row(each: Compared) -> str:
    mib = 1 << 20
    return (
        f"| {each.name} | {each.likely_s:.0f} s | {each.earliest_s:.0f} to {each.latest_s:.0f} s"
        f" | {each.took_s:.0f} s | {100 * each.error:+.0f} %"
        f" | {each.wire_bytes / mib:.2f} MiB | {each.crossed_bytes / mib:.2f} MiB"
        f" | {100 * each.wire_error:+.0f} % |"
    )


def _run(directory: str | None, scenario: Scenario) -> Compared | None:
    if scenario.begin_second is not None:
        time.sleep((scenario.begin_second - time.time()) % 60)
    zone = zone_with_midnight(int(time.time()) // 60 * 60 + 60 + _MIDNIGHT_S)
    number = SCENARIOS.index(scenario)
    spaces = (f"np{os.getpid()}a{number}", f"np{os.getpid()}b{number}")
    places = zip(("shelf", "boat"), spaces, ADDRESSES, strict=True)
    with (
        tempfile.TemporaryDirectory(dir=directory) as name,
        line_between(*spaces) as line,
        running_pair(*(ZonedNode(Path(name), *place, zone) for place in places)) as (shelf, boat),
    ):
        return _compare(scenario, line, shelf, boat)


def zone_with_midnight(unix_s: int) -> str:
    """Return a time zone (POSIX) in which a day begins at a time, a whole minute."""
    ahead_min = -(unix_s // 60) % 1440
    if ahead_min > 720:
        ahead_min -= 1440
    # Its sign is that of what is added to local time to get UTC.
    hours, minutes = divmod(abs(ahead_min), 60)
    return f"RUN{'-' if ahead_min > 0 else ''}{hours}:{minutes:02}"


def _compare(scenario: Scenario, line: Line, shelf: ZonedNode, boat: ZonedNode) -> Compared | None:
    inbox = boat.home / "inbox" / "shelf"
    shelf.drop("first", b"now they are agreed")
    if not _wait((inbox / "first").exists, _READY_S):
        raise SystemExit("the nodes did not agree over a good line")
    if scenario.budget_bytes:
        budget = f"{scenario.budget_bytes}/day"
        shelf.netrelay("budget", "boat", budget, "--unsynchronised", "open")
    line.begin(scenario.schedule)
    if scenario.measured_bytes:
        shelf.drop("measured", os.urandom(scenario.measured_bytes))
        if not _wait((inbox / "measured").exists, _MOST_S):
            return None
    shelf.netrelay("limit", "boat", scenario.limit)
    if scenario.has_windows:
        shelf.netrelay("window", "boat", *_windows(), "--unsynchronised", "open")
    if scenario.other_bytes:
        other = shelf.home / "other"
        other.write_bytes(os.urandom(scenario.other_bytes))
        shelf.netrelay("send", str(other), "--to", "boat")
        if not _wait(lambda: bool(shelf.printed("jobs", "--waiting", "--json")), _READY_S):
            return None
    content = os.urandom(scenario.size_bytes)
    target = shelf.home / "planned"
    target.write_bytes(content)
    priority = ("--priority", "2" if scenario.is_urgent else "4")
    crossed_before = line.crossed_both_bytes
    planned_s = time.time()
    said = _plan(shelf, target, priority)
    shelf.netrelay("send", str(target), "--to", "boat", *priority)
    arrived = inbox / "planned"
    if not _wait(arrived.exists, _MOST_S):
        return None
    took_s = time.time() - planned_s
    crossed = line.crossed_both_bytes - crossed_before - int(said["before_bytes"])
    line.begin(GOOD)
    if arrived.read_bytes() != content:
        return None
    earliest_s, likely_s, latest_s = (
        said[f"{each}_unix_s"] - planned_s for each in ("earliest", "likely", "latest")
    )
    wire_bytes = int(said["wire_bytes"])
    return Compared(scenario.name, earliest_s, likely_s, latest_s, took_s, wire_bytes, crossed)


def _plan(node: ZonedNode, path: Path, priority: tuple[str, str]) -> dict[str, float]:
    """Return the times and bytes that `netrelay plan` says."""
    found = json.loads(node.printed("plan", str(path), "--to", "boat", *priority, "--json"))
    return {key: float(value) for key, value in found.items() if isinstance(value, int | float)}


def _windows() -> list[str]:
    """Return every other minute of the next half hour, the first one closed now."""
    begin_min = int(time.time()) // 60 + 1
    found = []
    for minute in range(begin_min, begin_min + 2 * _WINDOWS, 2):
        edges = (f"{each // 60 % 24:02}:{each % 60:02}" for each in (minute, minute + 1))
        found.append(f"{'-'.join(edges)} UTC")
    return found


def _wait(is_true: Callable[[], bool], most_s: float) -> bool:
    end_s = time.monotonic() + most_s
    while not is_true():
        if time.monotonic() > end_s:
            return False
        time.sleep(_POLL_S)
    return True


def _record(path: Path, lines: list[str]) -> None:
    """Replace what stands between the marks of a document."""
    text = path.read_text(encoding="utf-8")
    head, begin, rest = text.partition("<!-- measured -->\n")
    _, end, tail = rest.partition("<!-- end -->\n")
    if not begin or not end:
        raise SystemExit(f"{path} has no marks <!-- measured --> and <!-- end -->")
    day = time.strftime("%d %B %Y", time.gmtime()).removeprefix("0")
    body = "\n".join([f"Measured on {day}, {os.cpu_count()} cores.", "", *lines])
    path.write_text(f"{head}{begin}{body}\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
