"""Entries of the drop folders that are not sent, as rows, so that a person is told of them.

seen                 remembered here
for a minute         a row of passed_over; most temporary files are gone by then
for an hour          shown: the view left_in_drop
sent, or gone        the row is deleted
"""

from collections.abc import Container, Iterable, Mapping

from netrelay.runtime import clock
from netrelay.store.database import Database
from netrelay.store.unsent_entries import (
    PassedOverEntry,
    store_passed_over,
    stored_passed_over,
)

REMEMBER_S = 60.0
# The bound of sql/passed_over.sql.
MOST_OF_A_FOLDER = 64


class PassedOver:
    """The entries of the drop folders that are not sent, by folder; "" is drop/ itself."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stored = stored_passed_over(database)
        self._first_s: dict[str, dict[bytes, float]] = {}

    def follow(self, folder: str, reasons: Mapping[bytes, str]) -> float | None:
        """Store what has lain in a folder for a minute, and forget what is not there any more.

        reasons: of all entries that are not sent now. Return the time until another entry has to
        be stored; None if there is none. One transaction if anything has changed.
        """
        now_s = clock.boottime_s()
        before, known = self._first_s.get(folder, {}), self._stored.get(folder, {})
        first = {name: before.get(name, now_s) for name in reasons}
        self._first_s[folder] = first
        order = sorted(reasons, key=lambda name: (as_text(name) not in known, first[name], name))
        entries, wait_s = dict[str, PassedOverEntry](), None
        for name in order[:MOST_OF_A_FOLDER]:
            age_s = now_s - first[name]
            if age_s >= REMEMBER_S or as_text(name) in known:
                # Two names may be one text: the row is of the one that is first in this order.
                entry = PassedOverEntry(as_text(name), reasons[name], age_s)
                entries.setdefault(entry.name, entry)
            elif wait_s is None:
                wait_s = REMEMBER_S - age_s
        self._store(folder, list(entries.values()))
        return wait_s

    def stored_of(self, folder: str, names: Iterable[bytes]) -> set[bytes]:
        """Return those of these names in a folder that have a row."""
        known = self._stored.get(folder, {})
        return {name for name in names if as_text(name) in known}

    def forget_others(self, folders: Container[str]) -> None:
        """Delete the rows of all folders but these and drop/ itself: of peers that were removed."""
        for folder in [each for each in self._stored if each and each not in folders]:
            self._first_s.pop(folder, None)
            self._store(folder, [])

    def _store(self, folder: str, entries: list[PassedOverEntry]) -> None:
        known = self._stored.get(folder, {})
        wanted = {entry.name: entry.reason for entry in entries}
        if wanted == known:
            return
        changed = [entry for entry in entries if known.get(entry.name) != entry.reason]
        with self._database.transaction():
            store_passed_over(self._database, folder, known.keys() - wanted.keys(), changed)
        if wanted:
            self._stored[folder] = wanted
        else:
            self._stored.pop(folder, None)


def as_text(name: bytes) -> str:
    """Return the name of an entry as it is stored: bytes that are not UTF-8 are escaped."""
    return name.decode("utf-8", "backslashreplace")
