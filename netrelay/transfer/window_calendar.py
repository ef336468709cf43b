"""Opens and closes the windows of peers when the wall clock says so."""

import time
from functools import cache

from netrelay.core.windows import Opening, opening_at, read_window
from netrelay.runtime.time_zones import zone_named
from netrelay.store.database import Database, Work
from netrelay.store.stored_windows import StoredWindows, store_opening, stored_windows
from netrelay.transfer.line_calendar import UNSET_CLOCK_S

# As long as a change cannot be foreseen, and by day at least: the machine's time zone may change.
_LOOKS_AGAIN_S = 86_400

_zone_named = cache(zone_named)


def opening_now(texts: tuple[str, ...], unix_s: float) -> Opening:
    """Return whether one of these windows is open, and the next edge; ValueError for a bad one."""
    time.tzset()
    return opening_at([read_window(text) for text in texts], int(unix_s), _zone_named)


class WindowCalendar:
    """Keeps the rows of windows as the wall clock has them, from one edge to the next.

    While nothing has set the clock since the boot, all windows of a peer are closed, unless a
    person said so of them: then the clock is believed as it is. Of rate limits the lowest holds
    then (`send_limits`).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looked_unix_s: float | None = None

    def follow(self) -> float | None:
        """Store what has opened or closed; return the seconds until the next edge, None: never."""
        stored = stored_windows(self._database)
        if not stored:
            return None
        self._database.store_found(Work(self._outdated, self._store))
        self._looked_unix_s = now_s = self._database.unix_s()
        waits_s = [self._wait_s(each, now_s) for each in stored_windows(self._database)]
        return max(min(waits_s, default=0.0), 0.0)

    def _wait_s(self, stored: StoredWindows, now_s: float) -> float:
        until_s = stored.opening.until_unix_s
        most_s = _LOOKS_AGAIN_S if stored.was_clock_set else UNSET_CLOCK_S
        return most_s if until_s is None else min(until_s - now_s, most_s)

    def _outdated(self) -> list[tuple[StoredWindows, Opening]]:
        """Return what is not as it is stored; the edges are computed where something may differ."""
        now_s, is_set = self._database.unix_s(), self._database.is_clock_set()
        stepped = self._looked_unix_s is None or not 0 <= now_s - self._looked_unix_s < 3600
        found = []
        for stored in stored_windows(self._database):
            until_s = stored.opening.until_unix_s
            is_due = stepped or is_set != stored.was_clock_set
            if is_due or until_s is None or now_s >= until_s:
                opening = self._opening(stored, now_s, is_set=is_set)
                if opening != stored.opening or is_set != stored.was_clock_set:
                    found.append((stored, opening))
        return found

    def _opening(self, stored: StoredWindows, now_s: float, *, is_set: bool) -> Opening:
        if not (is_set or stored.trusts_clock):
            return Opening(is_open=False, until_unix_s=None)
        return opening_now(stored.texts, now_s)

    def _store(self, outdated: list[tuple[StoredWindows, Opening]]) -> None:
        is_set = self._database.is_clock_set()
        for stored, opening in outdated:
            store_opening(self._database, stored, opening, is_clock_set=is_set)
