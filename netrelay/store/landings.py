"""Rows of files that land in a store: those that wait for it, and what it has acknowledged."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from netrelay.core.words import FileKind
from netrelay.store.coming_files import staged_name
from netrelay.store.database import Database


class OwedLanding(NamedTuple):
    """A file, or the stream of a directory, that has to land.

    name: for people, as its source said it. hops: how many nodes it came through. received_unix_s:
    when it began to arrive. content_hash: BLAKE3; of a directory that of its tree.
    """

    file: int
    message: int
    source: str
    source_name: str
    destination: str
    epoch: bytes
    sequence: int
    hops: int
    name: str
    kind: FileKind
    mtime_ns: int
    received_unix_s: int
    content_hash: bytes
    staged_name: str


def owe_landings(database: Database, complete: Iterable[tuple[int, int, bytes]]) -> None:
    """Store that files wait for the store: (file, message, hash); call it inside a transaction."""
    database.execute_many("INSERT INTO owed_landings VALUES (?, ?, ?)", complete)


def next_landings(database: Database, besides: Iterable[int], limit: int) -> list[OwedLanding]:
    """Return files that may be put into the store now, oldest first, besides those in hand."""
    rows = database.rows(
        "SELECT file, message, source, source_name, destination, epoch, sequence, hops, name, kind,"
        " mtime_ns, unix_s, content_hash, attempt,"
        " nullif(destination, (SELECT node FROM selfinfo)) FROM work_lander"
        " WHERE file NOT IN (SELECT value FROM json_each(?)) ORDER BY file LIMIT ?",
        (json.dumps(sorted(besides)), limit),
    )
    return [_owed(row) for row in rows]


def _owed(row: tuple[object, ...]) -> OwedLanding:
    file, message, source, source_name, destination, epoch, sequence, hops, name, kind, *rest = row
    mtime_ns, unix_s, content_hash, attempt, group = rest
    assert isinstance(epoch, bytes)
    assert isinstance(content_hash, bytes)
    numbers = file, message, sequence, hops, kind, mtime_ns, unix_s, attempt
    file, message, sequence, hops, kind, mtime_ns, unix_s, attempt = (
        int(str(number)) for number in numbers
    )
    return OwedLanding(
        file,
        message,
        str(source),
        str(source_name),
        str(destination),
        epoch,
        sequence,
        hops,
        str(name),
        FileKind(kind),
        mtime_ns,
        unix_s,
        content_hash,
        staged_name(str(source), epoch, sequence, attempt, None if group is None else str(group)),
    )


def note_landed(database: Database, landed: Iterable[tuple[int, str, str]], unix_s: float) -> None:
    """Store that the store has acknowledged files: (file, bucket, key); inside a transaction."""
    database.execute_many(
        "INSERT INTO landed VALUES (?, ?, ?, ?)", ((*each, int(unix_s)) for each in landed)
    )


def report_landing_trouble(database: Database, file: int, trouble: str, reason: str) -> None:
    """Report that a file cannot be put into the store; inside a transaction.

    Of a file that has ended meanwhile nothing is stored.
    """
    database.execute(
        "INSERT INTO delivery_troubles SELECT message, ?, ? FROM open_landings WHERE file = ?",
        (trouble, reason, file),
    )


def return_landing(database: Database, file: int) -> None:
    """Return a file to exporter, since its staged bytes are not there; inside a transaction."""
    database.execute("INSERT INTO returned_landings VALUES (?)", (file,))
