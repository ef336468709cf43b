"""Rows of routes: the next hops that take what is for a peer, in the order of preference."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from netrelay.store.database import Database

MOST_HOPS: Final = 16


class RouteTurn(NamedTuple):
    """A change of next hop that is due; peer: whose route it is.

    is_back: the new one comes before the old one, which stood in for it. reason: why the old one
    is not reached; None where it is, and gave no receipt of a group in time (is_silent).
    """

    peer: str
    hop: str
    hop_before: str
    is_back: bool
    reason: str | None
    is_silent: bool = False


def set_routes(database: Database, peer: str, hops: Sequence[str]) -> None:
    """Set the next hops of a peer, the preferred one first; none: no route. In a transaction.

    The first that is not away is used from now on.
    """
    database.execute("DELETE FROM routes WHERE peer = ?", (peer,))
    database.execute_many(
        "INSERT INTO routes (peer, position, hop) VALUES (?, ?, ?)",
        [(peer, position, hop) for position, hop in enumerate(hops, 1)],
    )
    first = database.value(
        "SELECT r.hop FROM routes r LEFT JOIN listed_routes l ON l.node = r.peer AND l.hop = r.hop"
        " WHERE r.peer = ? ORDER BY coalesce(l.is_away, 0), r.position LIMIT 1",
        (peer,),
    )
    via = None if first is None else str(first)
    if database.value("SELECT via FROM peers WHERE node = ?", (peer,)) == via:
        database.execute(
            "UPDATE routes SET used_s = clock() WHERE peer = ?1 AND hop = ?2", (peer, via)
        )
    else:
        database.execute("UPDATE peers SET via = ? WHERE node = ?", (via, peer))


def due_turns(database: Database) -> list[RouteTurn]:
    """Return the changes of next hops that are due now."""
    rows = database.rows(
        "SELECT t.node, t.hop, p.via, n.position < o.position AND l.since_s IS NULL, h.reason,"
        " h.unreached_s IS NULL AND l.since_s IS NOT NULL"
        " FROM route_turns t JOIN peers p ON p.node = t.node"
        " JOIN routes n ON n.peer = t.node AND n.hop = t.hop"
        " JOIN routes o ON o.peer = t.node AND o.hop = p.via"
        " JOIN hop_states h ON h.hop = p.via"
        " LEFT JOIN left_members l ON l.peer = t.node AND l.hop = p.via AND l.until_s > clock()"
    )
    return [
        RouteTurn(
            *(str(peer), str(hop), str(before), bool(is_back)),
            None if why is None else str(why),
            bool(is_silent),
        )
        for peer, hop, before, is_back, why, is_silent in rows
    ]


def ended_offers(database: Database) -> list[tuple[str, str]]:
    """Return the (group, next hop) whose time to give a receipt is over."""
    rows = database.rows("SELECT peer, hop FROM ended_offers")
    return [(str(peer), str(hop)) for peer, hop in rows]


def store_ended_offers(database: Database, ended: Sequence[tuple[str, str]]) -> None:
    """Have other members go first, where something waits for a receipt; in a transaction."""
    database.execute_many("INSERT INTO ended_offers VALUES (?, ?)", ended)


def store_turn(database: Database, turn: RouteTurn) -> None:
    """Have the new hop of a turn take what is for its peer; in a transaction."""
    database.execute("INSERT INTO route_turns VALUES (?, ?)", (turn.peer, turn.hop))
