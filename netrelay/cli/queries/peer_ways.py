"""The ways to a peer: its addresses in the order in which they are dialled, and its next hops."""

import json
from typing import NamedTuple

from netrelay.store.contacts import hosts_of
from netrelay.store.database import Database, ReadOnlyDatabase


class WayState(NamedTuple):
    """A way to a peer, and what it did when it was dialled for data; times in seconds ago.

    origin: `given` by a card or a person, `seen` where the peer last called from, `relay` for a
    next hop, whose name `way` is. is_open: the connection that is open now reached the peer by it,
    or the next hop is the present one; of several ways that go side by side, also one beside it.
    failures: since it was reached last; reason: of the last one. is_beside: it is one of several
    that carry large files together.
    """

    peer: str
    way: str
    origin: str
    is_open: bool
    reached_s: float | None
    failed_s: float | None
    failures: int
    reason: str
    is_beside: bool = False


def ways_beside(database: Database | ReadOnlyDatabase, node: str) -> int:
    """Return how many of a peer's addresses, the first ones, carry large files together; 1: one."""
    value = database.value("SELECT beside FROM peers WHERE node = ?", (node,))
    return value if isinstance(value, int) else 1


def addresses_beside(database: ReadOnlyDatabase, node: str) -> str | None:
    """Return the addresses at which connections are open beside the one to a peer; None: none."""
    value = database.value(
        "SELECT group_concat(address, ', ') FROM connections_beside WHERE peer = ? AND handle >= 0",
        (node,),
    )
    return None if value is None else str(value)


def peer_ways(database: Database | ReadOnlyDatabase, node: str) -> list[WayState]:
    """Return the ways to a peer in the order in which they are used, by node id."""
    row = database.row(
        "SELECT p.name, p.seen_address, p.addresses,"
        " coalesce(c.handle, -1) >= 0"
        " OR EXISTS (SELECT 1 FROM placed_calls l WHERE l.peer = p.node AND l.is_open = 1)"
        " FROM peers p LEFT JOIN connections c ON c.peer = p.node WHERE p.node = ?",
        (node,),
    )
    if row is None:
        return []
    name, seen, addresses, is_connected = row
    given = list(json.loads(str(addresses)))
    count = ways_beside(database, node)
    together = given[:count] if count > 1 else []
    open_ways = {
        str(way)
        for (way,) in database.rows(
            "SELECT way FROM connections_beside WHERE peer = ?1 AND handle >= 0"
            " UNION SELECT way FROM connections WHERE peer = ?1 AND handle >= 0 AND way <> ''",
            (node,),
        )
    }
    tried = {
        str(way): (reached_s, failed_s, failures, str(reason), bool(is_latest))
        for way, reached_s, failed_s, failures, reason, is_latest in database.rows(
            "SELECT way, clock() - reached_s, clock() - failed_s, failures, reason,"
            " reached_s IS (SELECT max(reached_s) FROM tried_ways WHERE peer = ?1)"
            " FROM tried_ways WHERE peer = ?1",
            (node,),
        )
    }
    ways = []
    for way in hosts_of(str(seen), str(addresses)):
        reached_s, failed_s, failures, reason, is_latest = tried.get(
            way, (None, None, 0, "", False)
        )
        ways.append(
            WayState(
                *(str(name), way, "given" if way in given else "seen"),
                bool(is_connected) and (way in open_ways if open_ways else is_latest),
                *(_seconds(reached_s), _seconds(failed_s)),
                *(int(str(failures)), reason if failures else ""),
                way in together,
            )
        )
    return ways + _relays(database, node, str(name))


def _relays(database: Database | ReadOnlyDatabase, node: str, name: str) -> list[WayState]:
    rows = database.rows(
        "SELECT coalesce(h.name, r.hop), r.hop = p.via, clock() - s.unreached_s, s.reason"
        " FROM routes r JOIN peers p ON p.node = r.peer LEFT JOIN peers h ON h.node = r.hop"
        " LEFT JOIN hop_states s ON s.hop = r.hop"
        " WHERE r.peer = ?1 AND r.hop <> r.peer ORDER BY r.position",
        (node,),
    )
    return [
        WayState(
            *(name, str(hop), "relay", bool(is_used), None, _seconds(unreached_s)),
            *(int(unreached_s is not None), str(reason or "") if unreached_s is not None else ""),
        )
        for hop, is_used, unreached_s, reason in rows
    ]


def _seconds(value: object) -> float | None:
    return None if value is None else float(str(value))
