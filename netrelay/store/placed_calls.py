"""Rows of calls that this node places because nobody can dial it."""

import json
from typing import NamedTuple

from netrelay.store.contacts import hosts_of
from netrelay.store.database import Database


class DueCall(NamedTuple):
    """A peer to call now, and where it may be reached.

    rest_s: the call is hung up when nothing came for so long; 0: never.
    """

    peer: str
    hosts: tuple[str, ...]
    dataports: tuple[int, ...]
    rest_s: int = 0


class PlacedCall(NamedTuple):
    """A report about a call; the view `call_reports` explains event, jitter and silence_s."""

    peer: str
    event: str
    jitter: float
    reason: str
    silence_s: int = 0


def due_calls(database: Database) -> list[DueCall]:
    """Return the peers that this node has to call now."""
    rows = database.rows(
        "SELECT node, seen_address, addresses, dataports, rest_s FROM work_call"
        " WHERE due_s <= clock()"
    )
    return [
        DueCall(
            str(node),
            hosts_of(str(seen), str(addresses)),
            tuple(json.loads(str(dataports))),
            int(str(rest_s)),
        )
        for node, seen, addresses, dataports, rest_s in rows
    ]


def keepalive_of(database: Database, peer: str) -> int | None:
    """Return the longest silence of the open call to a peer; None: no call is open."""
    idle_s = database.value(
        "SELECT keepalive_s FROM placed_calls WHERE peer = ? AND is_open = 1", (peer,)
    )
    assert idle_s is None or isinstance(idle_s, int)
    return idle_s


def doubted_calls(database: Database) -> list[str]:
    """Return the peers whose calls have to be probed now."""
    return [
        str(peer) for (peer,) in database.rows("SELECT peer FROM placed_calls WHERE is_doubted = 1")
    ]


def end_doubts(database: Database, peers: list[str]) -> None:
    """Store that these calls are probed; in a transaction."""
    database.execute_many(
        "UPDATE placed_calls SET is_doubted = 0 WHERE peer = ?", [(peer,) for peer in peers]
    )


def report_placed_call(database: Database, report: PlacedCall) -> None:
    """Store a report; the engine decides when the peer is called again. In a transaction."""
    database.execute("INSERT INTO call_reports VALUES (?, ?, ?, ?, ?)", report)


def forget_placed_calls(database: Database) -> None:
    """Store that no call is open, and cancel their backoff."""
    with database.transaction():
        database.execute(
            "UPDATE placed_calls SET is_open = 0, due_s = 0, down_s = coalesce(down_s, clock())"
        )
