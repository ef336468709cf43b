"""Log lines of the processes."""

from collections.abc import Sequence
from typing import NamedTuple

from netrelay.store.database import ReadOnlyDatabase, Value


class LogRow(NamedTuple):
    """A row of `logs`; peer: its name, or its node id where it has none."""

    id: int
    unix_s: float
    process: str
    level: str
    event: str
    message: int | None
    peer: str | None
    text: str


class LogFilter(NamedTuple):
    """Conditions on log lines; None: no condition.

    process: also lines that are about all processes. since_unix_s: not older. after: a line's id.
    """

    process: str | None = None
    levels: Sequence[str] | None = None
    peer: str | None = None
    since_unix_s: float | None = None
    after: int | None = None


def log_lines(
    database: ReadOnlyDatabase, wanted: LogFilter, limit: int | None = None
) -> list[LogRow]:
    """Return the newest lines that fit, oldest first; all of them without a limit."""
    conditions, values = _conditions(wanted)
    rows = database.rows(
        "SELECT id, unix_s, process, level, event, message, coalesce(n.name, l.peer), text"  # noqa: S608
        " FROM logs l LEFT JOIN names n ON n.node = l.peer"
        f" WHERE {conditions} ORDER BY id DESC LIMIT ?",
        (*values, -1 if limit is None else limit),
    )
    return [LogRow(*row) for row in reversed(rows)]  # type: ignore[arg-type]


def _conditions(wanted: LogFilter) -> tuple[str, list[Value]]:
    conditions, values = ["1"], list[Value]()
    if wanted.levels is not None:
        conditions.append(f"level IN ({', '.join('?' * len(wanted.levels))})")
        values += wanted.levels
    for condition, value in (
        ("process IN (?, '*')", wanted.process),
        ("l.peer = ?", wanted.peer),
        ("unix_s >= ?", wanted.since_unix_s),
        ("id > ?", wanted.after),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    return " AND ".join(conditions), values


def newest_log_line(database: ReadOnlyDatabase) -> int:
    """Return the id of the newest line; 0 if there is none."""
    return int(str(database.value("SELECT coalesce(max(id), 0) FROM logs")))


def last_error(database: ReadOnlyDatabase, process: str) -> str | None:
    """Return the text of the last error that a process logged, or None."""
    text = database.value(
        "SELECT text FROM logs WHERE process = ? AND level = 'error' ORDER BY id DESC LIMIT 1",
        (process,),
    )
    return None if text is None else str(text)


def data_version(database: ReadOnlyDatabase) -> int:
    """Return a number that changes when another connection has committed (sqlite.org/pragma)."""
    return int(str(database.value("PRAGMA data_version")))
