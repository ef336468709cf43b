"""Rows of windows: set by a person, and kept current by processor_s."""

import json
from typing import NamedTuple

from netrelay.core.windows import Opening
from netrelay.store.database import Database


class StoredWindows(NamedTuple):
    """The windows of a peer, and what is stored of them; trusts_clock: open while it is not set."""

    peer: str
    texts: tuple[str, ...]
    trusts_clock: bool
    opening: Opening
    was_clock_set: bool


def set_windows(
    database: Database, peer: str, texts: list[str], unsynchronised: str, opening: Opening
) -> None:
    """Set the windows of a peer; inside a transaction. opening: what they are now."""
    database.execute(
        "INSERT INTO windows (peer, texts, unsynchronised, is_open, until_unix_s, closed_s)"
        " VALUES (?1, ?2, ?3, ?4, ?5, iif(?4, NULL, clock())) ON CONFLICT (peer) DO UPDATE SET"
        " texts = excluded.texts, unsynchronised = excluded.unsynchronised,"
        " is_open = excluded.is_open, until_unix_s = excluded.until_unix_s, is_clock_set = 1,"
        " closed_s = iif(excluded.is_open, NULL, coalesce(closed_s, clock()))",
        (peer, json.dumps(texts), unsynchronised, int(opening.is_open), opening.until_unix_s),
    )


def lift_windows(database: Database, peer: str) -> bool:
    """Remove the windows of a peer; return False if it had none. Inside a transaction."""
    database.execute("DELETE FROM windows WHERE peer = ?", (peer,))
    return database.changes() > 0


def stored_windows(database: Database) -> list[StoredWindows]:
    """Return the windows of all peers that have some."""
    rows = database.rows(
        "SELECT peer, texts, unsynchronised = 'open', is_open, until_unix_s, is_clock_set"
        " FROM windows"
    )
    return [
        StoredWindows(
            str(peer),
            tuple(json.loads(str(texts))),
            bool(trusts),
            Opening(bool(is_open), None if until is None else int(str(until))),
            bool(is_set),
        )
        for peer, texts, trusts, is_open, until, is_set in rows
    ]


def store_opening(database: Database, peer: str, opening: Opening, *, is_clock_set: bool) -> None:
    """Store what the windows of a peer are now; inside a transaction."""
    database.execute(
        "UPDATE windows SET is_open = ?2, until_unix_s = ?3, is_clock_set = ?4,"
        " closed_s = iif(?2, NULL, coalesce(closed_s, clock())) WHERE peer = ?1",
        (peer, int(opening.is_open), opening.until_unix_s, int(is_clock_set)),
    )
