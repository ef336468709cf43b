"""`netrelay logs`: log lines of the processes, also while they are written."""

import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from netrelay.cli.arguments import CommandParser, number, span_s
from netrelay.cli.errors import Exit, nearest
from netrelay.cli.opening import reading
from netrelay.cli.queries.log_lines import (
    LogFilter,
    LogRow,
    data_version,
    log_lines,
    newest_log_line,
)
from netrelay.cli.text import json_line, table
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.printable import printable
from netrelay.core.words import LANDER, PROCESSES
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase

_LIMIT = 50
_LEVELS = ("error", "warning", "notice")
_LOOK_S = 0.3


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "logs",
        "Show what the processes noted: errors, warnings and notices, the newest last.",
    )
    made.add_argument("-f", "--follow", action="store_true", help="go on, until Ctrl-C")
    made.add_argument("--process", metavar="PROCESS", help="only of this one of the eight")
    made.add_argument("--peer", metavar="NODE", help="only about this peer")
    made.add_argument(
        "--level", metavar="LEVEL", help="error, warning (and errors), or notice (and both)"
    )
    made.add_argument("--since", metavar="SPAN", type=span_s, help="not older: 90s, 15min, 2h, 3d")
    made.add_argument(
        "--limit",
        metavar="N",
        type=number(1, 1_000_000),
        help=f"the last so many ({_LIMIT}; all with --since)",
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each line")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print the lines that fit; with `--follow` also those that are logged from now on."""
    options = _read(arguments)
    with reading(home) as database:
        wanted = _wanted(database, home, options)
        limit = options.limit or (None if options.since is not None else _LIMIT)
        # Read first: what is logged after this is found by _follow.
        newest = newest_log_line(database)
        found = log_lines(database, wanted, limit)
        _show(found, options.json, with_heading=not options.follow)
        if options.follow:
            last = max(newest, found[-1].id if found else 0)
            # Ctrl-C is the normal way to end it.
            with suppress(KeyboardInterrupt):
                _follow(database, wanted._replace(since_unix_s=None, after=last), options.json)
    return Exit.OK


def _read(arguments: Sequence[str]) -> Namespace:
    read = parser()
    options = read.read(arguments)
    for value, known, what in (
        (options.process, (*PROCESSES, LANDER), "process"),
        (options.level, _LEVELS, "level"),
    ):
        if value is not None and value not in known:
            hint = nearest(value, known)
            read.error(f"{value!r} is no {what}{hint} (allowed: {', '.join(known)})")
    return options


def _wanted(database: ReadOnlyDatabase, home: Home, options: Namespace) -> LogFilter:
    level = options.level
    return LogFilter(
        options.process,
        None if level is None else _LEVELS[: _LEVELS.index(level) + 1],
        None if options.peer is None else find_peer(database, home, options.peer).node,
        None if options.since is None else time.time() - options.since,
    )


def _follow(database: ReadOnlyDatabase, wanted: LogFilter, as_json: bool) -> NoReturn:
    """Print the lines that are logged after `wanted.after`, without end."""
    version = None
    while True:
        seen, version = version, data_version(database)
        if seen != version:
            found = log_lines(database, wanted)
            _show(found, as_json, with_heading=False)
            if found:
                wanted = wanted._replace(after=found[-1].id)
        time.sleep(_LOOK_S)


def _show(found: Sequence[LogRow], as_json: bool, with_heading: bool) -> None:
    if as_json:
        for each in found:
            print(json_line("log", each._asdict()), flush=True)
        return
    rows = [
        (
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(each.unix_s)),
            each.process,
            each.level,
            printable(each.text),
        )
        for each in found
    ]
    if with_heading:
        if not rows:
            print("nothing was noted")
            return
        print("\n".join(table(("WHEN", "PROCESS", "LEVEL", "TEXT"), rows)))
        return
    for when, process, level, text in rows:
        print(f"{when}  {process:16}  {level:7}  {text}", flush=True)
