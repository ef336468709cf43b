"""Queries of jobs that are over and no longer in the history, and of what the history holds."""

from typing import NamedTuple

from netrelay.cli.queries.cases import is_message_number
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.history import FORMER_NAME_CHARACTERS


class FormerJob(NamedTuple):
    """A job without messages: a row of the view `former_jobs`; ended_unix_s: for people."""

    job: int
    name: str | None
    direction: str
    peer: str
    size_bytes: int
    state: str
    ended_unix_s: float


class History(NamedTuple):
    """The newest number that was given out, and when the oldest message ended that is kept."""

    newest: int
    oldest_unix_s: float | None


def former_jobs(database: ReadOnlyDatabase, word: str, limit: int = 20) -> list[FormerJob]:
    """Return the former job of this number, or those of this name, newest first."""
    columns = (
        "SELECT job, name, direction, peer, size_bytes, state, unixepoch(ended_at) FROM former_jobs"
    )
    if is_message_number(word):
        row = database.row(f"{columns} WHERE job = ?", (int(word),))
        if row is not None:
            return [FormerJob(*row)]  # type: ignore[arg-type]
    name = word[:FORMER_NAME_CHARACTERS]
    rows = database.rows(f"{columns} WHERE name = ? ORDER BY job DESC LIMIT ?", (name, limit))
    return [FormerJob(*row) for row in rows]  # type: ignore[arg-type]


def type_of_message(database: ReadOnlyDatabase, number: int) -> int | None:
    """Return the type of the message that has this number; None if there is none."""
    kind = database.value("SELECT type FROM messages WHERE id = ? AND id > 0", (number,))
    return kind if isinstance(kind, int) else None


def history(database: ReadOnlyDatabase) -> History:
    """Return what the history holds."""
    row = database.row(
        "SELECT max(coalesce((SELECT max(id) FROM messages), 0),"
        " coalesce((SELECT max(job) FROM pruned_jobs), 0)),"
        " (SELECT e.at_s + k.unix_offset_s FROM events e JOIN clock k WHERE e.seq ="
        " (SELECT min(last_event) FROM messages WHERE parent = 0 AND state IN ('F', 'D')"
        " AND state = 'F'))"
    )
    assert row is not None
    return History(*row)  # type: ignore[arg-type]
