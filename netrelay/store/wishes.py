"""Wishes: options for a file, stored before importer claims it, and the job made of the file."""

from collections.abc import Iterable
from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase

# An older wish is left over: `send` was killed before it renamed the file into the drop folder.
_LONGEST_S = 30 * 86_400


class Wish(NamedTuple):
    """Options with which a file is sent; None where the configuration applies."""

    priority: int | None
    lifetime_s: int | None


class Granted(NamedTuple):
    """A wish whose file was claimed, with the number of its row."""

    number: int
    wish: Wish


def add_wish(database: Database, inode: int, mtime_ns: int, wish: Wish) -> int:
    """Store a wish for a file that is about to be claimed, and return its number.

    Call it inside a transaction. inode and mtime_ns identify the file, because a rename keeps both.
    """
    database.execute("DELETE FROM wishes WHERE born_s < clock() - ?", (_LONGEST_S,))
    number = database.value(
        "INSERT INTO wishes (inode, mtime_ns, priority, lifetime_s, born_s)"
        " VALUES (?, ?, ?, ?, clock()) RETURNING id",
        (inode, mtime_ns, *wish),
    )
    assert isinstance(number, int)
    return number


def find_wish(database: Database, inode: int, mtime_ns: int) -> Granted | None:
    """Return the newest open wish for a file; None if there is none."""
    row = database.row(
        "SELECT id, priority, lifetime_s FROM wishes"
        " WHERE inode = ? AND mtime_ns = ? AND job IS NULL ORDER BY id DESC LIMIT 1",
        (inode, mtime_ns),
    )
    return None if row is None else Granted(row[0], Wish(*row[1:]))  # type: ignore[arg-type]


def note_jobs(database: Database, jobs: Iterable[tuple[int, bytes]]) -> None:
    """Store the job of each wish, found by the path of its claim; call it inside a transaction."""
    database.execute_many(
        "UPDATE wishes SET job = (SELECT m.id FROM files f JOIN messages m ON m.file = f.id"
        " WHERE f.path = ?2 AND f.closed = 0) WHERE id = ?1",
        jobs,
    )


def job_of_wish(database: Database | ReadOnlyDatabase, number: int) -> int | None:
    """Return the job of a wish; None until importer has committed it."""
    job = database.value("SELECT job FROM wishes WHERE id = ?", (number,))
    return job if isinstance(job, int) else None
