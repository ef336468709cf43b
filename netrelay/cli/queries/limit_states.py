"""Rate limits of peers, and the windows in which another one holds."""

import json
from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase

_OF_ONE = "p.node = ?"
_LIMITED = "p.limit_bytes_per_s IS NOT NULL OR p.node IN (SELECT peer FROM limit_windows)"


class LimitWindow(NamedTuple):
    """A rate limit that holds in windows; None: there is none in them."""

    windows: list[str]
    limit_bytes_per_s: int | None


class LimitState(NamedTuple):
    """The rate limit of a peer at all other times, those of windows, and the one that holds now."""

    peer: str
    limit_bytes_per_s: int | None
    by_window: list[LimitWindow]
    now_bytes_per_s: int | None


def limit_states(database: Database | ReadOnlyDatabase, node: str | None) -> list[LimitState]:
    """Return the limits of a peer, by node id; with None, of all peers that have some."""
    # The sign keeps SQLite from reading all peers in the order of their names.
    rows = database.rows(
        "SELECT p.node, p.name, p.limit_bytes_per_s, l.limit_bytes_per_s FROM peers p"  # noqa: S608
        f" JOIN send_limits l ON l.node = p.node WHERE {_OF_ONE if node else _LIMITED}"
        " ORDER BY +p.name",
        (node,) if node else (),
    )
    return [
        LimitState(str(name), _number(base), _limit_windows(database, str(peer)), _number(now))
        for peer, name, base, now in rows
    ]


def _limit_windows(database: Database | ReadOnlyDatabase, node: str) -> list[LimitWindow]:
    rows = database.rows(
        "SELECT texts, limit_bytes_per_s FROM limit_windows WHERE peer = ? ORDER BY texts", (node,)
    )
    return [LimitWindow(json.loads(str(texts)), _number(limit)) for texts, limit in rows]


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))
