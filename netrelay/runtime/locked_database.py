"""A database that another program has locked, as a state of a process: waited for, and told."""

from collections.abc import Callable
from pathlib import Path

from netrelay.runtime import service_manager
from netrelay.runtime.early_errors import report_early
from netrelay.runtime.log import DATABASE_LOCKED, Log
from netrelay.store.foreign_lock import holder_text

# A person's statement and a backup are shorter.
_QUIET_S = 2.0


class StopRequestedError(Exception):
    """This process has to end, and waits for a lock that may stay: nothing is open."""


class LockedDatabase:
    """Feeds the watchdog during the wait, and reports its begin and its end once.

    is_stop_requested: ends the wait with StopRequestedError. Reports go to the journal first: no
    log line can be stored before the wait is over.
    """

    def __init__(
        self,
        process: str,
        database: Path,
        feed_watchdog: Callable[[], None],
        is_stop_requested: Callable[[], bool],
    ) -> None:
        self._process = process
        self._database = database
        self._feed_watchdog = feed_watchdog
        self._is_stop_requested = is_stop_requested
        self._start = service_manager.StartTimeout()
        self._holder: str | None = None
        self._waited_s = 0.0

    def wait(self, waited_s: float) -> None:
        """Do what is due during a wait that has taken `waited_s` so far."""
        self._feed_watchdog()
        self._start.extend()
        if self._is_stop_requested():
            raise StopRequestedError
        if waited_s < _QUIET_S:
            return
        self._waited_s = waited_s
        if self._holder is None:
            self._holder = holder_text(self._database)
            text = (
                f"{self._database} is locked by {self._holder}, which is not netrelay: nothing is"
                " stored until it ends its transaction; it is waited for"
            )
            report_early(self._process, "database-locked", text)
            service_manager.notify(f"STATUS={text}")

    def look(self, log: Log, node_name: str) -> None:
        """Report the end of a wait; call it after each step."""
        if self._holder is None:
            return
        holder, self._holder = self._holder, None
        log.write(DATABASE_LOCKED, holder=holder, seconds=round(self._waited_s))
        text = f"{self._database} is not locked any more"
        report_early(self._process, "database-unlocked", text, node_name)
        service_manager.notify(f"STATUS={text}")
