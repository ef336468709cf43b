"""`netrelay logs`: what the processes noted, as it happens."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser, number, span_s
from netrelay.cli.errors import Exit, nearest
from netrelay.cli.opening import find_friend, reading
from netrelay.cli.text import json_line, table
from netrelay.core.printable import printable
from netrelay.core.words import PROCESSES
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase, Value

_LIMIT = 50
_LEVELS = ("error", "warning", "notice")
_LOOK_S = 0.3


class _Entry(NamedTuple):
    id: int
    unix_s: float
    process: str
    level: str
    event: str
    message: int | None
    peer: str | None
    text: str


def parser() -> CommandParser:
    """Give the options."""
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
    """Print the lines that fit; with `--follow` those that come, too."""
    read = parser()
    options = read.read(arguments)
    for value, known, what in (
        (options.process, PROCESSES, "process"),
        (options.level, _LEVELS, "level"),
    ):
        if value is not None and value not in known:
            hint = nearest(value, known)
            read.error(f"{value!r} is no {what}{hint} (allowed: {', '.join(known)})")
    with reading(home) as database:
        conditions, values = ["1"], list[Value]()
        if options.process:
            conditions.append("process IN (?, '*')")
            values.append(options.process)
        if options.level:
            levels = _LEVELS[: _LEVELS.index(options.level) + 1]
            conditions.append(f"level IN ({', '.join('?' * len(levels))})")
            values += levels
        if options.peer:
            conditions.append("l.peer = ?")
            values.append(find_friend(database, home, options.peer).node)
        first = list(conditions)
        if options.since is not None:
            first.append("unix_s >= ?")
            values.append(time.time() - options.since)
        limit = options.limit or (-1 if options.since is not None else _LIMIT)
        # Before the lines are read: what comes in between is shown by the next look.
        last = _last(database)
        found = _lines(database, " AND ".join(first), [*values, limit])
        _show(found, options.json, with_heading=not options.follow)
        if not options.follow:
            return Exit.OK
        if options.since is not None:
            values.pop()
        last = max(last, found[-1].id if found else 0)
        # Ctrl-C is how it is meant to end.
        with suppress(KeyboardInterrupt):
            for _ in _commits(database):
                found = _lines(database, " AND ".join([*conditions, "id > ?"]), [*values, last, -1])
                _show(found, options.json, with_heading=False)
                last = found[-1].id if found else last
    return Exit.OK


def _commits(database: ReadOnlyDatabase) -> Iterator[None]:
    """Yield once at the begin, then whenever somebody has committed; never ends."""
    version: Value = None
    while True:
        seen, version = version, database.value("PRAGMA data_version")
        if seen != version:
            yield
        time.sleep(_LOOK_S)


def _last(database: ReadOnlyDatabase) -> int:
    return int(str(database.value("SELECT coalesce(max(id), 0) FROM logs")))


def _lines(database: ReadOnlyDatabase, conditions: str, values: Sequence[Value]) -> list[_Entry]:
    rows = database.rows(
        "SELECT id, unix_s, process, level, event, message, coalesce(n.name, l.peer), text"  # noqa: S608
        " FROM logs l LEFT JOIN names n ON n.node = l.peer"
        f" WHERE {conditions} ORDER BY id DESC LIMIT ?",
        values,
    )
    return [_Entry(*row) for row in reversed(rows)]  # type: ignore[arg-type]


def _show(found: Sequence[_Entry], as_json: bool, with_heading: bool) -> None:
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
