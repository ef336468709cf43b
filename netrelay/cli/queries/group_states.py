"""Groups that this node is a member of, and groups that it sends to."""

from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase


class MemberState(NamedTuple):
    """A group that this node is a member of.

    waiting: files and texts of it that are complete here and not delivered. coming: those that have
    come in part. owed: entries of receipts that are not signed.
    """

    node: str
    name: str
    joined_unix_s: int
    waiting: int
    coming: int
    owed: int


class WayToGroup(NamedTuple):
    """A next hop of a group that this node sends to, by names.

    left_for_s: for how long others go first, since it gave no receipt in time; None: they do not.
    waits_for_s: for how long it has something without a receipt; None: it has nothing.
    """

    group: str
    hop: str
    is_used: bool
    reason: str | None
    left_for_s: float | None
    waits_for_s: float | None


def member_states(database: ReadOnlyDatabase) -> list[MemberState]:
    """Return the groups that this node is a member of, ordered by name."""
    rows = database.rows(
        "SELECT g.node, g.name, g.joined_unix_s, coalesce(sum(m.is_complete), 0),"
        " count(m.id) - coalesce(sum(m.is_complete), 0),"
        " (SELECT count(*) FROM receipts_due r WHERE r.destination = g.node)"
        " FROM held_groups g LEFT JOIN (SELECT id, destination, type = 1 OR EXISTS ("
        "   SELECT 1 FROM ranges r WHERE r.message = messages.id AND r.first = 0"
        "    AND r.last >= messages.total_bytes) AS is_complete"
        "  FROM messages WHERE state = 'N-4' AND type IN (1, 3)) m ON m.destination = g.node"
        " GROUP BY g.node ORDER BY g.name"
    )
    return [MemberState(*row) for row in rows]  # type: ignore[arg-type]


def ways_to_groups(
    database: Database | ReadOnlyDatabase, group: str | None = None
) -> list[WayToGroup]:
    """Return the next hops of all groups, or of one by its name, in the order of preference."""
    rows = database.rows(
        "SELECT p.name, coalesce(h.name, r.hop), r.hop = p.via,"
        " CASE WHEN s.unreached_s IS NOT NULL THEN s.reason END, t.now_s - l.since_s,"
        " CASE WHEN r.hop = p.via THEN t.now_s - o.waits_s END"
        " FROM peers p JOIN routes r ON r.peer = p.node LEFT JOIN peers h ON h.node = r.hop"
        " LEFT JOIN hop_states s ON s.hop = r.hop LEFT JOIN node_time t"
        " LEFT JOIN offers o ON o.peer = r.peer AND o.hop = r.hop"
        " LEFT JOIN left_members l ON l.peer = r.peer AND l.hop = r.hop AND l.until_s > t.now_s"
        " WHERE p.is_group = 1 AND coalesce(p.name = ?1, 1) ORDER BY p.name, r.position",
        (group,),
    )
    return [
        WayToGroup(
            str(name),
            str(hop),
            bool(is_used),
            None if reason is None else str(reason),
            None if left_s is None else max(float(str(left_s)), 0.0),
            None if waits_s is None else max(float(str(waits_s)), 0.0),
        )
        for name, hop, is_used, reason, left_s, waits_s in rows
    ]


def is_group(database: Database | ReadOnlyDatabase, name: str) -> bool:
    """Return whether the peer of this name is a group."""
    return database.value("SELECT is_group FROM peers WHERE name = ?", (name,)) == 1
