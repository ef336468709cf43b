"""Next hops that stand in for one that is preferred."""

from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase


class StandIn(NamedTuple):
    """The next hop of a peer while the preferred one is not reached, by name.

    hop: None where the peer itself is dialled. instead_of: the preferred one. used_s: for how long.
    reason: why the preferred one is not reached; None: it is again, and will be taken back.
    """

    hop: str | None
    instead_of: str
    used_s: float
    reason: str | None


class Takeover(NamedTuple):
    """The next hop of a peer that is not reached, and what comes next, by name.

    hop: None where the peer itself is dialled, and likewise by. by: the next hop that takes over in
    in_s seconds, unless this one is reached before. is_last: no other is there to take over.
    """

    hop: str | None
    by: str | None
    in_s: float
    is_last: bool
    reason: str


# Few peers have several next hops, and an index finds those.
_SEVERAL = (
    "WITH peers_with_several (name) AS NOT MATERIALIZED (SELECT p.name FROM routes o"
    " CROSS JOIN peers p ON p.node = o.peer WHERE o.position = 2) "
)
_STAND_INS = (
    "SELECT u.peer, nullif(u.hop, 'direct'), CASE f.hop WHEN 'direct' THEN f.peer ELSE f.hop END,"
    " (julianday('now') - julianday(u.used_since_at)) * 86400, f.reason"
    " FROM peers_with_several p CROSS JOIN route_overview u ON u.peer = p.name"
    " CROSS JOIN route_overview f ON f.peer = p.name AND f.position = 1"
    " WHERE u.is_used = 1 AND u.position > 1"
)


def stand_in(database: Database | ReadOnlyDatabase, peer: str) -> StandIn | None:
    """Return what stands in for the preferred next hop of a peer, by its name; None: nothing."""
    row = database.row(f"{_SEVERAL}{_STAND_INS} AND p.name = ?", (peer,))
    return None if row is None else _stand_in(*row[1:])


def stand_ins(database: ReadOnlyDatabase) -> dict[str, StandIn]:
    """Return what stands in for preferred next hops, by the names of their peers.

    For all peers it takes as long as `stand_in` for a few.
    """
    return {str(peer): _stand_in(*rest) for peer, *rest in database.rows(f"{_SEVERAL}{_STAND_INS}")}


def _stand_in(hop: object, instead_of: object, used_s: object, reason: object) -> StandIn:
    return StandIn(
        None if hop is None else str(hop),
        str(instead_of),
        max(float(str(used_s or 0)), 0.0),
        None if reason is None else str(reason),
    )


_ROUTES = (
    "SELECT nullif(o.hop, 'direct'), o.is_used,"
    " b.away_s - (julianday('now') - julianday(o.unreached_since_at)) * 86400, o.reason"
    " FROM route_overview o JOIN route_bounds b WHERE o.peer = ? ORDER BY o.position"
)


def takeover(database: Database | ReadOnlyDatabase, peer: str) -> Takeover | None:
    """Return what becomes of the next hop of a peer, by its name, while it is not reached.

    None while it is reached or was not tried, and where the list has no other.
    """
    routes = database.rows(_ROUTES, (peer,))
    used = next((route for route in routes if route[1]), None)
    if used is None or used[2] is None or len(routes) < 2:
        return None
    others = [route for route in routes if not route[1]]
    there = [route for route in others if route[2] is None or float(str(route[2])) > 0]
    by = there[0][0] if there else None
    return Takeover(
        None if used[0] is None else str(used[0]),
        None if by is None else str(by),
        max(float(str(used[2])), 0.0),
        not there,
        str(used[3] or ""),
    )


_AWAITED = (
    "SELECT DISTINCT CASE f.hop WHEN 'direct' THEN f.peer ELSE f.hop END AS awaited, f.peer"
    " FROM peers_with_several p CROSS JOIN route_overview u ON u.peer = p.name"
    " CROSS JOIN route_overview f ON f.peer = p.name"
    " WHERE u.is_used = 1 AND f.position < u.position"
)


def awaited_for(database: Database | ReadOnlyDatabase, peer: str) -> list[str]:
    """Return the peers for which another next hop stands in for one, by names.

    It is dialled again and again, although nothing waits for it.
    """
    rows = database.rows(f"{_SEVERAL}{_AWAITED} AND awaited = ? ORDER BY 2", (peer,))
    return [str(name) for _, name in rows]


def awaited(database: ReadOnlyDatabase) -> dict[str, list[str]]:
    """Return what `awaited_for` returns, for each peer that has any.

    For all peers it takes as long as `awaited_for` for one.
    """
    found: dict[str, list[str]] = {}
    for hop, peer in database.rows(f"{_SEVERAL}{_AWAITED} ORDER BY 2"):
        found.setdefault(str(hop), []).append(str(peer))
    return found
