"""Queries of what lies in the drop folders and is not sent."""

from typing import NamedTuple

from netrelay.store.database import ReadOnlyDatabase

# The bound of sql/passed_over.sql: a folder with so many rows may hold more entries.
MOST_OF_A_FOLDER = 64


class LeftEntry(NamedTuple):
    """An entry: a row of the view `left_in_drop`, or of its table; since_unix_s: for people."""

    folder: str
    name: str
    reason: str
    since_unix_s: float
    waited_s: float


def left_entries(database: ReadOnlyDatabase) -> list[LeftEntry]:
    """Return what lies there for an hour and longer, oldest first."""
    rows = database.rows(
        "SELECT folder, name, reason, unixepoch(since_at), waited_s FROM left_in_drop"
        " ORDER BY waited_s DESC, folder, name"
    )
    return [LeftEntry(*row) for row in rows]  # type: ignore[arg-type]


def left_entries_named(database: ReadOnlyDatabase, name: str) -> list[LeftEntry]:
    """Return the entries of this name that lie there for a minute and longer, oldest first."""
    rows = database.rows(
        "SELECT 'drop/' || l.folder, l.name, l.reason, l.since_s + t.unix_offset_s,"
        " t.now_s - l.since_s FROM passed_over l JOIN node_time t WHERE l.name = ?"
        " ORDER BY l.since_s, l.folder",
        (name,),
    )
    return [LeftEntry(*row) for row in rows]  # type: ignore[arg-type]
