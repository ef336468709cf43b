"""What a node carries for others, as rows."""

from typing import NamedTuple

from netrelay.core.segments import CAPACITY_MAX_BYTES
from netrelay.store.arrivals import Arrived, MessageIdentity, last_event
from netrelay.store.database import Database


def spool_name(identity: MessageIdentity) -> str:
    """Name the file in the spool that holds the sealed bytes of a whole carried for another."""
    source, destination, epoch, sequence, attempt = identity
    return f"{source}-{destination}-{epoch.hex()}-{sequence}-{attempt}"


def identity_of_spool(name: str) -> MessageIdentity:
    """Give the identity in a spool name; ValueError for a name that is none."""
    source, destination, epoch, sequence, attempt = name.split("-")
    return MessageIdentity(source, destination, bytes.fromhex(epoch), int(sequence), int(attempt))


class HeldRange(NamedTuple):
    """A range of a whole that lies in the spool and has still to be carried on."""

    offset: int
    size_bytes: int


def held_ranges(
    database: Database, identity: MessageIdentity, offset: int, size_bytes: int
) -> list[HeldRange]:
    """Give what is held and touches a range of a whole; an empty range touches nothing."""
    rows = database.rows(
        'SELECT "offset", size_bytes FROM messages WHERE source = ? AND destination = ?'
        " AND epoch = ? AND sequence = ? AND attempt = ? AND salt IS NOT NULL"
        " AND state NOT IN ('F', 'D') AND \"offset\" > ? AND \"offset\" < ?"
        ' AND "offset" + size_bytes > ?',
        (*identity, offset - CAPACITY_MAX_BYTES, offset + size_bytes, offset),
    )
    return [HeldRange(*row) for row in rows]  # type: ignore[arg-type]


def is_carried(database: Database, identity: MessageIdentity) -> bool:
    """Tell whether anything of a whole has still to be carried on."""
    return (
        database.row(
            "SELECT 1 FROM messages WHERE source = ? AND destination = ? AND epoch = ?"
            " AND sequence = ? AND attempt = ? AND salt IS NOT NULL"
            " AND state NOT IN ('F', 'D') LIMIT 1",
            tuple(identity),
        )
        is not None
    )


def carried_since(database: Database, seq: int) -> tuple[set[MessageIdentity], int]:
    """Give the wholes of which a piece was carried on, or died, after an event; and the last event.

    The same number says that nothing has happened since; a smaller one, that events were removed.
    """
    last = last_event(database)
    rows = database.rows(
        "SELECT DISTINCT m.source, m.destination, m.epoch, m.sequence, m.attempt FROM events e"
        " CROSS JOIN messages m ON m.id = e.message"
        " WHERE e.seq > ? AND e.seq <= ? AND e.to_state IN ('F', 'D') AND m.salt IS NOT NULL",
        (seq, last),
    )
    return {MessageIdentity(*row) for row in rows}, last  # type: ignore[arg-type]


def carried_messages(database: Database, identity: MessageIdentity) -> list[int]:
    """Give the rows of one whole that have still to be carried on; its manifest is the last.

    Under an identity of which this node is an end there are none.
    """
    rows = database.rows(
        "SELECT id FROM messages WHERE source = ? AND destination = ? AND epoch = ?"
        " AND sequence = ? AND attempt = ? AND type IN (1, 2, 3) AND state NOT IN ('F', 'D')"
        " AND parent = 0 AND hash IS found"
        " AND (SELECT node FROM selfinfo) NOT IN (source, destination) ORDER BY type, id",
        tuple(identity),
    )
    return [message for (message,) in rows]  # type: ignore[misc]


def was_carried(database: Database, arrived: Arrived) -> bool:
    """Tell whether a message was here under the same sealing, from elsewhere and on a shorter way.

    Its source seals it anew at each sending, so it is no repeat: it went in a circle.
    """
    if arrived.hops == 0:
        return False
    return (
        database.row(
            "SELECT 1 FROM messages WHERE source = ? AND destination = ? AND epoch = ?"
            ' AND sequence = ? AND attempt = ? AND type = ? AND "offset" BETWEEN ? AND ?'
            ' AND "offset" + size_bytes >= ? AND salt IS ? AND hops < ? AND previous_hop <> ?'
            " AND state <> 'D' AND hash IS found LIMIT 1",
            (
                *arrived.identity,
                arrived.type,
                max(0, arrived.offset - CAPACITY_MAX_BYTES),
                arrived.offset,
                arrived.offset + arrived.size_bytes,
                arrived.salt,
                arrived.hops,
                arrived.previous_hop,
            ),
        )
        is not None
    )
