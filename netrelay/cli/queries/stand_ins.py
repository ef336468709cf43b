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


_STAND_IN = (
    "SELECT nullif(u.hop, 'direct'), CASE f.hop WHEN 'direct' THEN f.peer ELSE f.hop END,"
    " (julianday('now') - julianday(u.used_since_at)) * 86400, f.reason"
    " FROM route_overview u JOIN route_overview f ON f.peer = u.peer AND f.position = 1"
    " WHERE u.is_used = 1 AND u.position > 1 AND u.peer = ?"
)


def stand_in(database: Database | ReadOnlyDatabase, peer: str) -> StandIn | None:
    """Return what stands in for the preferred next hop of a peer, by its name; None: nothing."""
    row = database.row(_STAND_IN, (peer,))
    if row is None:
        return None
    hop, instead_of, used_s, reason = row
    return StandIn(
        None if hop is None else str(hop),
        str(instead_of),
        max(float(str(used_s or 0)), 0.0),
        None if reason is None else str(reason),
    )
