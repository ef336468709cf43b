"""What `netrelay send` asks for a file before importer sees it, and which job became of it."""

from collections.abc import Iterable
from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase

# So long a wish waits for its file; then `send` was killed before it put the file there.
_LONGEST_S = 30 * 86_400


class Wish(NamedTuple):
    """How a file is to go; None where the configuration says it."""

    priority: int | None
    lifetime_s: int | None


class Granted(NamedTuple):
    """A wish whose file importer has before it; number: the wish's row."""

    number: int
    wish: Wish


def add_wish(database: Database, inode: int, mtime_ns: int, wish: Wish) -> int:
    """Note a wish for a file that is about to be renamed into a drop folder; gives its number.

    Call it inside a transaction. inode and mtime_ns tell the file: a rename keeps both.
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
    """Give the newest wish for a file; None for one that was simply dropped."""
    row = database.row(
        "SELECT id, priority, lifetime_s FROM wishes"
        " WHERE inode = ? AND mtime_ns = ? AND job IS NULL ORDER BY id DESC LIMIT 1",
        (inode, mtime_ns),
    )
    return None if row is None else Granted(row[0], Wish(*row[1:]))  # type: ignore[arg-type]


def note_jobs(database: Database, jobs: Iterable[tuple[int, bytes]]) -> None:
    """Note which job became of each wish, by the path of its claim; inside a transaction."""
    database.execute_many(
        "UPDATE wishes SET job = (SELECT m.id FROM files f JOIN messages m ON m.file = f.id"
        " WHERE f.path = ?2 AND f.closed = 0) WHERE id = ?1",
        jobs,
    )


def job_of_wish(database: Database | ReadOnlyDatabase, number: int) -> int | None:
    """Give the job of a wish; None while importer has not seen the file."""
    job = database.value("SELECT job FROM wishes WHERE id = ?", (number,))
    return job if isinstance(job, int) else None
