"""Queries for media that are carried by hand: messages that wait, and copies of them."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from netrelay.core.message_names import MessageName
from netrelay.core.words import MessageType
from netrelay.store.database import Database, ReadOnlyDatabase
from netrelay.store.facts import Facts
from netrelay.store.outgoing import READY_COLUMNS, Ready

_MOST_MEDIA: Final = 16
_LONGEST_NAME: Final = 200


class CarriableMessage(NamedTuple):
    """A message that waits for another node; a job stands for its pieces.

    cut_bytes: how far a job is cut into pieces. inner_bytes: what its header adds if it goes as a
    single.
    """

    ready: Ready
    state: str
    cut_bytes: int
    inner_bytes: int


class Piece(NamedTuple):
    """A piece of a job; is_taken: 1 if the next hop has it."""

    type: int
    offset: int
    size_bytes: int
    is_taken: int


class OwnLimits(NamedTuple):
    """This node, and the largest message that it takes and makes."""

    node: str
    capacity_bytes: int


def own_limits(database: Database) -> OwnLimits:
    """Return the node id and the capacity of this node, as its processes have them."""
    row = database.row("SELECT node, capacity FROM selfinfo")
    assert row is not None
    node, capacity_bytes = row
    assert isinstance(capacity_bytes, int)
    return OwnLimits(str(node), capacity_bytes)


def waiting_for(database: Database, destination: str) -> list[CarriableMessage]:
    """Return what waits for a node: urgent first, and what opens other messages before them."""
    columns = f"{READY_COLUMNS}, state, cut_bytes, inner_bytes"
    wholes = (
        f"SELECT {columns} FROM carry_work WHERE id IN ("  # noqa: S608
        "SELECT id FROM unfinished WHERE destination = ?)"
    )
    carried = (
        f"SELECT {columns} FROM carry_work WHERE destination = ? AND type = 2"  # noqa: S608
        " AND salt IS NOT NULL AND state NOT IN ('F', 'D')"
    )
    found = []
    for question in (wholes, carried):
        for row in database.rows(question, (destination,)):
            *ready, state, cut_bytes, inner_bytes = row
            assert isinstance(cut_bytes, int)
            assert isinstance(inner_bytes, int)
            found.append(CarriableMessage(Ready(*ready), str(state), cut_bytes, inner_bytes))  # type: ignore[arg-type]
    return sorted(found, key=_urgency)


def _urgency(waiting: CarriableMessage) -> tuple[int, int, int]:
    ready = waiting.ready
    opens_others = ready.type in (MessageType.MANIFEST, MessageType.RECEIPT)
    return ready.priority, (not opens_others) + (ready.type == MessageType.CHUNK), ready.id


def pieces_of(database: Database, job: Ready) -> list[Piece]:
    """Return the pieces of a job's attempt, in order."""
    rows = database.rows(
        "SELECT type, \"offset\", size_bytes, state = 'F' FROM messages"
        ' WHERE parent = ? AND parent > 0 AND attempt = ? ORDER BY type, "offset"',
        (job.id, job.attempt),
    )
    return [Piece(*row) for row in rows]  # type: ignore[arg-type]


def waiting_key(database: Database, destination: str) -> tuple[Ready, bytes] | None:
    """Return a key for singles that is not taken yet, and the body of its manifest; else None."""
    row = database.row(
        f"SELECT {READY_COLUMNS}, (SELECT body FROM bodies WHERE message = id) AS made"  # noqa: S608
        " FROM carry_work WHERE id IN (SELECT id FROM unfinished WHERE destination = ?)"
        " AND type = 3 AND envelope IS NULL AND file IS NULL AND made NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        (destination,),
    )
    if row is None:
        return None
    *ready, body = row
    assert isinstance(body, bytes)
    return Ready(*ready), body  # type: ignore[arg-type]


def reached_by(database: Database | ReadOnlyDatabase, node: str) -> list[str]:
    """Return a node, and those that are reached over it."""
    rows = database.rows("SELECT node FROM peers WHERE via = ?1 AND node <> ?1 ORDER BY 1", (node,))
    return [node, *(str(other) for (other,) in rows)]


def note_copies(
    database: Database, medium: str, destinations: Sequence[str], messages: Iterable[int]
) -> None:
    """Store which messages for these nodes a medium has a copy of; what was known stays as old.

    Call it inside a transaction.
    """
    medium = medium[-_LONGEST_NAME:]
    messages = list(messages)
    database.execute(
        "DELETE FROM carried_copies WHERE medium = ?1 AND message IN (SELECT c.message"
        " FROM carried_copies c JOIN messages m ON m.id = c.message WHERE c.medium = ?1"
        " AND m.destination IN (SELECT value FROM json_each(?2))"
        " AND m.id NOT IN (SELECT value FROM json_each(?3)))",
        (medium, json.dumps(list(destinations)), json.dumps(messages)),
    )
    database.execute_many(
        "INSERT OR IGNORE INTO carried_copies SELECT id, ?, clock() FROM messages"
        " WHERE id = ? AND state NOT IN ('F', 'D')",
        ((medium, message) for message in messages),
    )
    database.execute(
        "DELETE FROM carried_copies WHERE medium NOT IN (SELECT medium FROM carried_copies"
        " GROUP BY medium ORDER BY max(copied_s) DESC LIMIT ?)",
        (_MOST_MEDIA,),
    )


class CarriedCopy(NamedTuple):
    """A copy on a medium, and for how many seconds it has been there."""

    medium: str
    for_s: float


def copies_of(database: ReadOnlyDatabase, message: int) -> list[CarriedCopy]:
    """Return the media that have a copy of a message that has not ended, newest first."""
    rows = database.rows(
        "SELECT c.medium, t.now_s - c.copied_s FROM carried_copies c JOIN messages m"
        " ON m.id = c.message JOIN node_time t WHERE c.message = ?"
        " AND m.state NOT IN ('F', 'D') ORDER BY c.copied_s DESC",
        (message,),
    )
    return [CarriedCopy(str(medium), float(str(for_s))) for medium, for_s in rows]


def is_delivering(database: ReadOnlyDatabase | Database) -> bool:
    """Return whether files are complete here and not in the inbox yet, though they could be."""
    return database.value("SELECT 1 FROM work_exporter LIMIT 1") is not None


def store_acknowledged(
    database: Database, signer: str, names: Sequence[MessageName], refused: Callable[[str], None]
) -> int:
    """Report that a node has messages durably, as if it had acknowledged them on a connection.

    Only what it may say so of counts: what is for it, or goes by it. Return how many wait here that
    it named. Call it inside a transaction. refused: as of `Facts`.
    """
    asked = [[*name[:3], name.epoch.hex(), *name[4:]] for name in names]
    rows = database.rows(
        "SELECT m.id FROM json_each(?1) j CROSS JOIN messages m ON m.source = j.value ->> 1"
        " AND m.destination = j.value ->> 2 AND m.epoch = unhex(j.value ->> 3)"
        " AND m.sequence = j.value ->> 4 AND m.attempt = j.value ->> 5 AND m.type = j.value ->> 0"
        ' AND m."offset" = j.value ->> 6 AND m.size_bytes = j.value ->> 7 AND m.hash IS m.found'
        " JOIN peers p ON p.node = m.destination"
        " WHERE m.state NOT IN ('F', 'D') AND m.destination NOT IN (SELECT node FROM own_nodes)"
        " AND ?2 IN (m.destination, p.via)",
        (json.dumps(asked), signer),
    )
    found = [message for (message,) in rows if isinstance(message, int)]
    Facts(database, refused).report_durable(found)
    return len(found)


class MediumCopies(NamedTuple):
    """A medium with copies of files and texts that wait, how many, and since when the oldest."""

    medium: str
    waiting: int
    for_s: float


def media_with_copies(database: ReadOnlyDatabase) -> list[MediumCopies]:
    """Return the media that have copies of what waits, the newest copy first."""
    rows = database.rows(
        "SELECT c.medium, count(*), max(t.now_s - c.copied_s) FROM carried_copies c"
        " JOIN messages m ON m.id = c.message JOIN node_time t WHERE m.state NOT IN ('F', 'D')"
        " GROUP BY c.medium ORDER BY max(c.copied_s) DESC, c.medium"
    )
    return [
        MediumCopies(str(medium), int(str(count)), float(str(for_s)))
        for medium, count, for_s in rows
    ]
