"""Coming files and messages, as rows."""

from collections.abc import Iterable
from typing import NamedTuple

from netrelay.core.words import FileKind, MessageType
from netrelay.store.database import Database


class Complete(NamedTuple):
    """A file, or the stream of a directory, all of whose bytes are durable in the staging folder.

    delivered: it is in the inbox already, by an earlier attempt.
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


def complete_files(database: Database, limit: int) -> list[Complete]:
    """Give what exporter may put into the inbox."""
    complete = []
    for row in database.rows(
        "SELECT id, file, name, inbox_name, mtime_ns, source_name, source, epoch, sequence,"
        " attempt, closed, kind, size_bytes FROM work_exporter LIMIT ?",
        (limit,),
    ):
        message, file, name, inbox_name, mtime_ns, source_name, *rest = row
        source, epoch, sequence, attempt, closed, kind, size_bytes = rest
        assert isinstance(epoch, bytes)
        assert isinstance(sequence, int)
        assert isinstance(attempt, int)
        assert isinstance(message, int)
        assert isinstance(file, int)
        assert isinstance(mtime_ns, int)
        assert isinstance(kind, int)
        assert isinstance(size_bytes, int)
        complete.append(
            Complete(
                message,
                file,
                str(name),
                None if inbox_name is None else str(inbox_name),
                mtime_ns,
                str(source_name),
                staged_name(str(source), epoch, sequence, attempt),
                bool(closed),
                FileKind(kind),
                size_bytes,
            )
        )
    return complete


def named_directories(database: Database) -> set[str]:
    """Give the staging names of directories that have a name in the inbox and may not lie there."""
    rows = database.rows(
        "SELECT m.source, m.epoch, m.sequence, m.attempt FROM messages m"
        " JOIN files f ON f.id = m.file WHERE m.state = 'N-4' AND m.type IN (1, 3)"
        " AND f.kind = 3 AND f.inbox_name IS NOT NULL"
    )
    return {staged_name(*row) for row in rows}  # type: ignore[arg-type]


def name_files(database: Database, names: dict[int, str]) -> None:
    """Note the inbox names of files, by the id of their rows; call it inside a transaction."""
    database.execute_many(
        "UPDATE files SET inbox_name = ? WHERE id = ?",
        ((name, file) for file, name in names.items()),
    )


def unname_files(database: Database, files: Iterable[int]) -> None:
    """Forget inbox names that turned out to be taken; call it inside a transaction."""
    database.execute_many(
        "UPDATE files SET inbox_name = NULL WHERE id = ?", ((file,) for file in files)
    )


def staged_name(source: str, epoch: bytes, sequence: int, attempt: int) -> str:
    """Name a coming file in the staging folder: by its identity, so that a repeat finds it."""
    return f"{source}-{epoch.hex()}-{sequence}-{attempt}"


def expected_in_staging(database: Database) -> set[str]:
    """Give the names of all coming files that are not in the inbox yet."""
    names = set()
    for source, epoch, sequence, attempt in database.rows(
        "SELECT source, epoch, sequence, attempt FROM messages"
        " WHERE state = 'N-4' AND type IN (1, 3)"
    ):
        assert isinstance(epoch, bytes)
        assert isinstance(sequence, int)
        assert isinstance(attempt, int)
        names.add(staged_name(str(source), epoch, sequence, attempt))
    return names


def died_in_staging(database: Database, seq: int) -> tuple[set[str], int]:
    """Return the staged names of the coming files that died after an event; and the last event.

    A smaller number means that events were removed. A name that a living form of the same whole
    uses is left out: single and manifest share it.
    """
    last = last_event(database)
    rows = database.rows(
        "SELECT m.source, m.epoch, m.sequence, m.attempt FROM events e"
        " CROSS JOIN messages m ON m.id = e.message"
        " WHERE e.seq > ? AND e.seq <= ? AND e.to_state = 'D' AND m.state = 'D'"
        " AND m.type IN (1, 3) AND m.file IS NOT NULL AND m.parent = 0 AND NOT EXISTS ("
        "SELECT 1 FROM messages o WHERE o.source = m.source AND o.destination = m.destination"
        " AND o.epoch = m.epoch AND o.sequence = m.sequence AND o.attempt = m.attempt"
        " AND o.type IN (1, 3) AND o.hash IS o.found AND o.state = 'N-4')",
        (seq, last),
    )
    return {staged_name(*row) for row in rows}, last  # type: ignore[arg-type]


def last_event(database: Database) -> int:
    """Give the number of the newest event, 0 when there is none."""
    last = database.value("SELECT coalesce(max(seq), 0) FROM events")
    assert isinstance(last, int)
    return last


class MessageIdentity(NamedTuple):
    """What makes a message one and the same on every node."""

    source: str
    destination: str
    epoch: bytes
    sequence: int
    attempt: int


class Arrived(NamedTuple):
    """A message that came, as it goes into its row.

    hash, found: BLAKE3-256 as claimed and as computed; the engine compares them. parent, file: of a
    piece its whole, 0 and None otherwise.
    """

    type: int
    identity: MessageIdentity
    previous_hop: str
    offset: int
    size_bytes: int
    total_bytes: int
    hash: bytes
    found: bytes
    priority: int
    lifetime_s: int
    age_s: int
    hops: int
    parent: int = 0
    file: int | None = None
    envelope: bytes | None = None
    info: str | None = None
    salt: bytes | None = None


def add_arrived(database: Database, arrived: Arrived) -> int | None:
    """Make the row of a message that came; None when there is one. Inside a transaction."""
    identity = arrived.identity
    return _optional_integer(
        database.value(
            "INSERT INTO messages (type, source, destination, epoch, sequence, attempt,"
            ' previous_hop, "offset", size_bytes, total_bytes, hash, found, priority, lifetime_s,'
            " age_s, hops, parent, file, envelope, info, salt, birth, actor)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " 'arrived', 'processor_r') ON CONFLICT DO NOTHING RETURNING id",
            (
                arrived.type,
                *identity,
                arrived.previous_hop,
                arrived.offset,
                arrived.size_bytes,
                arrived.total_bytes,
                arrived.hash,
                arrived.found,
                arrived.priority,
                arrived.lifetime_s,
                arrived.age_s,
                arrived.hops,
                arrived.parent,
                arrived.file,
                arrived.envelope,
                arrived.info,
                arrived.salt,
            ),
        )
    )


def renew(database: Database, message: int, arrived: Arrived) -> None:
    """Let a row say what a repeat of its message brought: another sealing, another age."""
    database.execute(
        "UPDATE messages SET hash = ?, found = ?, salt = ?, envelope = ?, age_s = ?, hops = ?,"
        " previous_hop = ?, born_s = clock() WHERE id = ?",
        (
            arrived.hash,
            arrived.found,
            arrived.salt,
            arrived.envelope,
            arrived.age_s,
            arrived.hops,
            arrived.previous_hop,
            message,
        ),
    )


def find_arrived(
    database: Database, type_: int, identity: MessageIdentity, offset: int, size_bytes: int
) -> tuple[int, str] | None:
    """Give row and state of a message that came before; None when it did not."""
    row = database.row(
        "SELECT id, state FROM messages WHERE source = ? AND destination = ? AND epoch = ?"
        ' AND sequence = ? AND attempt = ? AND type = ? AND "offset" = ? AND size_bytes = ?'
        " AND hash IS found",
        (*identity, type_, offset, size_bytes),
    )
    if row is None:
        return None
    assert isinstance(row[0], int)
    return row[0], str(row[1])


def find_other_form(database: Database, type_: int, identity: MessageIdentity) -> int | None:
    """Return the row of the other form in which a whole came; None when it did not.

    A source that cannot send its single any more replaces it by manifest and chunks, under the same
    identity; the form that came first is delivered. Of a chunk the other form is a single. A single
    counts in every state but D, a manifest while it waits for its chunks.
    """
    is_single = type_ == MessageType.SINGLE
    other = "type = 3 AND state = 'N-4'" if is_single else "type = 1 AND state <> 'D'"
    return _optional_integer(
        database.value(
            "SELECT id FROM messages WHERE source = ? AND destination = ? AND epoch = ?"  # noqa: S608
            ' AND sequence = ? AND attempt = ? AND "offset" = 0 AND hash IS found'
            f" AND parent = 0 AND {other}",
            tuple(identity),
        )
    )


def has_other_size(database: Database, arrived: Arrived) -> bool:
    """Tell whether a message of this type and number, under whatever attempt, had another size."""
    return (
        database.row(
            "SELECT 1 FROM messages WHERE source = ? AND destination = ? AND epoch = ?"
            " AND sequence = ? AND type = ? AND parent = 0 AND total_bytes <> ? AND hash IS found",
            (*arrived.identity[:4], arrived.type, arrived.total_bytes),
        )
        is not None
    )


def add_coming_file(
    database: Database,
    identity: MessageIdentity,
    name: str,
    size_bytes: int,
    mtime_ns: int,
    unix_s: float,
    kind: FileKind = FileKind.FILE,
) -> int:
    """Make the row of a coming file or directory, or take the one an earlier attempt made."""
    file = database.value(
        "INSERT INTO files (source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " unix_s, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (source, destination, epoch, sequence) DO UPDATE SET name = excluded.name"
        " RETURNING id",
        (*identity[:4], name, size_bytes, mtime_ns, int(unix_s), int(kind)),
    )
    assert isinstance(file, int)
    return file


def keep_text(
    database: Database,
    message: int,
    identity: MessageIdentity,
    text: str,
    written_unix_s: int,
    unix_s: float,
) -> None:
    """Store a text that came, unless an earlier attempt brought it; inside a transaction."""
    database.execute(
        "INSERT INTO texts (message, source, epoch, sequence, written_unix_s, unix_s, text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            message,
            identity.source,
            identity.epoch,
            identity.sequence,
            written_unix_s,
            int(unix_s),
            text,
        ),
    )


def is_finished(database: Database, identity: MessageIdentity) -> bool:
    """Tell whether a sequence was finished here, under whatever attempt."""
    return (
        database.row(
            "SELECT 1 FROM (SELECT last FROM seen WHERE source = ? AND epoch = ? AND first <= ?"
            " ORDER BY first DESC LIMIT 1) WHERE last > ?",
            (identity.source, identity.epoch, identity.sequence, identity.sequence),
        )
        is not None
    )


def owe_complete(database: Database, identity: MessageIdentity) -> None:
    """Owe the source the word that what it repeats is complete; inside a transaction."""
    database.execute(
        "INSERT OR REPLACE INTO receipts_due VALUES (?, ?, ?, ?, ?, 1, 0, '')", tuple(identity)
    )
    database.execute("SELECT wake('processor_s')")


def finish_below(database: Database, source: str, epoch: bytes, low_water: int) -> None:
    """Note the source's word that nothing below this sequence will come again."""
    if low_water > 0:
        database.execute("INSERT INTO finished VALUES (?, ?, 0, ?)", (source, epoch, low_water))


def is_covered(database: Database, manifest: int, offset: int, size_bytes: int) -> bool:
    """Tell whether a range of a coming file is durable."""
    return (
        database.row(
            "SELECT 1 FROM (SELECT last FROM ranges WHERE message = ? AND first <= ?"
            " ORDER BY first DESC LIMIT 1) WHERE last >= ?",
            (manifest, offset, offset + size_bytes),
        )
        is not None
    )


def forget_ranges(database: Database, manifest: int) -> None:
    """Note that nothing of a coming file is durable any more; inside a transaction."""
    database.execute("DELETE FROM ranges WHERE message = ?", (manifest,))


def open_manifest(
    database: Database, identity: MessageIdentity
) -> tuple[int, int, bytes, bytes] | None:
    """Give a manifest that waits for its chunks: row, file, end-to-end header and body."""
    row = database.row(
        "SELECT m.id, m.file, m.envelope, b.body FROM messages m JOIN bodies b ON b.message = m.id"
        " WHERE m.source = ? AND m.destination = ? AND m.epoch = ? AND m.sequence = ?"
        " AND m.attempt = ? AND m.type = 3 AND m.hash IS m.found AND m.state = 'N-4'",
        tuple(identity),
    )
    if row is None:
        return None
    message, file, envelope, body = row
    assert isinstance(message, int)
    assert isinstance(file, int)
    assert isinstance(envelope, bytes)
    assert isinstance(body, bytes)
    return message, file, envelope, body


def message_state(database: Database, message: int) -> str:
    """Give the state of a message."""
    return str(database.value("SELECT state FROM messages WHERE id = ?", (message,)))


def keep_key(
    database: Database, identity: MessageIdentity, key_id: bytes, envelope: bytes, body: bytes
) -> None:
    """Store a key for singles as it came; inside a transaction."""
    database.execute(
        "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, clock())",
        (identity.source, identity.epoch, key_id, envelope, body),
    )


def find_key(database: Database, source: str, key_id: bytes) -> tuple[bytes, bytes] | None:
    """Give end-to-end header and body of a key's manifest; None when it never came."""
    row = database.row(
        "SELECT envelope, body FROM keys WHERE source = ? AND key_id = ?", (source, key_id)
    )
    if row is None:
        return None
    envelope, body = row
    assert isinstance(envelope, bytes)
    assert isinstance(body, bytes)
    return envelope, body


def unclosed_bytes(database: Database, identity: MessageIdentity) -> int:
    """Count the bytes of files that a source has on our disk outside the inbox, but for this one.

    Another attempt of the file is this one too. What died keeps nothing.
    """
    value = database.value(
        "SELECT coalesce(sum(size_bytes), 0) FROM files f"
        " WHERE source = ? AND closed = 0 AND path IS NULL AND NOT (epoch = ? AND sequence = ?)"
        " AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.file = f.id AND m.type IN (1, 3)"
        " AND m.state = 'D')",
        (identity.source, identity.epoch, identity.sequence),
    )
    assert isinstance(value, int)
    return value


def agreements(database: Database) -> dict[str, tuple[int, int]]:
    """Give number and message size of every agreement in force, by peer."""
    agreed = {}
    for node, number, size_bytes in database.rows("SELECT * FROM work_processor_r"):
        assert isinstance(number, int)
        assert isinstance(size_bytes, int)
        agreed[str(node)] = (number, size_bytes)
    return agreed


def _optional_integer(value: object) -> int | None:
    assert value is None or isinstance(value, int)
    return value
