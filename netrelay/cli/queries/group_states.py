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
    of_one = "" if group is None else " AND p.name = ?"
    rows = database.rows(
        "SELECT p.name, coalesce(h.name, r.hop), r.hop = p.via,"  # noqa: S608
        " CASE WHEN s.unreached_s IS NOT NULL THEN s.reason END, t.now_s - l.since_s,"
        " CASE WHEN r.hop = p.via AND EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-2W'"
        "  AND m.pieces_left = 0 AND m.type IN (1, 6) AND m.destination = p.node)"
        " THEN t.now_s - o.waits_s END"
        " FROM peers p JOIN routes r ON r.peer = p.node LEFT JOIN peers h ON h.node = r.hop"
        " LEFT JOIN hop_states s ON s.hop = r.hop LEFT JOIN node_time t"
        " LEFT JOIN offers o ON o.peer = r.peer AND o.hop = r.hop"
        " LEFT JOIN left_members l ON l.peer = r.peer AND l.hop = r.hop AND l.until_s > t.now_s"
        f" WHERE p.is_group = 1{of_one} ORDER BY p.name, r.position",
        () if group is None else (group,),
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


class MemberOfJob(NamedTuple):
    """The group that a job of this node is for, and its members that have to do with it, by names.

    taken_by: the next hop that was given its manifest, or single, last. receipt_by: who brought the
    receipt. is_waiting: it was taken, and has no receipt.
    """

    group: str
    taken_by: str | None
    receipt_by: str | None
    is_waiting: bool


def member_of(database: ReadOnlyDatabase, job: int) -> MemberOfJob | None:
    """Return who took a job for a group; None if it is for another peer."""
    row = database.row(
        "SELECT p.name, (SELECT coalesce(h.name, s.next_hop) FROM messages s"
        "   LEFT JOIN peers h ON h.node = s.next_hop"
        "  WHERE (s.id = m.id AND m.type = 1"
        "     OR s.parent = m.id AND s.parent > 0 AND s.type IN (1, 3) AND s.attempt = m.attempt)"
        "    AND EXISTS (SELECT 1 FROM events e WHERE e.message = s.id"
        "    AND e.event = 'handed') ORDER BY s.id DESC LIMIT 1),"
        " (SELECT coalesce(h.name, r.previous_hop) FROM events e JOIN kept_receipts k"
        "   ON k.event < e.seq AND k.last_event >= e.seq JOIN events x ON x.seq = k.event"
        "   JOIN messages r ON r.id = x.message LEFT JOIN peers h ON h.node = r.previous_hop"
        "  WHERE e.message = m.id AND e.event = 'receipted' LIMIT 1),"
        " m.state = 'S-2W' AND m.pieces_left = 0"
        " FROM messages m JOIN peers p ON p.node = m.destination AND p.is_group = 1"
        " WHERE m.id = ? AND m.source = (SELECT node FROM selfinfo) AND m.type IN (1, 6)",
        (job,),
    )
    if row is None:
        return None
    group, taken_by, receipt_by, is_waiting = row
    return MemberOfJob(
        str(group),
        None if taken_by is None else str(taken_by),
        None if receipt_by is None else str(receipt_by),
        bool(is_waiting),
    )
