"""Peers as next hops: connection, agreement, and what waits."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from netrelay.cli.queries.budget_states import BudgetState, budget_states, closed_line
from netrelay.cli.queries.cases import waiting_for
from netrelay.cli.queries.health import undelivered_files
from netrelay.cli.queries.known_peers import peers_called
from netrelay.cli.queries.peer_ways import addresses_beside
from netrelay.cli.queries.stand_ins import (
    StandIn,
    Takeover,
    awaited_for,
    stand_in,
    takeover,
)
from netrelay.store.database import ReadOnlyDatabase

_COUNT_LIMIT = 10_000


class PeerState(NamedTuple):
    """A peer as the next hop of what is for it; times in seconds ago and ahead.

    waiting, waiting_bytes: jobs for it that are not finished, 10,000 of them at most. undelivered:
    files from it that are complete and cannot be put into the inbox. unsent: messages for it as the
    next hop, those that were sent and not acknowledged included. one_way, one_way_s: a trouble of
    the view `one_way`, and for how long. last_address: the one reached last, or tried last. calls:
    it cannot be dialled. call: of this node to it, which cannot dial this node, as in the view
    `peer_overview`; call_reason: why it is not open. cannot_dial_s: for how long it is known that
    it cannot dial this node, as was found out. budget_bytes, budget_period, budget_used_bytes: its
    budget. closed_cause, closed_reason, closed_until_unix_s: why data for it as the next hop waits,
    and until when. stalled_s: for how long nothing of what was sent has arrived; stall_reason: what
    is done about it. call_every_s, call_next_unix_s: how often this node calls it, where it does on
    a schedule, and when next; None while the call is open. stand_in: what is used instead of its
    preferred next hop. takeover: what becomes of its next hop, which is not reached. awaited_for:
    peers for which another next hop stands in for it. beside: the addresses at which connections
    are open beside that one.
    """

    peer: str
    node: str
    route: str | None
    may: str | None
    agreed_bytes: int | None
    connection: str
    failures: int
    reason: str | None
    hello_failures: int
    down_s: float | None
    next_try_in_s: float | None
    paused_s: float | None
    limit_bytes_per_s: int | None
    last_address: str | None
    is_next_hop_for: str | None
    calls: int
    call: str | None
    call_reason: str | None
    cannot_dial_s: float | None
    waiting: int
    waiting_bytes: int
    undelivered: int
    unsent: int
    one_way: str | None
    one_way_s: int | None
    budget_bytes: int | None
    budget_period: str | None
    budget_used_bytes: int | None
    closed_cause: str | None
    closed_reason: str | None
    closed_until_unix_s: int | None
    stalled_s: float | None
    stall_reason: str | None
    call_every_s: int | None = None
    call_next_unix_s: float | None = None
    stand_in: StandIn | None = None
    takeover: Takeover | None = None
    awaited_for: tuple[str, ...] = ()
    beside: str | None = None


class PeerDetails(NamedTuple):
    """A peer as `netrelay peer ls` shows it; rights and pin in words and hexadecimal digits."""

    node: str
    name: str
    addresses: list[str]
    found_at: list[str]
    commsport: int
    dataports: list[int]
    via: str | None
    message_size: int | None
    rights: list[str]
    quota_bytes: int | None
    used_bytes: int
    connection: str
    paused_since: str | None
    limit_bytes_per_s: int | None
    last_address: str | None
    pin: str
    budget_bytes: int | None
    budget_period: str | None
    budget_reserve_bytes: int | None
    budget_used_bytes: int | None
    windows: list[str]


class Contact(NamedTuple):
    """Addresses and commsport that a peer reported in its agreement."""

    addresses: list[str]
    commsport: int


def peer_named(database: ReadOnlyDatabase, word: str) -> PeerState | None:
    """Return the state of the peer of this name or node id, or None."""
    node = next((peer.node for peer in peers_called(database, word)), None)
    row = node and database.row(
        "SELECT o.peer, o.node, o.route, o.may, o.agreed_bytes, o.connection, o.failures, o.reason,"
        " (SELECT count(*) FROM messages g JOIN events e ON e.message = g.id AND e.event = 'unsent'"
        "   WHERE g.state = 'S-5' AND g.type = 4 AND g.destination = o.node),"
        " t.now_s - c.down_s,"
        " (julianday(o.next_try_at) - julianday('now')) * 86400,"
        " t.now_s - p.paused_s, o.limit_bytes_per_s, o.last_address,"
        " (SELECT group_concat(x.name, ', ') FROM peers x"
        "   WHERE x.via = o.node AND x.node <> o.node),"
        " o.calls, o.call,"
        " (SELECT a.reason FROM placed_calls a WHERE a.peer = o.node AND o.call = 'failing'),"
        " (SELECT t.now_s - u.since_s FROM cannot_dial_here u WHERE u.peer = o.node)"
        " FROM peer_overview o JOIN peers p ON p.node = o.node LEFT JOIN node_time t"
        " LEFT JOIN connections c ON c.peer = o.node WHERE o.node = ?",
        (node,),
    )
    if not row:
        return None
    waiting = waiting_for(database, str(row[1]), _COUNT_LIMIT)
    undelivered = sum(
        files.number for files in undelivered_files(database) if files.source == row[0]
    )
    unsent = database.value("SELECT ready + in_flight FROM peer_overview WHERE node = ?", (row[1],))
    one_way = database.row(
        "SELECT w.trouble, CAST(round(t.now_s - w.since_s) AS INTEGER) FROM one_way_states w"
        " LEFT JOIN node_time t WHERE w.node = ? ORDER BY w.trouble LIMIT 1",
        (row[1],),
    )
    budget = next(iter(budget_states(database, str(row[1]))), None)
    closed = closed_line(database, str(row[1]))
    found = (
        *(*row, *waiting, undelivered, unsent, *(one_way or (None, None))),
        *((None, None, None) if budget is None else _shown(budget)),
        *(closed or (None, None, None)),
        *(_stall(database, str(row[1]))),
        *(_schedule(database, str(row[1]))),
        stand_in(database, str(row[0])),
        takeover(database, str(row[0])),
        tuple(awaited_for(database, str(row[0]))),
        addresses_beside(database, str(row[1])),
    )
    return PeerState(*found)


def _stall(database: ReadOnlyDatabase, node: str) -> tuple[object, ...]:
    row = database.row(
        "SELECT t.now_s - stalled_s, stall_reason FROM connections JOIN node_time t"
        " WHERE peer = ? AND stalled_s IS NOT NULL",
        (node,),
    )
    return row or (None, None)


def _schedule(database: ReadOnlyDatabase, node: str) -> tuple[object, ...]:
    row = database.row(
        "SELECT call_every_s, unixepoch(call_next_at) FROM peer_overview WHERE node = ?", (node,)
    )
    return row or (None, None)


def _shown(budget: BudgetState) -> tuple[int, str, int]:
    return budget.limit_bytes, budget.period, budget.used_bytes


class Standing(StrEnum):
    """The state of a peer as a next hop, by which lists choose."""

    CONNECTED = "connected"
    FAILING = "failing"
    UNMET = "unmet"


_STANDINGS = {
    Standing.CONNECTED: "coalesce(c.handle, -1) >= 0",
    Standing.FAILING: "c.handle = -1 AND c.failures > 0",
    Standing.UNMET: "y.node IS NULL",
}
_WHOLE = "FROM peers p"
_CHOSEN = "FROM json_each(?) n CROSS JOIN peers p ON p.node = n.value"
_NEIGHBOURS = (
    "FROM peers p LEFT JOIN connections c ON c.peer = p.node LEFT JOIN sysinfo y ON y.node = p.node"
)


def standing_counts(database: ReadOnlyDatabase) -> dict[Standing, int]:
    """Return how many peers have each standing; a peer may have two."""
    counted = ", ".join(f"count(*) FILTER (WHERE {each})" for each in _STANDINGS.values())
    row = database.row(f"SELECT {counted} {_NEIGHBOURS}")
    assert row is not None
    return {each: int(str(number)) for each, number in zip(_STANDINGS, row, strict=True)}


def nodes_standing(database: ReadOnlyDatabase, standing: Standing | None, most: int) -> list[str]:
    """Return so many peers at most, of one standing or of all, by node id.

    Those that are not reached come first, then those without an agreement, then by name.
    """
    failing, unmet = _STANDINGS[Standing.FAILING], _STANDINGS[Standing.UNMET]
    rows = database.rows(
        f"SELECT p.node {_NEIGHBOURS} WHERE {'1' if standing is None else _STANDINGS[standing]}"
        f" ORDER BY ({failing}) IS TRUE DESC, {unmet} DESC, p.name LIMIT ?",
        (most,),
    )
    return [str(node) for (node,) in rows]


def peer_details(
    database: ReadOnlyDatabase, nodes: Sequence[str] | None = None
) -> list[PeerDetails]:
    """Return every peer in full, ordered by name, or those of these ids in their order."""
    rows = database.rows(
        "SELECT p.node, p.name, p.addresses, coalesce(y.ipaddress, '[]'), p.commsport,"  # noqa: S608
        " coalesce(y.dataports, '[]'), p.via, y.message_size,"
        " (SELECT json_group_array(trim(r.verb || ' ' ||"
        "   coalesce((SELECT name FROM peers WHERE node = r.subject), r.subject)))"
        "   FROM rights r WHERE r.peer = p.node),"
        " p.quota_bytes, o.used_bytes, o.connection, o.paused_since_at,"
        " o.limit_bytes_per_s, o.last_address, lower(hex(p.pin)),"
        " b.limit_bytes, b.period, b.reserve_bytes,"
        " (SELECT v.used_bytes FROM budget_levels v WHERE v.peer = p.node),"
        " coalesce((SELECT w.texts FROM windows w WHERE w.peer = p.node), '[]')"
        f" {_WHOLE if nodes is None else _CHOSEN} JOIN peer_overview o ON o.node = p.node"
        " LEFT JOIN sysinfo y ON y.node = p.node LEFT JOIN budgets b ON b.peer = p.node"
        f" {'' if nodes is None else 'ORDER BY n.key'}",
        () if nodes is None else (json.dumps(list(nodes)),),
    )
    peers = [PeerDetails(*row) for row in rows]  # type: ignore[arg-type]
    if nodes is None:
        peers.sort(key=lambda peer: peer.name)
    return [
        peer._replace(
            addresses=json.loads(str(peer.addresses)),
            found_at=json.loads(str(peer.found_at)),
            dataports=json.loads(str(peer.dataports)),
            rights=json.loads(str(peer.rights)),
            windows=json.loads(str(peer.windows)),
        )
        for peer in peers
    ]


def contact_of(database: ReadOnlyDatabase, node: str) -> Contact | None:
    """Return where consensus found a peer; None before the first agreement."""
    row = database.row("SELECT ipaddress, commsport FROM sysinfo WHERE node = ?", (node,))
    return None if row is None else Contact(json.loads(str(row[0])), int(str(row[1])))
