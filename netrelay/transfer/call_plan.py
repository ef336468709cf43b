"""The calls to peers that cannot dial this node, without rings: processor_r translates."""

import random
from typing import Final

from netrelay.ring.records import CallReport, CallState, WayTried
from netrelay.store.database import Database, Work
from netrelay.store.placed_calls import (
    DueCall,
    PlacedCall,
    doubted_calls,
    due_calls,
    end_doubts,
    forget_placed_calls,
    keepalive_of,
    report_placed_call,
)
from netrelay.store.tried_ways import report_ways

_EVENTS: Final = {
    CallState.UNREACHED: "unreached",
    CallState.UNAGREED: "unagreed",
    CallState.OPEN: "open",
    CallState.ENDED: "ended",
    CallState.SILENT: "silent",
    CallState.KEPT: "kept",
    CallState.RESTED: "rested",
}


class CallPlan:
    """Asks for one call to each peer that sends on calls; the database says which and when."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: set[str] = set()
        self._reports: list[CallReport] = []
        # Outcomes of the ways of calls under way, by peer: the reason, "" if it was reached.
        self._tried: dict[str, dict[str, str]] = {}

    def start_anew(self) -> None:
        """Begin a generation of receiver: no call is open or under way."""
        self._under_way.clear()
        self._reports.clear()
        self._tried.clear()
        if self._database.value("SELECT EXISTS (SELECT 1 FROM placed_calls)"):
            forget_placed_calls(self._database)

    def note(self, report: CallReport | WayTried) -> None:
        """Note a report of receiver for the next `store`; a WayTried goes with that of its call."""
        if isinstance(report, CallReport):
            self._reports.append(report)
        else:
            self._tried.setdefault(report.peer, {})[report.way] = report.reason

    def store(self) -> list[str]:
        """Store the reports in one commit; return the peers whose calls are open, to be kept."""
        kept = [
            report.peer
            for report in self._reports
            if report.state in (CallState.OPEN, CallState.KEPT)
        ]
        self._database.store_found(Work(lambda: self._reports, self._store_reports))
        for report in self._reports:
            if report.state not in (CallState.OPEN, CallState.KEPT):
                self._under_way.discard(report.peer)
        self._reports.clear()
        return kept

    def to_keep(self, kept: list[str]) -> list[tuple[str, int]]:
        """Return after how many seconds of silence, at most, each of these calls is probed."""
        idles = ((peer, keepalive_of(self._database, peer)) for peer in kept)
        return [(peer, idle_s) for peer, idle_s in idles if idle_s is not None]

    def to_probe(self) -> list[str]:
        """Return the peers whose calls are to be probed now, each once."""
        doubted: list[str] = []

        def end(peers: list[str]) -> None:
            end_doubts(self._database, peers)
            doubted.extend(peers)

        self._database.store_found(Work(lambda: doubted_calls(self._database), end))
        return doubted

    def to_place(self) -> list[DueCall]:
        """Return the calls to place now; each is under way until a report says that it is over."""
        due = [call for call in due_calls(self._database) if call.peer not in self._under_way]
        self._under_way.update(call.peer for call in due)
        return due

    def _store_reports(self, reports: list[CallReport]) -> None:
        for peer, state, reason, silence_s in reports:
            jitter = random.random()  # noqa: S311 -- spreads retries over time
            event = _EVENTS[CallState(state)]
            report_placed_call(self._database, PlacedCall(peer, event, jitter, reason, silence_s))
            report_ways(self._database, peer, self._tried.pop(peer, {}))
