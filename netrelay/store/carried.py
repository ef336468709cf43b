"""Queries about the messages that a node relays."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from netrelay.core.node_id import node_id_bytes, node_id_text
from netrelay.core.segments import CAPACITY_MAX_BYTES
from netrelay.store.arrivals import Arrival, MessageIdentity
from netrelay.store.database import Database
from netrelay.store.events import last_event
from netrelay.store.wholes import without_row


class CarriedWhole(NamedTuple):
    """A whole that is carried for another node, as one peer brings it.

    brought_by: the neighbour it came from. A relay cannot open what it carries; so what each
    neighbour brings is kept apart, and none of them can take the place of what another one brings.
    """

    identity: MessageIdentity
    brought_by: str


def carried_whole(arrival: Arrival) -> CarriedWhole:
    """Return the whole that an arrival is a part of."""
    return CarriedWhole(arrival.identity, arrival.previous_hop)


def spool_name(whole: CarriedWhole) -> str:
    """Return the name of the spool file with the sealed bytes of a relayed whole.

    It ends with the neighbour, unless that is the source itself.
    """
    source, destination, epoch, sequence, attempt = whole.identity
    name = f"{source}-{destination}-{epoch.hex()}-{sequence}-{attempt}"
    return name if whole.brought_by == source else f"{name}-{whole.brought_by}"


def whole_of_spool(name: str) -> CarriedWhole:
    """Return the whole in the name of a spool file; ValueError for any other name."""
    source, destination, epoch, sequence, attempt, *brought_by = name.split("-")
    identity = MessageIdentity(
        source, destination, bytes.fromhex(epoch), int(sequence), int(attempt)
    )
    if not brought_by:
        return CarriedWhole(identity, source)
    # A name with more parts is not the one that `spool_name` makes of this.
    return CarriedWhole(identity, node_id_text(node_id_bytes(brought_by[0])))


class HeldRange(NamedTuple):
    """A range of a whole that is stored in the spool and has still to be sent on."""

    offset: int
    size_bytes: int


_WHOLE = (
    "source = ? AND destination = ? AND epoch = ? AND sequence = ? AND attempt = ?"
    " AND previous_hop = ? AND salt IS NOT NULL AND state NOT IN ('F', 'D')"
)


def held_ranges(
    database: Database, whole: CarriedWhole, offset: int, size_bytes: int
) -> list[HeldRange]:
    """Return the held ranges that overlap a range of a whole; none for an empty range."""
    rows = database.rows(
        f'SELECT "offset", size_bytes FROM messages WHERE {_WHOLE}'  # noqa: S608 -- ours
        ' AND "offset" > ? AND "offset" < ? AND "offset" + size_bytes > ?',
        (
            *(*whole.identity, whole.brought_by),
            *(offset - CAPACITY_MAX_BYTES, offset + size_bytes, offset),
        ),
    )
    return [HeldRange(*row) for row in rows]  # type: ignore[arg-type]


def is_carried(database: Database, whole: CarriedWhole) -> bool:
    """Return whether any piece of a whole has still to be sent on."""
    query = f"SELECT 1 FROM messages WHERE {_WHOLE} LIMIT 1"  # noqa: S608 -- ours
    return database.row(query, (*whole.identity, whole.brought_by)) is not None


def brought_by_others(database: Database) -> list[CarriedWhole]:
    """Return the wholes of which a piece has to be sent on that its source did not bring itself."""
    rows = database.rows(
        "SELECT DISTINCT source, destination, epoch, sequence, attempt, previous_hop FROM messages"
        " WHERE salt IS NOT NULL AND state NOT IN ('F', 'D') AND previous_hop <> source"
    )
    return [_carried_whole(row) for row in rows]


def _carried_whole(row: Sequence[object]) -> CarriedWhole:
    return CarriedWhole(MessageIdentity(*row[:5]), str(row[5]))  # type: ignore[arg-type]


def not_carried(database: Database, wholes: Iterable[CarriedWhole]) -> list[CarriedWhole]:
    """Return those wholes of which nothing has to be carried on."""
    asked = list(wholes)
    left = without_row(
        database,
        [each.identity for each in asked],
        "previous_hop = q.value ->> 5 AND salt IS NOT NULL AND state NOT IN ('F', 'D')",
        [each.brought_by for each in asked],
    )
    return [asked[place] for place in left]


def carried_since(database: Database, seq: int) -> tuple[set[CarriedWhole], int]:
    """Return the wholes of which a piece was sent on or died after an event, and the newest event.

    The same event number means that nothing has happened since; a smaller one, that events were
    deleted.
    """
    last = last_event(database)
    rows = database.rows(
        "SELECT DISTINCT m.source, m.destination, m.epoch, m.sequence, m.attempt, m.previous_hop"
        " FROM events e CROSS JOIN messages m ON m.id = e.message"
        " WHERE e.seq > ? AND e.seq <= ? AND e.to_state IN ('F', 'D') AND m.salt IS NOT NULL",
        (seq, last),
    )
    return {_carried_whole(row) for row in rows}, last


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
