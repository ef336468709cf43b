"""`netrelay top`: activity of the processes, read from the counters page without waking them."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser, span_s
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, keeps_connections, reading, running
from netrelay.cli.queries.known_peers import count_peers
from netrelay.cli.queries.overview import PeerLine, peer_lines, waiting_nodes
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.text import json_line, rate, size, table
from netrelay.core.printable import printable
from netrelay.core.words import PROCESSES
from netrelay.ring.counters import CounterPage
from netrelay.runtime.home import Home

Counters = dict[str, dict[str, int]]
_INTERVAL_S = 1.0
_SHORTEST_S = 0.05
_PEERS = 30
# The screen is empty for no longer than this.
_FIRST_S = 0.2
# ECMA-48: cursor home, erase to the end of the line and of the screen, hide and show the cursor.
_HOME, _END_OF_LINE, _END_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
_HIDE, _SHOW, _CLEAR = "\x1b[?25l", "\x1b[?25h", "\x1b[2J"


class Sample(NamedTuple):
    """The counters at one moment; time_s is monotonic. Without counters: an empty dict."""

    time_s: float
    counters: Counters


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "top",
        "Show what each process does now, and what waits for each peer. q or Ctrl-C ends it.",
    )
    made.add_argument("--once", action="store_true", help="look for one interval, print, end")
    made.add_argument(
        "--interval", metavar="SPAN", type=span_s, default=_INTERVAL_S, help="how often (1s)"
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each interval")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Show the rates until q or Ctrl-C, or once."""
    read = parser()
    options = read.read(arguments)
    if options.interval < _SHORTEST_S:
        read.error(f"--interval is {options.interval:g} s; allowed: {_SHORTEST_S:g} s or more")
    is_live = not options.once and not options.json and sys.stdout.isatty()
    with reading(home) as database, _keys(is_live) as keys:
        name = own_node(database).name
        before = _sample(home)
        wait_s = min(options.interval, _FIRST_S) if is_live else options.interval
        # Ctrl-C is the normal way to end it.
        with suppress(KeyboardInterrupt):
            while True:
                if keys.pressed(wait_s, "q"):
                    return Exit.OK
                wait_s = options.interval
                now = _sample(home)
                nodes = None if options.json else waiting_nodes(database, _PEERS)
                peers = peer_lines(database, nodes)
                alive = running(home)
                found = rates(before, now)
                before = now
                if options.json:
                    fields = {
                        "name": name,
                        "running": alive,
                        "counters": now.counters,
                        "rates": found,
                        "peers": [peer._asdict() for peer in peers],
                    }
                    print(json_line("top", fields), flush=True)
                else:
                    lines = screen(name, home, alive, now, found, peers)
                    more = count_peers(database) - len(peers)
                    lines += [f"and {more} more"] if more else []
                    _draw(lines) if is_live else print("\n".join(lines))
                if options.once or not (is_live or options.json):
                    return Exit.OK
    return Exit.OK


def rates(before: Sample, now: Sample) -> dict[str, dict[str, float]]:
    """Return the growth of each counter a second; one that was reset counts from zero."""
    span = max(now.time_s - before.time_s, 1e-9)
    found: dict[str, dict[str, float]] = {}
    for process, counters in now.counters.items():
        old = before.counters.get(process, {})
        found[process] = {
            name: (value - old.get(name, 0) if value >= old.get(name, 0) else value) / span
            for name, value in counters.items()
        }
    return found


def _sample(home: Home) -> Sample:
    try:
        return Sample(time.monotonic(), CounterPage.open_for_reading(home.runtime).snapshot())
    except (FileNotFoundError, ValueError):
        return Sample(time.monotonic(), {})


def screen(
    name: str,
    home: Home,
    alive: dict[str, bool],
    now: Sample,
    found: dict[str, dict[str, float]],
    peers: Sequence[PeerLine],
) -> list[str]:
    """Return the lines of one screen."""
    out = found.get("sender", {}).get("wire_bytes_out", 0)
    into = found.get("receiver", {}).get("wire_bytes_in", 0)
    up = sum(alive.values())
    state = "up" if up == len(alive) else f"{up} of {len(alive)} run" if up else "down"
    heading = f"{name}  {state}  {time.strftime('%H:%M:%S')}"
    lines = [f"{heading}  out {rate(out)}  in {rate(into)}", ""]
    if up:
        lines += table(
            ("PROCESS", "WAKES/S", "STEPS/S", "MESSAGES/S", "BYTES/S", "CONNECTED", "ERRORS"),
            [_row(process, alive[process], now, found) for process in PROCESSES],
        )
    else:
        lines.append(f"nothing runs here: `{command(home, 'up')}` starts the node")
    if peers:
        rows = [
            (
                peer.name,
                str(peer.ready),
                str(peer.in_flight),
                _connection(peer) if keeps_connections(alive) else "",
            )
            for peer in peers
        ]
        lines += ["", *table(("PEER", "READY", "IN FLIGHT", "CONNECTION"), rows)]
    return lines


def _connection(peer: PeerLine) -> str:
    if peer.is_paused:
        return "paused"
    if peer.handle < 0:
        return printable(peer.reason) or "none needed"
    limit = peer.limit_bytes_per_s
    return "open" if limit is None else f"open, limited to {rate(limit)}"


def _row(
    process: str, is_alive: bool, now: Sample, found: dict[str, dict[str, float]]
) -> tuple[str, ...]:
    if not is_alive:
        return (process, "does not run", "", "", "", "", "")
    each = found.get(process, {})
    counted = now.counters.get(process, {})

    def flow(*names: str) -> float:
        return sum(each.get(name, 0) for name in names)

    return (
        process,
        f"{flow('wakeups'):.1f}",
        f"{flow('steps'):.1f}",
        _if_any(flow("messages_in", "messages_out", "files_in", "files_out"), ".1f"),
        size(int(flow("wire_bytes_in", "wire_bytes_out")))
        if flow("wire_bytes_in", "wire_bytes_out")
        else "",
        str(counted["connections_open"]) if counted.get("connections_open") else "",
        str(counted["errors"]) if counted.get("errors") else "",
    )


def _if_any(value: float, form: str) -> str:
    return format(value, form) if value else ""


class _Keys:
    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def pressed(self, wait_s: float, key: str) -> bool:
        """Wait so long, or until the key is pressed; return True for that."""
        end_s = time.monotonic() + wait_s
        while (left_s := end_s - time.monotonic()) > 0:
            if self._descriptor is None:
                time.sleep(left_s)
                continue
            if not select.select([self._descriptor], [], [], left_s)[0]:
                continue
            read = os.read(self._descriptor, 64)
            if not read:
                self._descriptor = None
            elif key.encode() in read:
                return True
        return False


@contextmanager
def _keys(is_live: bool) -> Iterator[_Keys]:
    """Read keys one by one inside the block, and restore the terminal after it."""
    descriptor = sys.stdin.fileno() if is_live and sys.stdin.isatty() else None
    before = None if descriptor is None else termios.tcgetattr(descriptor)
    try:
        if descriptor is not None:
            tty.setcbreak(descriptor)
        if is_live:
            print(_HIDE + _CLEAR, end="")
        yield _Keys(descriptor)
    finally:
        if is_live:
            print(_SHOW, end="", flush=True)
        if descriptor is not None and before is not None:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _draw(lines: Sequence[str]) -> None:
    size_of = os.get_terminal_size()
    shown = [line[: size_of.columns] + _END_OF_LINE for line in lines[: size_of.lines - 1]]
    print(_HOME + "\n".join(shown) + _END_OF_SCREEN, end="", flush=True)
