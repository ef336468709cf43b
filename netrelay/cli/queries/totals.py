"""Queries of totals and moments: deliveries by peer, what waits longest, the last contact."""

from typing import NamedTuple

from netrelay.store.database import ReadOnlyDatabase


class DeliveredTotal(NamedTuple):
    """Deliveries since the peer was enrolled; direction: `out` or `in`."""

    peer: str
    direction: str
    jobs: int
    bytes: int


class PeerMoments(NamedTuple):
    """Age of the first message that waits for a peer, and its last contact.

    oldest_waits_s: of the messages that are ready or in flight; None if there is none.
    heard_unix_s: None if it was never heard of.
    """

    peer: str
    oldest_waits_s: float | None
    heard_unix_s: float | None


def delivered_totals(database: ReadOnlyDatabase) -> list[DeliveredTotal]:
    """Return the totals of all peers, with zeros, ordered by name."""
    rows = database.rows(
        "SELECT p.name, d.direction, coalesce(t.jobs, 0), coalesce(t.bytes, 0)"
        " FROM peers p JOIN (SELECT 'in' AS direction UNION ALL SELECT 'out') d"
        " LEFT JOIN delivered_totals t ON t.peer = p.node AND t.direction = d.direction"
        " ORDER BY p.name, d.direction"
    )
    return [DeliveredTotal(*row) for row in rows]  # type: ignore[arg-type]


def peer_moments(database: ReadOnlyDatabase) -> list[PeerMoments]:
    """Return the moments of all peers, ordered by name; two look-ups into an index for each."""
    rows = database.rows(
        "SELECT p.name, t.now_s - nullif(min(coalesce(r.born_s, 1e12), coalesce(f.born_s, 1e12)),"
        "   1e12), h.heard_s + t.unix_offset_s"
        " FROM peers p LEFT JOIN node_time t LEFT JOIN heard h ON h.peer = p.node"
        " LEFT JOIN messages r ON r.id = (SELECT id FROM messages"
        "   WHERE state = 'S-4' AND next_hop = p.node LIMIT 1)"
        " LEFT JOIN messages f ON f.id = (SELECT id FROM messages"
        "   WHERE state = 'S-4W' AND next_hop = p.node LIMIT 1)"
        " ORDER BY p.name"
    )
    return [PeerMoments(*row) for row in rows]  # type: ignore[arg-type]
