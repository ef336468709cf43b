"""Rows behind processor_s: ready messages, bodies, next hops to call, reports of connections."""

import json
from collections.abc import Generator
from contextlib import closing
from typing import Final, NamedTuple

from netrelay.core.words import MessageType
from netrelay.store.beside import forget_connections_beside
from netrelay.store.contacts import hosts_of
from netrelay.store.database import Database, Value
from netrelay.store.jobs import next_sequence

READY_COLUMNS: Final = (
    'id, type, source, destination, epoch, sequence, attempt, "offset", size_bytes, total_bytes,'
    " parent, file, priority, lifetime_s, age_s, hops, name, path, fingerprint,"
    " mtime_ns, envelope, salt, found, text_body, previous_hop, trouble_s,"
    " compressed, compressed_fingerprint, file_bytes, plain_hash"
)

_Question = tuple[str, tuple[Value, ...]]


class Ready(NamedTuple):
    """A message in S-4 with its file; see the columns of `messages` and `files`.

    age_s: time with power since its source created it. path, fingerprint: of the claimed file; None
    for a body that this node makes (manifest, receipt). envelope, salt, found, previous_hop: of a
    message that is carried for another node. text: the plaintext of a text of this node. trouble_s:
    since when its file could not be read; None: it could. compressed, compressed_fingerprint: of
    the compressed copy that is sent in place of the file, which has file_bytes and plain_hash
    (BLAKE3).
    """

    id: int
    type: int
    source: str
    destination: str
    epoch: bytes
    sequence: int
    attempt: int
    offset: int
    size_bytes: int
    total_bytes: int
    parent: int
    file: int | None
    priority: int
    lifetime_s: int
    age_s: float
    hops: int
    name: str | None
    path: bytes | None
    fingerprint: str | None
    mtime_ns: int | None
    envelope: bytes | None = None
    salt: bytes | None = None
    found: bytes | None = None
    text: bytes | None = None
    previous_hop: str | None = None
    trouble_s: float | None = None
    compressed: str | None = None
    compressed_fingerprint: str | None = None
    file_bytes: int | None = None
    plain_hash: bytes | None = None


class Neighbour(NamedTuple):
    """A next hop with ready messages and no connection: its addresses and its agreement.

    reverse_address: a connection that it has dialled from there may carry ours; "": none may.
    rest_s: its connection is closed when nothing was on its way for so long; 0: never. beside: one
    more is to be opened by this way, beside the one that is open; "": the only one is.
    """

    node: str
    name: str
    hosts: tuple[str, ...]
    dataports: tuple[int, ...]
    agreement_number: int
    message_size_bytes: int
    reverse_address: str = ""
    rest_s: int = 0
    beside: str = ""


def ready_messages(database: Database, next_hop: str) -> Generator[Ready, None, None]:
    """Yield the messages ready for a next hop, most urgent first; close it before a transaction."""
    least = database.value(
        "SELECT min(least_priority) FROM closed_lines WHERE node = ?", (next_hop,)
    )
    if least is None:
        questions: list[_Question] = [
            (f"SELECT {READY_COLUMNS} FROM work_send WHERE next_hop = ?", (next_hop,))  # noqa: S608
        ]
    else:
        questions = _ready_on_closed_line(next_hop, int(str(least)))
    for sql, values in questions:
        rows = database.each(sql, values)
        with closing(rows):
            for row in rows:
                yield Ready(*row)  # type: ignore[arg-type]


def _ready_on_closed_line(next_hop: str, least_priority: int) -> list[_Question]:
    """Return questions with the rows that `work_send` has, which do not read all that waits."""
    receipts = (
        f"SELECT {READY_COLUMNS} FROM work_send WHERE id IN ("  # noqa: S608
        "SELECT id FROM messages INDEXED BY messages_words"
        " WHERE state = 'S-4' AND type = 7 AND next_hop = ?)"
    )
    urgent = (
        f"SELECT {READY_COLUMNS} FROM work_send"  # noqa: S608
        " WHERE next_hop = ? AND priority < ? AND type <> 7"
    )
    return [(receipts, (next_hop,)), (urgent, (next_hop, least_priority))]


def low_water(database: Database, source: str, destination: str, epoch: bytes) -> int:
    """Return the low water: the smallest unfinished sequence to a destination in an epoch."""
    value = database.value(
        "SELECT min(sequence) FROM unfinished WHERE destination = ? AND source = ? AND epoch = ?",
        (destination, source, epoch),
    )
    if value is None:
        value = database.value(
            "SELECT next FROM sequences WHERE source = ? AND destination = ?", (source, destination)
        )
    assert isinstance(value, int)
    return value


def read_body(database: Database, message: int) -> bytes | None:
    """Return a stored body; None if it was not made yet, or is no longer needed."""
    body = database.value("SELECT body FROM bodies WHERE message = ?", (message,))
    assert body is None or isinstance(body, bytes)
    return body


def keep_fingerprint(database: Database, file: int, fingerprint: str) -> None:
    """Store the fingerprint that a claimed file has now; inside a transaction."""
    database.execute("UPDATE files SET fingerprint = ? WHERE id = ?", (fingerprint, file))


def has_unread_files(database: Database) -> bool:
    """Return whether a file of this node could not be read when it was to be sent."""
    return database.value("SELECT 1 FROM unread_files LIMIT 1") is not None


def try_unread_files(database: Database) -> None:
    """Make what could not be read due now; inside a transaction."""
    database.execute("INSERT INTO disk_changes VALUES (1)")


def keep_body(database: Database, message: int, body: bytes) -> None:
    """Store a body; call it inside a transaction."""
    database.execute("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (message, body))


def add_made(
    database: Database,
    type_: int,
    destination: str,
    priority: int,
    longest_lifetime_s: int | None = None,
    group: str | None = None,
) -> Ready:
    """Insert a key or a receipt as a message of this node; call it inside a transaction.

    Store its body in the same transaction: the message may be ready to be sent at once. group: the
    group of which this node is a member and whose message it is.
    """
    row = database.row("SELECT node, epoch, lifetime_s FROM selfinfo")
    assert row is not None
    node, epoch, lifetime_s = row
    assert isinstance(lifetime_s, int)
    if longest_lifetime_s is not None:
        lifetime_s = min(lifetime_s, longest_lifetime_s)
    sequence = next_sequence(database, destination, source=group)
    node = group or node
    info = '{"kind": "key"}' if type_ == MessageType.MANIFEST else None
    # RETURNING, not last_insert_rowid(): without an agreement a trigger also inserts a hello.
    message = database.value(
        "INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor, priority,"
        " lifetime_s, info) VALUES (?, ?, ?, ?, ?, 'made', 'processor_s', ?, ?, ?) RETURNING id",
        (type_, node, destination, epoch, sequence, priority, lifetime_s, info),
    )
    return Ready(
        *(message, type_, node, destination, epoch, sequence, 1, 0, 0, 0, 0, None),  # type: ignore[arg-type]
        *(priority, lifetime_s, 0.0, 0, None, None, None, None),
    )


def still_ready(database: Database, messages: list[int]) -> set[int]:
    """Return those of these messages that are in S-4; call it inside a transaction."""
    rows = database.rows(
        "SELECT m.id FROM json_each(?) j CROSS JOIN messages m ON m.id = j.value"
        " WHERE m.state = 'S-4'",
        (json.dumps(messages),),
    )
    return {message for (message,) in rows if isinstance(message, int)}


def still_ready_unchanged(database: Database, messages: list[Ready], next_hop: str) -> set[int]:
    """Return those of these messages that are in S-4 for this next hop, as they were read.

    Call it inside a transaction.
    """
    rows = database.rows(
        "SELECT m.id FROM json_each(?) j CROSS JOIN messages m ON m.id = j.value ->> 0"
        " WHERE m.state = 'S-4' AND m.next_hop = ? AND m.attempt = j.value ->> 1"
        ' AND m."offset" = j.value ->> 2 AND (m.size_bytes = j.value ->> 3 OR m.type IN (3, 7))',
        (
            json.dumps([[m.id, m.attempt, m.offset, m.size_bytes] for m in messages]),
            next_hop,
        ),
    )
    return {message for (message,) in rows if isinstance(message, int)}


def ready_hops(database: Database) -> set[str]:
    """Return the next hops of all messages in S-4, due or not."""
    return {str(node) for (node,) in database.rows("SELECT node FROM ready_hops")}


def neighbours_to_connect(database: Database) -> list[Neighbour]:
    """Return the next hops to which sender has to open a connection."""
    neighbours = []
    for node, name, seen, addresses, dataports, number, size, *rest in database.rows(
        "SELECT node, name, seen_address, addresses, dataports,"
        " agreement_number, message_size, reverse_address, rest_s,"
        " EXISTS (SELECT 1 FROM twins t WHERE t.node = work_connect.node) FROM work_connect"
    ):
        reverse, rest_s, is_twin = rest
        assert isinstance(number, int)
        assert isinstance(size, int)
        assert isinstance(rest_s, int)
        neighbours.append(
            Neighbour(
                str(node),
                str(name),
                hosts_of(str(seen), str(addresses), is_seen_first=bool(is_twin)),
                tuple(json.loads(str(dataports))),
                number,
                size,
                str(reverse),
                rest_s,
            )
        )
    return neighbours


def caller(database: Database, peer: str) -> Neighbour | None:
    """Return a peer that calls, with its agreement; None without one. It is not dialled."""
    row = database.row(
        "SELECT name, agreement_number, message_size FROM work_answer WHERE node = ?", (peer,)
    )
    if row is None:
        return None
    name, number, size = row
    assert isinstance(number, int)
    assert isinstance(size, int)
    return Neighbour(peer, str(name), (), (), number, size)


def forgotten_handles(database: Database) -> set[int]:
    """Return the open connections whose peer's call, open beside them, was not answered any more.

    A router that has forgotten one of the two has forgotten the other.
    """
    rows = database.rows("SELECT handle FROM forgotten_connections")
    return {handle for (handle,) in rows if isinstance(handle, int)}


def lost_messages(database: Database) -> list[int]:
    """Return the messages that an earlier run of processor_s or sender had in flight."""
    rows = database.rows("SELECT id FROM messages WHERE state = 'S-4W'")
    return [message for (message,) in rows if isinstance(message, int)]


# The handle that stands for no connection, and the verdicts of an end: it broke; nothing was left;
# the peer has closed it in order while nothing was on its way; nothing moved on it, so that the
# peer may not know it yet.
NO_CONNECTION: Final = -1
BROKEN: Final = -1
RESTED: Final = 0
CLOSED_BY_PEER: Final = -2
SILENT: Final = -3


class Call(NamedTuple):
    """A report of sender about a connection that it was asked to open.

    handle: NO_CONNECTION if it failed or has ended. verdict: the peer's code, -1 if it sent none;
    of an end BROKEN, RESTED, CLOSED_BY_PEER or SILENT.
    open_s: seconds that it was open, None if it never was. jitter: from 0 to 1, spreads retries
    over time. address: the one that was reached, else the last one that was tried; empty: the row
    keeps the address that it has.
    """

    peer: str
    handle: int
    verdict: int
    agreement_number: int
    retry_after_s: int
    open_s: float | None
    jitter: float
    address: str
    reason: str


def report_call(database: Database, call: Call) -> None:
    """Store a report of sender; the engine decides when the peer is called again.

    Call it inside a transaction.
    """
    database.execute("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", call)


def report_stall(
    database: Database, peer: str, handle: int, stalled_for_s: int | None, reason: str
) -> None:
    """Report for how long an open connection has stalled, None: not any more.

    Call it inside a transaction.
    """
    database.execute(
        "INSERT INTO stall_reports VALUES (?, ?, ?, ?)", (peer, handle, stalled_for_s, reason)
    )


def report_move(database: Database, peer: str, handle: int, address: str) -> None:
    """Report at which address an open connection goes on, "" if it stays; in a transaction."""
    database.execute("INSERT INTO moves VALUES (?, ?, ?)", (peer, handle, address))


def forget_connections(database: Database) -> None:
    """Store that no connection is open, and cancel their backoff; inside a transaction."""
    database.execute(
        "UPDATE connections SET handle = -1, due_s = 0, down_s = coalesce(down_s, clock()),"
        " stalled_s = NULL, stall_reason = ''"
    )
    forget_connections_beside(database)


def destination_of_single(database: Database, message: int) -> str | None:
    """Return the destination of a message that is sent as a single; None if it is in chunks."""
    value = database.value(
        "SELECT destination FROM messages m WHERE id = ? AND (type = 1 OR EXISTS ("
        "SELECT 1 FROM messages p WHERE p.parent = m.id AND p.parent > 0 AND p.type = 1))",
        (message,),
    )
    return None if value is None else str(value)
