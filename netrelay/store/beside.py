"""Rows of connections_beside: several ways of one peer that carry a large file together."""

import json
from typing import NamedTuple

from netrelay.store.database import Database


class WayBeside(NamedTuple):
    """A way by which a connection is to be opened beside the one to its peer; see `work_beside`."""

    node: str
    name: str
    way: str
    dataports: tuple[int, ...]
    agreement_number: int
    message_size_bytes: int
    rest_s: int


class CallBeside(NamedTuple):
    """A report of sender about a connection by such a way; the fields are as in `Call`."""

    peer: str
    way: str
    handle: int
    verdict: int
    jitter: float
    address: str
    reason: str


def ways_to_connect(database: Database) -> list[WayBeside]:
    """Return the ways by which sender has to open a connection beside another one."""
    found = []
    for node, name, way, dataports, number, size, rest_s in database.rows(
        "SELECT node, name, way, dataports, agreement_number, message_size, rest_s FROM work_beside"
    ):
        ports = tuple(json.loads(str(dataports)))
        assert isinstance(number, int)
        assert isinstance(size, int)
        assert isinstance(rest_s, int)
        found.append(WayBeside(str(node), str(name), str(way), ports, number, size, rest_s))
    return found


def ended_beside(database: Database) -> set[int]:
    """Return the open connections beside others that are to end."""
    rows = database.rows("SELECT handle FROM ended_beside")
    return {handle for (handle,) in rows if isinstance(handle, int)}


def report_call_beside(database: Database, call: CallBeside) -> None:
    """Store a report of sender; the engine decides when it is tried again; in a transaction."""
    database.execute("INSERT INTO calls_beside VALUES (?, ?, ?, ?, ?, ?, ?)", call)


def report_reached_way(database: Database, peer: str, handle: int, way: str) -> None:
    """Report by which way the open connection of a peer was reached; in a transaction."""
    database.execute("INSERT INTO reached_ways VALUES (?, ?, ?)", (peer, handle, way))


def waiting_pieces(database: Database, next_hop: str, most: int) -> int:
    """Return how many chunks wait for a next hop that may go by any of its ways; at most `most`."""
    value = database.value(
        "SELECT count(*) FROM (SELECT 1 FROM messages, beside_bounds b"
        " WHERE state = 'S-4' AND next_hop = ? AND priority >= b.least_priority"
        " AND (type NOT IN (3, 7)) + (type = 2) = 2 AND due_s <= clock() LIMIT ?)",
        (next_hop, most),
    )
    assert isinstance(value, int)
    return value


def set_ways_beside(database: Database, peer: str, count: int) -> None:
    """Store how many of a peer's addresses, the first ones, go side by side; in a transaction."""
    database.execute("UPDATE peers SET beside = ? WHERE node = ?", (count, peer))
    database.execute("SELECT wake('processor_s')")


def forget_connections_beside(database: Database) -> None:
    """Store that none is open, and cancel their backoff; inside a transaction."""
    database.execute("UPDATE connections_beside SET handle = -1, due_s = 0")
