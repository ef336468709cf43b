"""All that this node knows of a line that tells when something would cross it."""

import json
from typing import NamedTuple

from netrelay.cli.queries.limit_states import LimitWindow, limit_states
from netrelay.core.forecast import Queued
from netrelay.core.line_rate import MeasuredHour
from netrelay.store.database import ReadOnlyDatabase

_MOST_QUEUED = 5000
# Deliveries that are looked at for the time between the last acknowledgement and the receipt.
_LOOKED_AT = 200
_MOST_TAILS = 20
# The hour that is being measured counts as one that has just ended.
_HOUR_S = 3600.0


class LineBudget(NamedTuple):
    """A budget of the next hop; trusts_clock: a clock that nothing has set begins new periods."""

    period: str
    limit_bytes: int
    reserve_bytes: int
    used_bytes: int
    until_unix_s: int
    trusts_clock: bool


class LineWindows(NamedTuple):
    """The windows of the next hop; trusts_clock: they are obeyed by a clock that nothing set."""

    texts: tuple[str, ...]
    trusts_clock: bool


class Outlook(NamedTuple):
    """A next hop and its line.

    message_size: agreed; None before the first contact. limit_bytes_per_s: the rate limit that
    holds now; base_limit_bytes_per_s: that outside of limit_windows. down_s: since when it cannot
    be reached; stalled_s: since when nothing of what is sent there arrives; None while it is not
    so. calls: it cannot be dialled. queued: what has to cross before or beside something new;
    is_capped: there is more of it.
    """

    node: str
    name: str
    message_size: int | None
    limit_bytes_per_s: int | None
    base_limit_bytes_per_s: int | None
    limit_windows: list[LimitWindow]
    is_paused: bool
    is_open: bool
    calls: bool
    down_s: float | None
    stalled_s: float | None
    measured: list[MeasuredHour]
    windows: LineWindows | None
    budget: LineBudget | None
    queued: list[Queued]
    is_capped: bool


class Destination(NamedTuple):
    """A destination and the node id of its next hop; None: no route.

    tails_s: between the last acknowledgement of the next hop and the receipt, of the last
    deliveries there.
    """

    node: str
    name: str
    via: str | None
    tails_s: list[float]


def destination_of(database: ReadOnlyDatabase, name: str) -> Destination | None:
    """Return a peer by name as a destination; None for another node."""
    row = database.row("SELECT node, name, via FROM peers WHERE name = ?", (name,))
    if row is None:
        return None
    node, found, via = row
    return Destination(
        str(node), str(found), None if via is None else str(via), _tails(database, str(node))
    )


def outlook(database: ReadOnlyDatabase, node: str) -> Outlook:
    """Return what is known of the line to a next hop, by node id."""
    row = database.row(
        "SELECT p.name, y.message_size, p.paused_s IS NOT NULL,"
        " coalesce(c.handle, -1) >= 0, p.calls,"
        " CASE WHEN coalesce(c.handle, -1) = -1 AND c.failures > 0 THEN t.now_s - c.down_s END,"
        " t.now_s - c.stalled_s"
        " FROM peers p LEFT JOIN sysinfo y ON y.node = p.node"
        " LEFT JOIN connections c ON c.peer = p.node LEFT JOIN node_time t WHERE p.node = ?",
        (node,),
    )
    assert row is not None
    (limits,) = limit_states(database, node)
    name, message_size, is_paused, is_open, calls, down_s, stalled_s = row
    queued = _queued(database, node)
    return Outlook(
        node,
        str(name),
        message_size,  # type: ignore[arg-type]
        *(limits.now_bytes_per_s, limits.limit_bytes_per_s, limits.by_window),
        *(bool(is_paused), bool(is_open), bool(calls)),
        *(down_s, stalled_s),  # type: ignore[arg-type]
        _measured(database, node),
        _windows(database, node),
        _budget(database, node),
        queued[:_MOST_QUEUED],
        len(queued) > _MOST_QUEUED,
    )


def _queued(database: ReadOnlyDatabase, node: str) -> list[Queued]:
    return _own(database, node) + _carried(database, node)


def _own(database: ReadOnlyDatabase, node: str) -> list[Queued]:
    rows = database.rows(
        "SELECT job, priority, is_single, whole_bytes, left_bytes FROM outgoing_work"
        " WHERE next_hop = ? ORDER BY job LIMIT ?",
        (node, _MOST_QUEUED + 1),
    )
    return [
        Queued(int(str(job)), int(str(priority)), bool(is_single), int(str(whole)), int(str(left)))
        for job, priority, is_single, whole, left in rows
    ]


def _carried(database: ReadOnlyDatabase, node: str) -> list[Queued]:
    """Return what is carried for others; a file is one, however many of its pieces are here."""
    rows = database.rows(
        "SELECT min(id), min(priority), max(type) = 1, max(total_bytes), sum(size_bytes)"
        " FROM (SELECT * FROM messages WHERE salt IS NOT NULL AND state NOT IN ('F', 'D')"
        "   AND next_hop = ?1 AND parent = 0 LIMIT ?2)"
        " GROUP BY source, destination, epoch, sequence, attempt",
        (node, _MOST_QUEUED),
    )
    return [
        Queued(int(str(job)), int(str(priority)), bool(is_single), int(str(whole)), int(str(left)))
        for job, priority, is_single, whole, left in rows
    ]


def _measured(database: ReadOnlyDatabase, node: str) -> list[MeasuredHour]:
    rows = database.rows(
        "SELECT max(t.now_s / ?2 - r.hour - 1, 0), r.limit_bytes_per_s, r.bytes, r.busy_s"
        " FROM measured_rates r JOIN node_time t WHERE r.peer = ?1",
        (node, _HOUR_S),
    )
    return [MeasuredHour(*row) for row in rows]  # type: ignore[arg-type]


def _windows(database: ReadOnlyDatabase, node: str) -> LineWindows | None:
    row = database.row("SELECT texts, unsynchronised = 'open' FROM windows WHERE peer = ?", (node,))
    return None if row is None else LineWindows(tuple(json.loads(str(row[0]))), bool(row[1]))


def _budget(database: ReadOnlyDatabase, node: str) -> LineBudget | None:
    row = database.row(
        "SELECT b.period, b.limit_bytes, b.reserve_bytes, l.used_bytes, b.until_unix_s,"
        " b.unsynchronised = 'open'"
        " FROM budgets b JOIN budget_levels l ON l.peer = b.peer WHERE b.peer = ?",
        (node,),
    )
    return None if row is None else LineBudget(*row[:5], bool(row[5]))  # type: ignore[arg-type, call-arg]


def _tails(database: ReadOnlyDatabase, node: str) -> list[float]:
    rows = database.rows(
        "SELECT max(d.at_s - a.at_s, 0) FROM (SELECT id, destination, type FROM messages"
        "   WHERE parent = 0 AND state = 'F' ORDER BY last_event DESC LIMIT ?2) m"
        " JOIN events a ON a.seq = (SELECT max(seq) FROM events WHERE message = m.id"
        "   AND event IN ('pieces-done', 'acked'))"
        " JOIN events d ON d.seq = (SELECT max(seq) FROM events WHERE message = m.id"
        "   AND event = 'receipted')"
        " WHERE m.destination = ?1 AND m.type IN (1, 6) LIMIT ?3",
        (node, _LOOKED_AT, _MOST_TAILS),
    )
    return sorted(float(str(tail_s)) for (tail_s,) in rows)
