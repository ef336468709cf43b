"""Rows of incoming files: the complete ones for exporter, and those that use the staging folder."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from netrelay.core.plain_content import PlainContent
from netrelay.core.words import FileKind, MessageType
from netrelay.store.arrivals import MessageIdentity
from netrelay.store.database import Database
from netrelay.store.events import last_event
from netrelay.store.wholes import without_row

_COLUMNS = (
    "SELECT w.id, file, name, inbox_name, mtime_ns, source_name, source, epoch, sequence, attempt,"
    " group_node, closed, kind, size_bytes, copied, type, total_bytes, plain_bytes, plain_hash,"
    " is_unpacked, hash, is_to_land, is_only_landed"
    " FROM"
)
# The parts of the name of a staged file; the destination is NULL if it is this node.
_STAGED = (
    "m.source, m.epoch, m.sequence, m.attempt, nullif(m.destination, (SELECT node FROM selfinfo))"
)
# CROSS JOIN keeps the files in the outer loop, in the order of an index.
_WORK = (
    " CROSS JOIN work_exporter w ON w.file = f.id"
    " WHERE w.source_name NOT IN (SELECT value FROM json_each(?)) LIMIT ?"
)
_FRESH = (
    f"{_COLUMNS} (SELECT id FROM files WHERE due_s = 0 AND closed = 0 AND path IS NULL"  # noqa: S608 -- ours
    f" ORDER BY id) f {_WORK}"
)
_AGAIN = (
    f"{_COLUMNS} (SELECT id FROM files WHERE due_s > 0 AND due_s <= clock()"  # noqa: S608 -- ours
    f" ORDER BY due_s) f {_WORK}"
)
# Another attempt of a file that is in the inbox.
_DELIVERED_BEFORE = f"{_COLUMNS} work_exporter w WHERE closed = 1 AND due_s = 0 LIMIT ?"
_NOBODY: frozenset[str] = frozenset()


class Complete(NamedTuple):
    """A file, or the stream of a directory, all of whose bytes are durable in the staging folder.

    delivered: it is in the inbox already, by an earlier attempt. whole_bytes: the size of the
    staged file as its manifest says; None for a single, which is written in one piece. copied: the
    name of its complete copy on the disk of its inbox folder (transfer/inbox_copies.py). plain:
    what it unpacks to, which replaces it first (transfer/decompression.py). is_unpacked: that is
    complete, and may not be in its place yet. content_hash: BLAKE3 of the file that is put into the
    inbox, where it is known. is_to_land: it has to land in the store first. is_only_landed: it has,
    and is not put into the inbox.
    """

    message: int
    file: int
    name: str
    inbox_name: str | None
    mtime_ns: int
    source_name: str
    staged_name: str
    delivered: bool
    kind: FileKind = FileKind.FILE
    size_bytes: int = 0
    whole_bytes: int | None = None
    copied: str | None = None
    plain: PlainContent | None = None
    is_unpacked: bool = False
    content_hash: bytes | None = None
    is_to_land: bool = False
    is_only_landed: bool = False


def complete_files(
    database: Database, limit: int, besides: Iterable[str] = _NOBODY
) -> list[Complete]:
    """Return the files that exporter may put into the inbox now, besides those of some sources.

    What never failed and what is due again have half of the places each, and those that the other
    leaves free: any number of files that cannot be delivered delays the others by half.
    """
    names = json.dumps(sorted(besides))
    fresh, again = database.rows(_FRESH, (names, limit)), database.rows(_AGAIN, (names, limit))
    chosen = [*fresh[: max(limit - limit // 2, limit - len(again))]]
    chosen += again[: limit - len(chosen)]
    if len(chosen) < limit:
        # Last, because no index has them.
        chosen += database.rows(_DELIVERED_BEFORE, (limit - len(chosen),))
    return [_complete(row) for row in chosen]


def _complete(row: Sequence[object]) -> Complete:
    message, file, name, inbox_name, mtime_ns, source_name, *rest = row
    source, epoch, sequence, attempt, group, closed, kind, size_bytes, copied, *rest = rest
    type_, total_bytes, plain_bytes, plain_hash, is_unpacked, hash_, *landing = rest
    is_to_land, is_only_landed = landing
    assert isinstance(epoch, bytes)
    assert isinstance(sequence, int)
    assert isinstance(attempt, int)
    assert isinstance(message, int)
    assert isinstance(file, int)
    assert isinstance(mtime_ns, int)
    assert isinstance(kind, int)
    assert isinstance(size_bytes, int)
    assert isinstance(total_bytes, int)
    plain = None
    if plain_bytes is not None:
        assert isinstance(plain_bytes, int)
        assert isinstance(plain_hash, bytes)
        plain = PlainContent(plain_bytes, plain_hash)
    staged_bytes = total_bytes if plain is None or not is_unpacked else plain.size_bytes
    return Complete(
        message,
        file,
        str(name),
        None if inbox_name is None else str(inbox_name),
        mtime_ns,
        str(source_name),
        staged_name(str(source), epoch, sequence, attempt, None if group is None else str(group)),
        bool(closed),
        FileKind(kind),
        size_bytes if plain is None else plain.size_bytes,
        staged_bytes if type_ == MessageType.MANIFEST else None,
        None if copied is None else str(copied),
        None if plain is None or is_unpacked else plain,
        bool(is_unpacked),
        _content_hash(FileKind(kind), plain, bool(is_unpacked), hash_),
        bool(is_to_land),
        bool(is_only_landed),
    )


def _content_hash(
    kind: FileKind, plain: PlainContent | None, is_unpacked: bool, hashed: object
) -> bytes | None:
    if kind is not FileKind.FILE:
        return None
    if plain is not None:
        # The hash that its source said was compared with what it unpacked to.
        return plain.hash if is_unpacked else None
    return hashed if isinstance(hashed, bytes) else None


def note_hashed(database: Database, hashes: Mapping[MessageIdentity, bytes]) -> None:
    """Store the hashes of files of which all bytes are here; call it inside a transaction.

    Of a file that lacks a piece, because the door refused it, nothing is stored.
    """
    database.execute_many(
        "INSERT OR REPLACE INTO content_hashes SELECT m.id, ?6 FROM messages m"
        " WHERE m.source = ?1 AND m.destination = ?2 AND m.epoch = ?3 AND m.sequence = ?4"
        " AND m.attempt = ?5 AND m.type = 3 AND m.parent = 0 AND m.hash IS m.found"
        " AND m.state = 'N-4' AND EXISTS (SELECT 1 FROM ranges r"
        "   WHERE r.message = m.id AND r.first = 0 AND r.last >= m.total_bytes)",
        ((*identity, content_hash) for identity, content_hash in hashes.items()),
    )


def note_unpacked(database: Database, message: int) -> None:
    """Store that what a message unpacks to is complete and durable; inside a transaction."""
    database.execute("UPDATE compressed_wholes SET is_unpacked = 1 WHERE message = ?", (message,))


def unpacked_files(database: Database) -> set[str]:
    """Return the staging names of compressed files that are unpacked, maybe not in their place."""
    rows = database.rows(
        f"SELECT {_STAGED} FROM compressed_wholes c"  # noqa: S608 -- ours
        " JOIN messages m ON m.id = c.message WHERE c.is_unpacked = 1 AND m.state = 'N-4'"
    )
    return {staged_name(*row) for row in rows}  # type: ignore[arg-type]


def named_directories(database: Database) -> set[str]:
    """Return the staging names of directories that have a name in the inbox and may not be there.

    An unpacked directory of another name was left half made by an earlier run.
    """
    rows = database.rows(
        f"SELECT {_STAGED} FROM messages m"  # noqa: S608 -- ours
        " JOIN files f ON f.id = m.file WHERE m.state = 'N-4' AND m.type IN (1, 3)"
        " AND f.kind = 3 AND f.inbox_name IS NOT NULL"
    )
    return {staged_name(*row) for row in rows}  # type: ignore[arg-type]


def copies_not_placed(database: Database) -> set[str]:
    """Return the names of the complete copies of files that may not be in the inbox yet."""
    rows = database.rows(
        "SELECT f.copied FROM messages m JOIN files f ON f.id = m.file"
        " WHERE m.state = 'N-4' AND m.type IN (1, 3) AND f.copied IS NOT NULL"
    )
    return {str(copied) for (copied,) in rows}


def note_copied(database: Database, copies: Mapping[int, str]) -> None:
    """Store the names of complete copies, by the id of their rows; inside a transaction.

    From then on a copy that is not in the hidden folder of its disk is in its place.
    """
    database.execute_many(
        "UPDATE files SET copied = ? WHERE id = ?",
        ((copied, file) for file, copied in copies.items()),
    )


def name_files(
    database: Database, names: Mapping[int, str], hashes: Mapping[int, bytes | None]
) -> None:
    """Store the inbox names of files, and the hashes of what gets them, by the id of their rows.

    Call it inside a transaction.
    """
    database.execute_many(
        "UPDATE files SET inbox_name = ?, content_hash = ? WHERE id = ?",
        ((name, hashes.get(file), file) for file, name in names.items()),
    )


def unname_files(database: Database, files: Iterable[int]) -> None:
    """Remove inbox names that turned out to be taken; call it inside a transaction."""
    database.execute_many(
        "UPDATE files SET inbox_name = NULL WHERE id = ? AND closed = 0",
        ((file,) for file in files),
    )


def forget_copies(database: Database, files: Iterable[int]) -> None:
    """Remove the notes of copies that are gone from their disk; call it inside a transaction."""
    database.execute_many(
        "UPDATE files SET copied = NULL WHERE id = ? AND closed = 0", ((file,) for file in files)
    )


def staged_name(
    source: str, epoch: bytes, sequence: int, attempt: int, group: str | None = None
) -> str:
    """Return the name of an incoming file in the staging folder.

    It is made of its identity, so that a repeat after a power cut finds the bytes again. group: the
    group that it is for; None if it is for this node itself.
    """
    name = f"{source}-{epoch.hex()}-{sequence}-{attempt}"
    return name if group is None else f"{name}-{group}"


def expected_in_staging(database: Database) -> set[str]:
    """Return the staging names of all incoming files that are not in the inbox yet."""
    rows = database.rows(
        f"SELECT {_STAGED} FROM messages m"  # noqa: S608 -- ours
        " WHERE state = 'N-4' AND type IN (1, 3)"
    )
    return {staged_name(*row) for row in rows}  # type: ignore[arg-type]


def not_coming(database: Database, identities: Iterable[MessageIdentity]) -> list[MessageIdentity]:
    """Return those wholes for this node of which no file or directory waits in staging."""
    asked = list(identities)
    left = without_row(database, asked, "type IN (1, 3) AND state = 'N-4' AND hash IS found")
    return [asked[place] for place in left]


def has_ranges(database: Database, identity: MessageIdentity) -> bool:
    """Return whether rows say that bytes of a coming file are durable."""
    return (
        database.row(
            "SELECT 1 FROM messages m JOIN ranges r ON r.message = m.id WHERE m.source = ?"
            " AND m.destination = ? AND m.epoch = ? AND m.sequence = ? AND m.attempt = ?"
            " AND m.type = 3 AND m.state = 'N-4' AND m.hash IS m.found LIMIT 1",
            tuple(identity),
        )
        is not None
    )


def report_lost(database: Database, identities: Iterable[MessageIdentity]) -> None:
    """Report wholes whose bytes are gone from the staging folder; inside a transaction."""
    database.execute_many("INSERT INTO lost_bytes VALUES (?, ?, ?, ?, ?)", identities)


def died_in_staging(database: Database, seq: int) -> tuple[set[str], int]:
    """Return the staging names of files that died after an event, and the last event.

    A name that a living form of the same whole uses is left out: single and manifest share it. A
    last event smaller than `seq` means that events were removed.
    """
    last = last_event(database)
    rows = database.rows(
        f"SELECT {_STAGED} FROM events e"  # noqa: S608 -- ours
        " CROSS JOIN messages m ON m.id = e.message"
        " WHERE e.seq > ? AND e.seq <= ? AND e.to_state = 'D' AND m.state = 'D'"
        " AND m.type IN (1, 3) AND m.file IS NOT NULL AND m.parent = 0"
        " AND NOT EXISTS (SELECT 1 FROM messages o WHERE o.source = m.source"
        "  AND o.destination = m.destination AND o.epoch = m.epoch AND o.sequence = m.sequence"
        "  AND o.attempt = m.attempt AND o.type IN (1, 3) AND o.state = 'N-4'"
        "  AND o.hash IS o.found)",
        (seq, last),
    )
    return {staged_name(*row) for row in rows}, last  # type: ignore[arg-type]


def let_go_of_parts(database: Database) -> int:
    """End what has come in part, after a database was put back; return how many files that were.

    Their sources may have finished with them since, and would not say so again. A source that has
    not sends all of the file anew. Call it inside a transaction.
    """
    parts = database.rows(
        "SELECT id FROM messages m WHERE state = 'N-4' AND type = 3 AND NOT EXISTS (SELECT 1 FROM"
        " ranges r WHERE r.message = m.id AND r.first = 0 AND r.last >= m.total_bytes)"
    )
    database.execute_many(
        "INSERT INTO facts (message, event, actor) VALUES (?, 'put-back', 'person')", parts
    )
    return len(parts)
