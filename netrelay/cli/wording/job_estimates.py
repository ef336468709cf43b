"""Estimates of jobs that wait or are on their way, as `netrelay plan` makes them for files."""

import time
from collections.abc import Sequence

from netrelay.cli.queries.cases import Case
from netrelay.cli.queries.outlooks import Destination, destination_of, outlook
from netrelay.cli.wording.estimate_words import estimate_fields
from netrelay.cli.wording.estimates import LinePlanner
from netrelay.store.database import ReadOnlyDatabase

# A person ends every other cause.
_ENDS_BY_ITSELF = frozenset(
    {
        "on-its-way",
        "ready",
        "stalled",
        "window",
        "budget",
        "no-connection",
        "no-call",
        "no-agreement",
    }
)


def with_estimates(database: ReadOnlyDatabase, found: Sequence[Case]) -> list[Case]:
    """Return the jobs, with an estimate each that has to cross a line and waits for no person."""
    known = _Known(database)
    return [
        case._replace(estimate=known.estimate(case))
        if case.direction == "out" and case.cause in _ENDS_BY_ITSELF
        else case
        for case in found
    ]


class _Known:
    """Destinations and lines, each looked up once."""

    def __init__(self, database: ReadOnlyDatabase) -> None:
        self._database = database
        self._now_s = time.time()
        self._destinations: dict[str, Destination | None] = {}
        self._planners: dict[str, LinePlanner] = {}

    def estimate(self, case: Case) -> dict[str, object] | None:
        """Return the estimate of a job as `--json` shows it; None where its line is not known."""
        if case.destination not in self._destinations:
            found = destination_of(self._database, case.destination)
            self._destinations[case.destination] = found
        destination = self._destinations[case.destination]
        if destination is None or destination.via is None:
            return None
        planner = self._planner(destination.via)
        own = next((each for each in planner.outlook.queued if each.number == case.job), None)
        if own is None:
            return None
        made = planner.estimate(own, planner.outlook.queued, destination)
        return estimate_fields(made, planner, destination)

    def _planner(self, node: str) -> LinePlanner:
        if node not in self._planners:
            self._planners[node] = LinePlanner(outlook(self._database, node), self._now_s)
        return self._planners[node]
