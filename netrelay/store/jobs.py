"""Rows of jobs and texts to be sent, and of the files of jobs until they are put away."""

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from netrelay.core.header import EPOCH_BYTES, PRIORITY_DEFAULT
from netrelay.core.plain_content import PlainContent
from netrelay.core.words import FileKind
from netrelay.store.database import Database


class CompressedCopy(NamedTuple):
    """The compressed copy of a claim, in the folder of all such copies, and what it unpacks to."""

    name: str
    fingerprint: str
    size_bytes: int
    plain: PlainContent


class NewJob(NamedTuple):
    """A claimed file or directory, from which a job is made.

    inner_bytes is what the header adds to the content when the file is sent as a single. The
    lifetime is that of the configuration if it is None. compressed: the copy that is sent in its
    place.
    """

    path: bytes
    name: str
    size_bytes: int
    mtime_ns: int
    fingerprint: str
    inner_bytes: int
    kind: FileKind = FileKind.FILE
    priority: int = PRIORITY_DEFAULT
    lifetime_s: int | None = None
    compressed: CompressedCopy | None = None


class EndedJob(NamedTuple):
    """A job that was delivered or is dead, and whose file is not put away.

    path is that of its claim. kept is its path in failed/, None if none was committed; the file may
    have been moved there. Both are relative to the home. copied: its complete copy on another disk,
    to be moved to kept, in sent/ or failed/ (transfer/ended_copies.py). sent_folder, failed_folder:
    the folders of its destination there. compressed: the name of its compressed copy.
    """

    file: int
    job: int
    path: bytes
    kept: bytes | None
    name: str
    destination_name: str
    sent_folder: str
    failed_folder: str
    reason: str
    copied: str | None = None
    compressed: str | None = None


def add_jobs(
    database: Database, destination: str, jobs: Sequence[NewJob], lifetime_s: int, unix_s: float
) -> None:
    """Insert a row of `files` and a job for each claim, in order; call it inside a transaction."""
    row = database.row("SELECT node, epoch FROM selfinfo")
    assert row is not None
    node, epoch = row
    first = next_sequence(database, destination, len(jobs))
    whole = (node, destination, epoch)
    database.execute_many(
        "INSERT INTO files (source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " path, fingerprint, kind, unix_s, compressed, compressed_fingerprint, plain_hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(*whole, sequence, job.name, job.size_bytes, job.mtime_ns),
                *(job.path, job.fingerprint, int(job.kind), int(unix_s)),
                *_copy_columns(job.compressed),
            )
            for sequence, job in enumerate(jobs, first)
        ),
    )
    database.execute_many(
        "INSERT INTO messages (type, source, destination, epoch, sequence, size_bytes,"
        " total_bytes, inner_bytes, file, birth, actor, priority, lifetime_s)"
        " SELECT 6, source, destination, epoch, sequence, ?, ?, ?, id,"
        " 'created', 'importer', ?, ? FROM files"
        " WHERE source = ? AND destination = ? AND epoch = ? AND sequence = ?",
        (
            (
                *(_sent_bytes(job), _sent_bytes(job), job.inner_bytes, job.priority),
                *(job.lifetime_s or lifetime_s, *whole, sequence),
            )
            for sequence, job in enumerate(jobs, first)
        ),
    )


def _sent_bytes(job: NewJob) -> int:
    return job.size_bytes if job.compressed is None else job.compressed.size_bytes


def _copy_columns(copy: CompressedCopy | None) -> tuple[str | None, str | None, bytes | None]:
    return (None, None, None) if copy is None else (copy.name, copy.fingerprint, copy.plain.hash)


def compressible_now(database: Database, node: str) -> bool | None:
    """Return whether the way to a node is one on which bytes count; None: it does not unpack."""
    value = database.value("SELECT is_narrow FROM compressible WHERE node = ?", (node,))
    return None if value is None else bool(value)


def compressed_copies(database: Database) -> set[str]:
    """Return the names of the compressed copies of jobs that have not ended."""
    rows = database.rows(
        "SELECT f.compressed FROM files f WHERE f.closed = 0 AND f.compressed IS NOT NULL"
    )
    return {str(name) for (name,) in rows}


def add_texts(
    database: Database,
    destination: str,
    bodies: Sequence[bytes],
    lifetime_s: int,
    priority: int = PRIORITY_DEFAULT,
    actor: str = "person",
) -> list[int]:
    """Insert a single for each body and return their ids, in order; call it inside a transaction.

    A body is the plaintext of a single. actor: `person`, or `exporter` for an alarm.
    """
    row = database.row("SELECT node, epoch FROM selfinfo")
    assert row is not None
    node, epoch = row
    first = next_sequence(database, destination, len(bodies))
    messages: list[int] = []
    for sequence, body in enumerate(bodies, first):
        # last_insert_rowid() would be wrong: a trigger may have inserted a hello.
        message = database.value(
            "INSERT INTO messages (type, source, destination, epoch, sequence, size_bytes,"
            " total_bytes, birth, actor, priority, lifetime_s)"
            " VALUES (1, ?, ?, ?, ?, ?, ?, 'created', ?, ?, ?) RETURNING id",
            (
                *(node, destination, epoch, sequence, len(body), len(body)),
                *(actor, priority, lifetime_s),
            ),
        )
        assert isinstance(message, int)
        messages.append(message)
    database.execute_many("INSERT INTO bodies VALUES (?, ?)", zip(messages, bodies, strict=True))
    return messages


def draw_epoch(database: Database) -> None:
    """Store a new random epoch, so that (epoch, sequence) is never reused; inside a transaction.

    Existing messages keep their epoch.
    """
    database.execute("UPDATE selfinfo SET epoch = ?", (os.urandom(EPOCH_BYTES),))


def next_sequence(
    database: Database, destination: str, count: int = 1, source: str | None = None
) -> int:
    """Reserve the next sequences for a destination and return the first; inside a transaction.

    source: the group whose sequences they are; None for this node.
    """
    sequence = database.value(
        "INSERT INTO sequences"
        " VALUES (coalesce(?3, (SELECT node FROM selfinfo)), ?1, 1 + ?2)"
        " ON CONFLICT DO UPDATE SET next = next + ?2 RETURNING next - ?2",
        (destination, count, source),
    )
    assert isinstance(sequence, int)
    return sequence


def known_claims(database: Database) -> set[bytes]:
    """Return the paths of the claims that have a row and are not put away."""
    rows = database.rows("SELECT path FROM files WHERE path IS NOT NULL AND closed = 0")
    return {path for (path,) in rows if isinstance(path, bytes)}


def ended_jobs(database: Database, state: str, limit: int, after: int = 0) -> list[EndedJob]:
    """Return jobs in a state, F or D, whose files are not put away, in the order of their files.

    after: the file of the last one that was tried, so that those which fail do not come first.
    """
    rows = database.rows(
        "SELECT id, job, path, kept, name, destination_name, sent_folder, failed_folder,"
        " coalesce(reason, ''), copied, compressed"
        " FROM work_importer WHERE state = ? AND id > ? ORDER BY id LIMIT ?",
        (state, after, limit),
    )
    return [EndedJob(*row) for row in rows]  # type: ignore[arg-type]


def note_sent(database: Database, kept: Iterable[tuple[int, bytes | None]]) -> None:
    """Mark delivered files as put away, each with its path in sent/ or None if it was deleted.

    Call it inside a transaction.
    """
    database.execute_many(
        "UPDATE files SET closed = 1, kept = ?, kept_s = clock() WHERE id = ?",
        ((place, file) for file, place in kept),
    )


def choose_kept(database: Database, places: Iterable[tuple[int, bytes | None]]) -> None:
    """Store the paths in failed/ that were chosen for files of dead jobs; None withdraws one.

    A job that was retried in the meantime is not changed. Call it inside a transaction.
    """
    database.execute_many(
        "UPDATE files SET kept = ?1 WHERE id = ?2 AND EXISTS (SELECT 1 FROM messages"
        " WHERE file = ?2 AND type = 6 AND state = 'D')",
        ((place, file) for file, place in places),
    )


def note_ended_copy(
    database: Database, job: EndedJob, state: str, path: bytes, kept: bytes, copied: str
) -> None:
    """Store that a copy of an ended job's file is complete, and where it is to lie.

    path: what was copied, which is to be removed. A job in another state by now is not changed.
    Call it inside a transaction.
    """
    database.execute(
        "UPDATE files SET path = ?1, kept = ?2, copied = ?3 WHERE id = ?4 AND closed = 0"
        " AND EXISTS (SELECT 1 FROM messages WHERE file = ?4 AND type = 6 AND state = ?5)",
        (path, kept, copied, job.file, state),
    )


def forget_ended_copy(database: Database, job: EndedJob) -> None:
    """Remove the note of a copy that is gone from its disk; call it inside a transaction."""
    database.execute(
        "UPDATE files SET kept = NULL, copied = NULL WHERE id = ? AND closed = 0", (job.file,)
    )


def ended_copies(database: Database) -> set[str]:
    """Return the names of the complete copies of ended jobs that may not be in their place yet."""
    rows = database.rows("SELECT copied FROM work_importer WHERE copied IS NOT NULL")
    return {str(copied) for (copied,) in rows}


class KeptFile(NamedTuple):
    """The file of a job: claimed (kept is None), being moved to failed/, or put away (closed).

    fingerprint: of its claim.
    """

    file: int
    path: bytes
    kept: bytes | None
    size_bytes: int
    mtime_ns: int
    closed: bool
    fingerprint: str


def kept_file(database: Database, job: int) -> KeptFile | None:
    """Return the file of a job; None for a message without a claimed file."""
    row = database.row(
        "SELECT f.id, f.path, f.kept, f.size_bytes, f.mtime_ns, f.closed,"
        " coalesce(f.fingerprint, '') FROM messages m"
        " JOIN files f ON f.id = m.file WHERE m.id = ? AND f.path IS NOT NULL",
        (job,),
    )
    return None if row is None else KeptFile(*row)  # type: ignore[arg-type]


def claim_again(database: Database, file: int, path: bytes, fingerprint: str) -> None:
    """Store the new path of a file that was reclaimed from failed/; inside a transaction."""
    database.execute(
        "UPDATE files SET path = ?, fingerprint = ?, kept = NULL, copied = NULL, closed = 0"
        " WHERE id = ?",
        (path, fingerprint, file),
    )


def close_files(database: Database, files: Iterable[int]) -> None:
    """Mark files as put away; call it inside a transaction."""
    database.execute_many("UPDATE files SET closed = 1 WHERE id = ?", ((file,) for file in files))
