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


class TrafficHour(NamedTuple):
    """One hour, by how many hours ago it began; 0: the hour of now. Jobs count when delivered."""

    hours_ago: int
    jobs_out: int
    bytes_out: int
    jobs_in: int
    bytes_in: int
    most_waiting: int


def traffic_hours(database: ReadOnlyDatabase, hours: int) -> list[TrafficHour]:
    """Return the last hours, oldest first, each of them; what waited in one without a row too."""
    found = database.rows("SELECT CAST(now_s / 3600 AS INTEGER) FROM node_time")
    now = int(str(found[0][0])) if found else 0
    rows = database.rows(
        "SELECT hour, jobs_out, bytes_out, jobs_in, bytes_in, waiting, most_waiting"
        " FROM traffic_hours WHERE hour > ?1 OR hour ="
        " (SELECT max(hour) FROM traffic_hours WHERE hour <= ?1) ORDER BY hour",
        (now - hours,),
    )
    known = {int(str(row[0])): [int(str(value)) for value in row[1:]] for row in rows}
    waiting = next((row[4] for hour, row in known.items() if hour <= now - hours), 0)
    result = []
    for hour in range(now - hours + 1, now + 1):
        jobs_out, bytes_out, jobs_in, bytes_in, waiting, most = known.get(
            hour, [0, 0, 0, 0, waiting, waiting]
        )
        result.append(TrafficHour(now - hour, jobs_out, bytes_out, jobs_in, bytes_in, most))
    return result


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
