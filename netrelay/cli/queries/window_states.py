"""Windows of peers, and whether one of them is open."""

import json
from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase

_OF_ONE = "WHERE w.peer = ?"


class WindowState(NamedTuple):
    """The windows of a peer as processor_s stored them at the last edge.

    until_unix_s: when that changes; None where it cannot be foreseen. is_clock_set: whether
    something had set the clock. unsynchronised: `open` if it is believed all the same.
    """

    peer: str
    windows: list[str]
    unsynchronised: str
    is_open: bool
    until_unix_s: int | None
    is_clock_set: bool


def window_states(
    database: Database | ReadOnlyDatabase, node: str | None = None
) -> list[WindowState]:
    """Return the windows of a peer, by node id; with None, those of all peers that have some."""
    rows = database.rows(
        "SELECT p.name, w.texts, w.unsynchronised, w.is_open, w.until_unix_s, w.is_clock_set"  # noqa: S608
        " FROM windows w CROSS JOIN peers p ON p.node = w.peer"
        f" {_OF_ONE if node else ''} ORDER BY p.name",
        (node,) if node else (),
    )
    return [
        WindowState(
            str(peer),
            json.loads(str(texts)),
            str(unsynchronised),
            bool(is_open),
            None if until is None else int(str(until)),
            bool(is_set),
        )
        for peer, texts, unsynchronised, is_open, until, is_set in rows
    ]
