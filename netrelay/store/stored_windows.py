"""Rows of windows: set by a person, and kept current by processor_s."""

import json
from typing import NamedTuple

from netrelay.core.windows import Opening
from netrelay.store.database import Database


class StoredWindows(NamedTuple):
    """Windows of a peer, and what is stored of them.

    trusts_clock: they follow a clock that nothing has set, too. is_limit: a rate limit holds in
    them; else data is sent in them alone.
    """

    peer: str
    texts: tuple[str, ...]
    trusts_clock: bool
    opening: Opening
    was_clock_set: bool
    is_limit: bool


def set_windows(
    database: Database,
    peer: str,
    texts: list[str],
    unsynchronised: str,
    opening: Opening,
    *,
    is_clock_set: bool,
) -> None:
    """Set the windows of a peer; inside a transaction. opening: what they are by the clock now."""
    if unsynchronised == "closed" and not is_clock_set:
        opening = Opening(False, None)
    database.execute(
        "INSERT INTO windows"
        " (peer, texts, unsynchronised, is_open, until_unix_s, is_clock_set, closed_s)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, iif(?4, NULL, clock())) ON CONFLICT (peer) DO UPDATE SET"
        " texts = excluded.texts, unsynchronised = excluded.unsynchronised,"
        " is_open = excluded.is_open, until_unix_s = excluded.until_unix_s,"
        " is_clock_set = excluded.is_clock_set,"
        " closed_s = iif(excluded.is_open, NULL, coalesce(closed_s, clock()))",
        (
            *(peer, json.dumps(texts), unsynchronised),
            *(int(opening.is_open), opening.until_unix_s, int(is_clock_set)),
        ),
    )


def lift_windows(database: Database, peer: str) -> bool:
    """Remove the windows of a peer; return False if it had none. Inside a transaction."""
    database.execute("DELETE FROM windows WHERE peer = ?", (peer,))
    return database.changes() > 0


def set_limit_window(
    database: Database,
    peer: str,
    texts: list[str],
    limit_bytes_per_s: int | None,
    opening: Opening,
) -> None:
    """Set the rate limit that holds in these windows, None: none; inside a transaction."""
    database.execute(
        "INSERT INTO limit_windows (peer, texts, limit_bytes_per_s, is_open, until_unix_s)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (peer, texts) DO UPDATE SET"
        " limit_bytes_per_s = excluded.limit_bytes_per_s",
        (peer, json.dumps(texts), limit_bytes_per_s, int(opening.is_open), opening.until_unix_s),
    )


def lift_limit_windows(database: Database, peer: str, texts: list[str] | None = None) -> bool:
    """Remove the rate limit of these windows, None: of all; return False if there was none.

    Call it inside a transaction.
    """
    database.execute(
        "DELETE FROM limit_windows WHERE peer = ?1 AND coalesce(texts = ?2, 1)",
        (peer, None if texts is None else json.dumps(texts)),
    )
    return database.changes() > 0


def stored_windows(database: Database) -> list[StoredWindows]:
    """Return the windows of all peers that have some, those of limits among them."""
    rows = database.rows(
        "SELECT peer, texts, unsynchronised = 'open', is_open, until_unix_s, is_clock_set, 0"
        " FROM windows UNION ALL"
        " SELECT peer, texts, 0, is_open, until_unix_s, is_clock_set, 1 FROM limit_windows"
    )
    return [
        StoredWindows(
            str(peer),
            tuple(json.loads(str(texts))),
            bool(trusts),
            Opening(bool(is_open), None if until is None else int(str(until))),
            bool(is_set),
            bool(is_limit),
        )
        for peer, texts, trusts, is_open, until, is_set, is_limit in rows
    ]


def store_opening(
    database: Database, stored: StoredWindows, opening: Opening, *, is_clock_set: bool
) -> None:
    """Store what windows of a peer are now; inside a transaction."""
    if stored.is_limit:
        database.execute(
            "UPDATE limit_windows SET is_open = ?3, until_unix_s = ?4, is_clock_set = ?5"
            " WHERE peer = ?1 AND texts = ?2",
            (
                *(stored.peer, json.dumps(stored.texts)),
                *(int(opening.is_open), opening.until_unix_s, int(is_clock_set)),
            ),
        )
        return
    database.execute(
        "UPDATE windows SET is_open = ?2, until_unix_s = ?3, is_clock_set = ?4,"
        " closed_s = iif(?2, NULL, coalesce(closed_s, clock())) WHERE peer = ?1",
        (stored.peer, int(opening.is_open), opening.until_unix_s, int(is_clock_set)),
    )
