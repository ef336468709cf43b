"""Rows of entries of the drop folders that are not sent."""

from collections.abc import Iterable
from typing import NamedTuple

from netrelay.store.database import Database


class PassedOverEntry(NamedTuple):
    """An entry that is not sent, the reason, and for how many seconds it has lain there."""

    name: str
    reason: str
    age_s: float


def stored_passed_over(database: Database) -> dict[str, dict[str, str]]:
    """Return the reason of each stored entry, by folder and name."""
    found: dict[str, dict[str, str]] = {}
    for folder, name, reason in database.rows("SELECT folder, name, reason FROM passed_over"):
        found.setdefault(str(folder), {})[str(name)] = str(reason)
    return found


def store_passed_over(
    database: Database, folder: str, gone: Iterable[str], entries: Iterable[PassedOverEntry]
) -> None:
    """Delete entries of a folder that are gone, and store others; inside a transaction.

    One that is stored already keeps its time.
    """
    database.execute_many(
        "DELETE FROM passed_over WHERE folder = ? AND name = ?", ((folder, name) for name in gone)
    )
    database.execute_many(
        "INSERT INTO passed_over VALUES (?, ?, ?, clock() - ?)"
        " ON CONFLICT DO UPDATE SET reason = excluded.reason",
        ((folder, *entry) for entry in entries),
    )
