"""Queries of `netrelay check`: peers, rights on the way back, and jobs of a node that is down."""

from typing import NamedTuple

from netrelay.store.admissions import AdmissionQuestion, missing_for
from netrelay.store.database import ReadOnlyDatabase


class PeerHealth(NamedTuple):
    """A peer in the words of the view `peer_overview`; unsent: messages for it as the next hop.

    receipts_due: not sent yet. one_way: a trouble of the view `one_way`. down_s: for how long it
    is so, or no connection is open. calls: it cannot be dialled. call: of this node to it, which
    cannot dial this node, as in the view `peer_overview`; call_reason: why it is not open.
    stalled_s: for how long nothing of what was sent has arrived; stall_reason: what is done then.
    """

    peer: str
    route: str | None
    may: str | None
    connection: str
    reason: str | None
    paused_since_at: str | None
    agreed_bytes: int | None
    addresses: str | None
    commsport: int
    unsent: int
    receipts_due: int
    one_way: str | None
    down_s: float | None
    calls: int
    call: str | None
    call_reason: str | None
    stalled_s: float | None
    stall_reason: str | None


class Unread(NamedTuple):
    """Files for one node that cannot be read for one reason; job: one of theirs."""

    destination: str
    reason: str
    number: int
    oldest_s: float
    job: int


class Undelivered(NamedTuple):
    """Complete files of one source that cannot be put into the inbox for one trouble.

    oldest_s: since how many seconds the first of them waits; reason: of one of them.
    """

    source: str
    trouble: str
    reason: str
    number: int
    oldest_s: float


def peer_health(database: ReadOnlyDatabase) -> list[PeerHealth]:
    """Return every peer, ordered by name."""
    # Sorted here: SQLite would read the rows in the order of the names, each from another page.
    rows = database.rows(
        "WITH directions (node, trouble, since_s) AS MATERIALIZED ("
        "   SELECT node, min(trouble), since_s FROM one_way_states GROUP BY node)"
        " SELECT o.peer, route, may, connection, o.reason, paused_since_at, agreed_bytes,"
        " addresses, commsport, ready + in_flight,"
        " (SELECT count(*) FROM receipts_due d WHERE d.addressee = o.node), w.trouble,"
        " coalesce(CAST(round(t.now_s - w.since_s) AS INTEGER),"
        "   (julianday('now') - julianday(down_since_at)) * 86400), calls,"
        " o.call,"
        " (SELECT a.reason FROM placed_calls a WHERE a.peer = o.node AND o.call = 'failing'),"
        " t.now_s - c.stalled_s, c.stall_reason"
        " FROM peer_overview o LEFT JOIN connections c ON c.peer = o.node LEFT JOIN node_time t"
        " LEFT JOIN directions w ON w.node = o.node"
    )
    found = [PeerHealth(*row) for row in rows]  # type: ignore[arg-type]
    return sorted(found, key=lambda peer: peer.peer)


def peer_names(database: ReadOnlyDatabase) -> dict[str, str]:
    """Return what people call each peer, by node id."""
    rows = database.rows("SELECT node, name FROM peers")
    return {str(node): str(name) for node, name in rows}


def lacks_carry(database: ReadOnlyDatabase, name: str) -> bool:
    """Return True if a peer may deliver here, but not by the relay that leads to it."""
    row = database.row(
        "SELECT s.node, p.node, p.via FROM selfinfo s JOIN peers p ON p.name = ?", (name,)
    )
    assert row is not None
    own, source, carrier = (str(node) for node in row)
    directly, by_carrier = missing_for(
        database,
        [AdmissionQuestion(source, source, own), AdmissionQuestion(carrier, source, own)],
    )
    return directly is None and by_carrier is not None and by_carrier.missing == "carry"


def unfinished_jobs(database: ReadOnlyDatabase) -> int:
    """Count the jobs that are neither finished nor dead."""
    count = database.value(
        "SELECT count(*) FROM jobs WHERE job IN (SELECT id FROM unfinished) AND state <> 'D'"
    )
    return int(str(count))


def undelivered_files(database: ReadOnlyDatabase) -> list[Undelivered]:
    """Return what cannot be put into the inbox, by source and trouble."""
    rows = database.rows(
        "SELECT coalesce(n.name, f.source), f.trouble, max(f.trouble_reason), count(*),"
        " (SELECT now_s FROM node_time) - min(f.trouble_s)"
        " FROM files f LEFT JOIN names n ON n.node = f.source WHERE f.due_s > 0"
        " AND f.path IS NULL GROUP BY f.source, f.trouble ORDER BY 1, 2"
    )
    return [Undelivered(*row) for row in rows]  # type: ignore[arg-type]


def unread_files(database: ReadOnlyDatabase) -> list[Unread]:
    """Return what cannot be read and sent for now, by destination and reason."""
    rows = database.rows(
        "SELECT coalesce(n.name, f.destination), f.trouble_reason, count(*),"
        " (SELECT now_s FROM node_time) - min(f.trouble_s), min(m.id)"
        " FROM files f JOIN messages m ON m.file = f.id AND m.type = 6"
        " LEFT JOIN names n ON n.node = f.destination WHERE f.due_s > 0 AND f.path IS NOT NULL"
        " GROUP BY f.destination, f.trouble_reason ORDER BY 1, 2 LIMIT 20"
    )
    return [Unread(*row) for row in rows]  # type: ignore[arg-type]
