"""Queries of `netrelay status`, each with a bounded cost."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from netrelay.cli.queries.cases import Case, cases
from netrelay.core.words import State
from netrelay.store.database import ReadOnlyDatabase

# Counting reads every row: a limit bounds it in a database with a million finished messages.
COUNT_LIMIT = 10_000
_WAITING_LIMIT = 10
# Selects files and texts among whole messages. A manifest of 0 bytes holds the key of a single.
_IS_JOB = (
    "type IN (1, 6) OR type = 3 AND (file IS NOT NULL OR envelope IS NOT NULL AND total_bytes > 0)"
)
_LOGS_LOOKED_AT = 1000
_ERRORS_LIMIT = 5
# Each condition is spelled like the index that answers it; of the dead, whole messages are counted.
# Most important state first; N-1 to N-3 are passed through within one transaction.
COUNTED = {
    State.D: "unfinished WHERE state = 'D'",
    State.S_1: "messages WHERE state = 'S-1'",
    State.S_5: "messages WHERE state = 'S-5'",
    State.S_2: "messages WHERE state = 'S-2'",
    State.S_4: "messages WHERE state = 'S-4'",
    State.S_4W: "messages WHERE state = 'S-4W'",
    State.S_2W: (
        "messages WHERE state = 'S-2W' AND state NOT IN ('F', 'D') AND state <> 'S-5'"
        " AND expires_s IS NOT NULL"
    ),
    State.N_4: "messages WHERE state = 'N-4'",
    State.F: "messages WHERE state = 'F'",
}


class Count(NamedTuple):
    """Number of messages of a type in a state; is_capped: there are at least so many."""

    state: str
    type: int
    number: int
    is_capped: bool


class PeerLine(NamedTuple):
    """A peer: the agreed message size, the connection, and the messages for it as next hop.

    last_address: the one that was reached last, or tried last. call: of this node to it, which
    cannot dial this node, as in the view `peer_overview`. closed_cause, closed_reason,
    closed_until_unix_s: why data for it waits for its line, and until when. stalled_s: for how long
    nothing of what was sent on the open connection has arrived. call_next_unix_s: when it is called
    next, of a call on a schedule that is not open. beside: the addresses at which connections are
    open beside that one.
    """

    node: str
    name: str
    message_size: int | None
    handle: int
    reason: str
    retry_in_s: float | None
    ready: int
    in_flight: int
    is_paused: bool
    limit_bytes_per_s: int | None
    last_address: str | None
    call: str | None
    closed_cause: str | None
    closed_reason: str | None
    closed_until_unix_s: int | None
    stalled_s: float | None
    call_next_unix_s: float | None
    beside: str | None


class PeerNumbers(NamedTuple):
    """Numbers of peers: all, without an agreement, paused, and as next hops of what waits.

    connected: the node ids of those with an open connection.
    """

    peers: int
    unmet: int
    paused: int
    awaited: int
    connected: frozenset[str]


class Waiting(NamedTuple):
    """A whole message that is not finished."""

    type: int
    case: Case


class Complaint(NamedTuple):
    """An error or a warning of a process."""

    unix_s: float
    process: str
    level: str
    text: str


def counts(database: ReadOnlyDatabase) -> list[Count]:
    """Count messages by state and type, without the root."""
    found: list[Count] = []
    for state, source in COUNTED.items():
        rows = database.rows(
            f"SELECT type, count(*) FROM (SELECT type FROM {source} LIMIT ?)"  # noqa: S608
            " GROUP BY type ORDER BY type = 2, type",
            (COUNT_LIMIT,),
        )
        total = sum(int(str(count)) for _, count in rows)
        found += [
            Count(state, int(str(kind)), int(str(count)), total >= COUNT_LIMIT)
            for kind, count in rows
        ]
    return found


def peer_numbers(database: ReadOnlyDatabase) -> PeerNumbers:
    """Count the peers."""
    row = database.row(
        "SELECT count(*), count(*) - count(y.node), count(p.paused_s),"
        " (SELECT count(*) FROM ready_hops h CROSS JOIN peers q ON q.node = h.node)"
        " FROM peers p LEFT JOIN sysinfo y ON y.node = p.node"
    )
    assert row is not None
    is_open = database.rows(
        "SELECT c.peer FROM connections c JOIN peers p ON p.node = c.peer WHERE c.handle >= 0"
    )
    peers, unmet, paused, awaited = (int(str(each)) for each in row)
    return PeerNumbers(peers, unmet, paused, awaited, frozenset(str(node) for (node,) in is_open))


def first_nodes(database: ReadOnlyDatabase, most: int) -> list[str]:
    """Return the node ids of so many peers, the first by name."""
    rows = database.rows("SELECT node FROM peers ORDER BY name LIMIT ?", (most,))
    return [str(node) for (node,) in rows]


def waiting_nodes(database: ReadOnlyDatabase, most: int) -> list[str]:
    """Return the node ids of so many peers: for which nothing arrives or most waits, then others.

    It reads the next hops of messages, however many peers there are.
    """
    rows = database.rows(
        "WITH hops (node) AS (SELECT node FROM ready_hops UNION SELECT node FROM sending_hops"
        "   UNION SELECT peer FROM connections WHERE stalled_s IS NOT NULL)"
        " SELECT p.node FROM hops h CROSS JOIN peers p ON p.node = h.node"
        " LEFT JOIN connections c ON c.peer = p.node"
        " ORDER BY c.stalled_s IS NOT NULL DESC,"
        " (SELECT count(*) FROM (SELECT 1 FROM messages"
        "   WHERE state = 'S-4' AND next_hop = p.node LIMIT ?1))"
        " + (SELECT count(*) FROM (SELECT 1 FROM messages"
        "   WHERE state = 'S-4W' AND next_hop = p.node LIMIT ?1)) DESC, p.name LIMIT ?2",
        (COUNT_LIMIT, most),
    )
    nodes = dict.fromkeys(str(node) for (node,) in rows)
    return [*(nodes | dict.fromkeys(first_nodes(database, most)))][:most]


def peer_lines(database: ReadOnlyDatabase, nodes: Sequence[str] | None = None) -> list[PeerLine]:
    """Return every peer with its connection, or those of these ids, ordered by name."""
    chosen = "" if nodes is None else "WHERE p.node IN (SELECT value FROM json_each(?2))"
    # Sorted here: SQLite would read the rows in the order of the names, each from another page.
    rows = database.rows(
        "WITH directions AS MATERIALIZED (SELECT node, min(trouble) AS trouble, reason"  # noqa: S608
        "   FROM one_way_states GROUP BY node)"
        " SELECT p.node, p.name, y.message_size, coalesce(c.handle, -1),"
        " coalesce(w.reason,"
        "   CASE WHEN p.calls = 1 AND coalesce(c.handle, -1) = -1"
        "        THEN 'it cannot be dialled, and no call of it is open' END,"
        "   CASE WHEN y.node IS NULL THEN g.reason END, c.reason, ''),"
        # The node's clock is 0 on a boot in which no process has run yet.
        " CASE WHEN clock() > 0 AND p.calls = 0 THEN nullif(max(coalesce("
        "   CASE WHEN y.node IS NULL THEN g.due_s END, c.due_s, 0) - clock(), 0), 0) END,"
        " (SELECT count(*) FROM (SELECT 1 FROM messages"
        "   WHERE state = 'S-4' AND next_hop = p.node LIMIT ?1)),"
        " (SELECT count(*) FROM (SELECT 1 FROM messages"
        "   WHERE state = 'S-4W' AND next_hop = p.node LIMIT ?1)),"
        " p.paused_s IS NOT NULL,"
        " (SELECT s.limit_bytes_per_s FROM send_limits s WHERE s.node = p.node),"
        " nullif(c.address, ''),"
        " o.call, l.cause, l.reason, l.until_unix_s,"
        " (SELECT now_s FROM node_time) - c.stalled_s, unixepoch(o.call_next_at),"
        " (SELECT group_concat(b.address, ', ') FROM connections_beside b"
        "   WHERE b.peer = p.node AND b.handle >= 0)"
        " FROM peers p JOIN peer_overview o ON o.node = p.node"
        " LEFT JOIN directions w ON w.node = p.node"
        " LEFT JOIN sysinfo y ON y.node = p.node"
        " LEFT JOIN connections c ON c.peer = p.node"
        " LEFT JOIN messages g ON g.id = (SELECT id FROM messages"
        "   WHERE state = 'S-5' AND type = 4 AND destination = p.node LIMIT 1)"
        " LEFT JOIN closed_lines l ON l.node = p.node AND NOT EXISTS (SELECT 1 FROM closed_lines o"
        "   WHERE o.node = p.node AND (coalesce(o.until_unix_s, 1e12), o.cause)"
        "     > (coalesce(l.until_unix_s, 1e12), l.cause))"
        f" {chosen}",
        (COUNT_LIMIT,) if nodes is None else (COUNT_LIMIT, json.dumps(list(nodes))),
    )
    found = [PeerLine(*row) for row in rows]  # type: ignore[arg-type]
    lines = (peer._replace(is_paused=bool(peer.is_paused)) for peer in found)
    return sorted(lines, key=lambda peer: peer.name)


def waiting(database: ReadOnlyDatabase) -> tuple[list[Waiting], int]:
    """Return the first whole messages that are not finished, and their number.

    Dead ones come first, the latest before the others, then those that expire soonest. Receipts and
    keys for singles are left out: they are internal.
    """
    total = database.value(
        f"SELECT count(*) FROM (SELECT 1 FROM unfinished WHERE {_IS_JOB} LIMIT ?)",  # noqa: S608
        (COUNT_LIMIT,),
    )
    # Each in the order of an index, so that nothing is sorted however many wait.
    rows = database.rows(
        "SELECT id, type FROM messages WHERE parent = 0 AND state IN ('F', 'D') AND state = 'D'"  # noqa: S608
        f" AND ({_IS_JOB}) ORDER BY last_event DESC LIMIT ?",
        (_WAITING_LIMIT,),
    )
    rows += database.rows(
        "SELECT id, type FROM messages WHERE expires_s IS NOT NULL AND state NOT IN ('F', 'D')"  # noqa: S608
        f" AND state <> 'S-5' AND parent = 0 AND ({_IS_JOB}) ORDER BY expires_s, id LIMIT ?",
        (_WAITING_LIMIT - len(rows),),
    )
    types = {int(str(job)): int(str(kind)) for job, kind in rows}
    found = [Waiting(types[case.job], case) for case in cases(database, list(types))]
    return found, int(str(total))


def complaints(database: ReadOnlyDatabase) -> list[Complaint]:
    """Return the last errors and warnings, newest first."""
    rows = database.rows(
        "SELECT unix_s, process, level, text FROM"
        " (SELECT * FROM logs ORDER BY id DESC LIMIT ?)"
        " WHERE level IN ('error', 'warning') ORDER BY id DESC LIMIT ?",
        (_LOGS_LOOKED_AT, _ERRORS_LIMIT),
    )
    return [Complaint(*row) for row in rows]  # type: ignore[arg-type]
