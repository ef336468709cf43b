"""Jobs: files given to this node, as rows."""

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from netrelay.core.header import EPOCH_BYTES, PRIORITY_DEFAULT
from netrelay.core.words import FileKind
from netrelay.store.database import Database


class NewJob(NamedTuple):
    """A claimed file or directory; inner_bytes: what its name adds when it travels as a single."""

    path: bytes
    name: str
    size_bytes: int
    mtime_ns: int
    fingerprint: str
    inner_bytes: int
    kind: FileKind = FileKind.FILE
    priority: int = PRIORITY_DEFAULT
    lifetime_s: int | None = None  # None: as all of them


class EndedJob(NamedTuple):
    """A job that was delivered or given up, and whose file waits to be put away.

    path: where it was claimed. kept: its place in failed/, chosen or taken already, else None. Both
    are relative to the home.
    """

    file: int
    job: int
    path: bytes
    kept: bytes | None
    name: str
    destination_name: str
    reason: str


def add_jobs(
    database: Database, destination: str, jobs: Sequence[NewJob], lifetime_s: int, unix_s: float
) -> None:
    """Make the rows of claimed files for one destination; call it inside a transaction."""
    row = database.row("SELECT node, epoch FROM selfinfo")
    assert row is not None
    node, epoch = row
    first = next_sequence(database, destination, len(jobs))
    whole = (node, destination, epoch)
    database.execute_many(
        "INSERT INTO files (source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " path, fingerprint, kind, unix_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(*whole, sequence, job.name, job.size_bytes, job.mtime_ns),
                *(job.path, job.fingerprint, int(job.kind), int(unix_s)),
            )
            for sequence, job in enumerate(jobs, first)
        ),
    )
    database.execute_many(
        "INSERT INTO messages (type, source, destination, epoch, sequence, size_bytes,"
        " total_bytes, inner_bytes, file, birth, actor, priority, lifetime_s)"
        " SELECT 6, source, destination, epoch, sequence, size_bytes, size_bytes, ?, id,"
        " 'created', 'importer', ?, ? FROM files"
        " WHERE source = ? AND destination = ? AND epoch = ? AND sequence = ?",
        (
            (job.inner_bytes, job.priority, job.lifetime_s or lifetime_s, *whole, sequence)
            for sequence, job in enumerate(jobs, first)
        ),
    )


def add_texts(
    database: Database,
    destination: str,
    bodies: Sequence[bytes],
    lifetime_s: int,
    priority: int = PRIORITY_DEFAULT,
) -> list[int]:
    """Make a message of each body (the plaintext of a single); call it inside a transaction.

    Gives their ids, in order.
    """
    row = database.row("SELECT node, epoch FROM selfinfo")
    assert row is not None
    node, epoch = row
    first = next_sequence(database, destination, len(bodies))
    messages: list[int] = []
    for sequence, body in enumerate(bodies, first):
        # Not the newest row: without an agreement the engine has made a hello since.
        message = database.value(
            "INSERT INTO messages (type, source, destination, epoch, sequence, size_bytes,"
            " total_bytes, birth, actor, priority, lifetime_s)"
            " VALUES (1, ?, ?, ?, ?, ?, ?, 'created', 'person', ?, ?) RETURNING id",
            (node, destination, epoch, sequence, len(body), len(body), priority, lifetime_s),
        )
        assert isinstance(message, int)
        messages.append(message)
    database.execute_many("INSERT INTO bodies VALUES (?, ?)", zip(messages, bodies, strict=True))
    return messages


def draw_epoch(database: Database) -> None:
    """Begin a new epoch: sequences given out from now on are none that were ever used.

    What was given a sequence before keeps its epoch with it. Call it inside a transaction.
    """
    database.execute("UPDATE selfinfo SET epoch = ?", (os.urandom(EPOCH_BYTES),))


def next_sequence(database: Database, destination: str, count: int = 1) -> int:
    """Take the next sequences for a destination, give the first; call it inside a transaction."""
    sequence = database.value(
        "INSERT INTO sequences VALUES (?1, 1 + ?2) ON CONFLICT DO UPDATE SET next = next + ?2"
        " RETURNING next - ?2",
        (destination, count),
    )
    assert isinstance(sequence, int)
    return sequence


def known_claims(database: Database) -> set[bytes]:
    """Give the paths of all claims that have a row and are not put away."""
    rows = database.rows("SELECT path FROM files WHERE path IS NOT NULL AND closed = 0")
    return {path for (path,) in rows if isinstance(path, bytes)}


def ended_jobs(database: Database, state: str, limit: int) -> list[EndedJob]:
    """Give jobs in F or D whose files wait to be put away."""
    rows = database.rows(
        "SELECT id, job, path, kept, name, destination_name, coalesce(reason, '')"
        " FROM work_importer WHERE state = ? LIMIT ?",
        (state, limit),
    )
    return [EndedJob(*row) for row in rows]  # type: ignore[arg-type]


def note_sent(database: Database, kept: Iterable[tuple[int, bytes | None]]) -> None:
    """Note that delivered files were put away, and where; call it inside a transaction."""
    database.execute_many(
        "UPDATE files SET closed = 1, kept = ?, kept_s = clock() WHERE id = ?",
        ((place, file) for file, place in kept),
    )


def choose_kept(database: Database, places: Iterable[tuple[int, bytes | None]]) -> None:
    """Note where files of dead jobs are going to lie, None for not yet; inside a transaction.

    A job that lives again meanwhile keeps its claim.
    """
    database.execute_many(
        "UPDATE files SET kept = ?1 WHERE id = ?2 AND EXISTS (SELECT 1 FROM messages"
        " WHERE file = ?2 AND type = 6 AND state = 'D')",
        ((place, file) for file, place in places),
    )


class KeptFile(NamedTuple):
    """A file of ours: claimed (kept is None), on its way to failed/, or put away (closed)."""

    file: int
    path: bytes
    kept: bytes | None
    size_bytes: int
    mtime_ns: int
    closed: bool


def kept_file(database: Database, job: int) -> KeptFile | None:
    """Give the file of a job; None for one that has none."""
    row = database.row(
        "SELECT f.id, f.path, f.kept, f.size_bytes, f.mtime_ns, f.closed FROM messages m"
        " JOIN files f ON f.id = m.file WHERE m.id = ? AND f.path IS NOT NULL",
        (job,),
    )
    return None if row is None else KeptFile(*row)  # type: ignore[arg-type]


def claim_again(database: Database, file: int, path: bytes, fingerprint: str) -> None:
    """Note that a file of failed/ was claimed anew; call it inside a transaction."""
    database.execute(
        "UPDATE files SET path = ?, fingerprint = ?, kept = NULL, closed = 0 WHERE id = ?",
        (path, fingerprint, file),
    )


def close_files(database: Database, files: Iterable[int]) -> None:
    """Note that files were put away; call it inside a transaction."""
    database.execute_many("UPDATE files SET closed = 1 WHERE id = ?", ((file,) for file in files))
