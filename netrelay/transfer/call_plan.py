"""The calls to peers that cannot dial this node, without rings: processor_r translates."""

import random
from typing import Final

from netrelay.ring.records import CallReport, CallState
from netrelay.store.database import Database, Work
from netrelay.store.placed_calls import (
    DueCall,
    PlacedCall,
    due_calls,
    forget_placed_calls,
    report_placed_call,
)

_EVENTS: Final = {
    CallState.UNREACHED: "unreached",
    CallState.UNAGREED: "unagreed",
    CallState.OPEN: "open",
    CallState.ENDED: "ended",
}


class CallPlan:
    """Asks for one call to each peer that sends on calls; the database says which and when."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: set[str] = set()
        self._reports: list[CallReport] = []

    def start_anew(self) -> None:
        """Begin a generation of receiver: no call is open or under way."""
        self._under_way.clear()
        self._reports.clear()
        if self._database.value("SELECT EXISTS (SELECT 1 FROM placed_calls)"):
            forget_placed_calls(self._database)

    def note(self, report: CallReport) -> None:
        """Note a report of receiver; the next `store` stores it."""
        self._reports.append(report)

    def store(self) -> None:
        """Store the reports in one commit."""
        self._database.store_found(Work(lambda: self._reports, self._store_reports))
        for report in self._reports:
            if report.state != CallState.OPEN:
                self._under_way.discard(report.peer)
        self._reports.clear()

    def to_place(self) -> list[DueCall]:
        """Return the calls to place now; each is under way until a report says that it is over."""
        due = [call for call in due_calls(self._database) if call.peer not in self._under_way]
        self._under_way.update(call.peer for call in due)
        return due

    def _store_reports(self, reports: list[CallReport]) -> None:
        for peer, state, reason in reports:
            jitter = random.random()  # noqa: S311 -- spreads retries over time
            event = _EVENTS[CallState(state)]
            report_placed_call(self._database, PlacedCall(peer, event, jitter, reason))
