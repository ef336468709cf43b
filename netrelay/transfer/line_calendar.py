"""Begins the periods of budgets when the wall clock says so, and names budgets that end soon."""

from collections.abc import Callable
from typing import Final

from netrelay.core.calendar import Span, period_at
from netrelay.core.sizes import size_text
from netrelay.runtime.log import BUDGET_NEARLY_USED
from netrelay.runtime.time_zones import LocalZone
from netrelay.store.budgets import (
    CountedPeriod,
    NearlyUsed,
    begin_period,
    counted_periods,
    nearly_used_budgets,
    note_warned,
)
from netrelay.store.database import Database, Work

# How often a clock that nothing has set is asked whether something has: NTP may set it by slewing,
# which no descriptor tells.
UNSET_CLOCK_S: Final = 60.0


class LineCalendar:
    """Keeps the rows of budgets in the period that the wall clock is in.

    A clock that nothing has set since the boot is not believed, unless a person said so of the
    budget: its period goes on, and no bytes are given back.
    """

    def __init__(self, database: Database, log: Callable[..., None]) -> None:
        self._database = database
        self._log = log
        self._zone = LocalZone()

    def follow(self) -> float | None:
        """Begin the periods that are due; return the seconds until the next one, None: never."""
        self._database.store_found(
            Work(self._outdated, self._begin),
            Work(lambda: nearly_used_budgets(self._database), self._warn),
        )
        return self._wait_s()

    def _outdated(self) -> list[CountedPeriod]:
        now_s, is_set = self._database.unix_s(), self._database.is_clock_set()
        return [
            counted
            for counted in counted_periods(self._database)
            if (is_set or counted.trusts_clock) and not _contains(counted.span, now_s)
        ]

    def _begin(self, outdated: list[CountedPeriod]) -> None:
        self._zone.refresh()
        now_s = int(self._database.unix_s())
        for counted in outdated:
            span = period_at(now_s, counted.period, self._zone)
            begin_period(self._database, counted.peer, counted.period, span)

    def _warn(self, nearly_used: list[NearlyUsed]) -> None:
        for budget in nearly_used:
            note_warned(self._database, budget.peer)
            self._log(
                BUDGET_NEARLY_USED,
                peer=budget.peer,
                peer_name=budget.name,
                used=size_text(budget.used_bytes),
                limit=size_text(budget.limit_bytes),
                period=budget.period,
            )

    def _wait_s(self) -> float | None:
        now_s, is_set = self._database.unix_s(), self._database.is_clock_set()
        waits_s = [
            counted.span.until_unix_s - now_s if is_set or counted.trusts_clock else UNSET_CLOCK_S
            for counted in counted_periods(self._database)
        ]
        return min((max(wait_s, 0.0) for wait_s in waits_s), default=None)


def _contains(span: Span, unix_s: float) -> bool:
    return span.from_unix_s <= unix_s < span.until_unix_s
