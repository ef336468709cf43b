"""Queries about the messages that a node relays."""

from collections.abc import Iterable
from typing import NamedTuple

from netrelay.core.segments import CAPACITY_MAX_BYTES
from netrelay.store.arrivals import Arrival, MessageIdentity
from netrelay.store.database import Database
from netrelay.store.events import last_event
from netrelay.store.wholes import without_row


def spool_name(identity: MessageIdentity) -> str:
    """Return the name of the spool file with the sealed bytes of a relayed whole."""
    source, destination, epoch, sequence, attempt = identity
    return f"{source}-{destination}-{epoch.hex()}-{sequence}-{attempt}"


def identity_of_spool(name: str) -> MessageIdentity:
    """Return the identity in the name of a spool file; ValueError for any other name."""
    source, destination, epoch, sequence, attempt = name.split("-")
    return MessageIdentity(source, destination, bytes.fromhex(epoch), int(sequence), int(attempt))


class HeldRange(NamedTuple):
    """A range of a whole that is stored in the spool and has still to be sent on."""

    offset: int
    size_bytes: int


def held_ranges(
    database: Database, identity: MessageIdentity, offset: int, size_bytes: int
) -> list[HeldRange]:
    """Return the held ranges that overlap a range of a whole; none for an empty range."""
    rows = database.rows(
        'SELECT "offset", size_bytes FROM messages WHERE source = ? AND destination = ?'
        " AND epoch = ? AND sequence = ? AND attempt = ? AND salt IS NOT NULL"
        " AND state NOT IN ('F', 'D') AND \"offset\" > ? AND \"offset\" < ?"
        ' AND "offset" + size_bytes > ?',
        (*identity, offset - CAPACITY_MAX_BYTES, offset + size_bytes, offset),
    )
    return [HeldRange(*row) for row in rows]  # type: ignore[arg-type]


def is_carried(database: Database, identity: MessageIdentity) -> bool:
    """Return whether any piece of a whole has still to be sent on."""
    return (
        database.row(
            "SELECT 1 FROM messages WHERE source = ? AND destination = ? AND epoch = ?"
            " AND sequence = ? AND attempt = ? AND salt IS NOT NULL"
            " AND state NOT IN ('F', 'D') LIMIT 1",
            tuple(identity),
        )
        is not None
    )


def not_carried(database: Database, identities: Iterable[MessageIdentity]) -> list[MessageIdentity]:
    """Return those wholes of which nothing has to be carried on."""
    return without_row(database, identities, "salt IS NOT NULL AND state NOT IN ('F', 'D')")


def carried_since(database: Database, seq: int) -> tuple[set[MessageIdentity], int]:
    """Return the wholes of which a piece was sent on or died after an event, and the newest event.

    The same event number means that nothing has happened since; a smaller one, that events were
    deleted.
    """
    last = last_event(database)
    rows = database.rows(
        "SELECT DISTINCT m.source, m.destination, m.epoch, m.sequence, m.attempt FROM events e"
        " CROSS JOIN messages m ON m.id = e.message"
        " WHERE e.seq > ? AND e.seq <= ? AND e.to_state IN ('F', 'D') AND m.salt IS NOT NULL",
        (seq, last),
    )
    return {MessageIdentity(*row) for row in rows}, last  # type: ignore[arg-type]


def was_carried(database: Database, arrival: Arrival) -> bool:
    """Return whether a message with this sealing came from another neighbour over fewer relays.

    The source seals a message anew each time it sends it, so this is no repeat but a routing loop.
    """
    if arrival.hops == 0:
        return False
    return (
        database.row(
            "SELECT 1 FROM messages WHERE source = ? AND destination = ? AND epoch = ?"
            ' AND sequence = ? AND attempt = ? AND type = ? AND "offset" BETWEEN ? AND ?'
            ' AND "offset" + size_bytes >= ? AND salt IS ? AND hops < ? AND previous_hop <> ?'
            " AND state <> 'D' AND hash IS found LIMIT 1",
            (
                *arrival.identity,
                arrival.type,
                max(0, arrival.offset - CAPACITY_MAX_BYTES),
                arrival.offset,
                arrival.offset + arrival.size_bytes,
                arrival.salt,
                arrival.hops,
                arrival.previous_hop,
            ),
        )
        is not None
    )
