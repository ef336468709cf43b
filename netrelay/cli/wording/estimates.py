"""Estimates of when a file would be there and what it would cost, from what a node knows now."""

from collections.abc import Sequence
from functools import cached_property, partial
from math import inf
from statistics import median
from typing import Final, NamedTuple

from netrelay.cli.queries.outlooks import Destination, LineBudget, Outlook
from netrelay.core.budget import trickle_bytes
from netrelay.core.calendar import Period, period_at
from netrelay.core.forecast import (
    Allowance,
    Crossing,
    Openings,
    Queued,
    bytes_before,
    crossed_at,
)
from netrelay.core.line_rate import RateRange, expected_rate
from netrelay.core.segments import SEGMENT_BYTES
from netrelay.core.single import single_header_bytes
from netrelay.core.wire_cost import (
    WIRE_RATIO,
    WireCost,
    frame_bytes,
    travelling_bytes,
    wire_cost,
)
from netrelay.runtime.time_zones import LocalZone
from netrelay.store.budgets import LEAST_ORDINARY_PRIORITY
from netrelay.transfer.flight import is_slow, likely_window_bytes
from netrelay.transfer.window_calendar import opening_now

# The least, likely and most seconds until a connection is open, and from the last acknowledgement
# to the receipt where no delivery tells: directly, and by a relay.
_CONNECTING_S: Final = (0.2, 1.0, 5.0)
_DIRECT_TAIL_S: Final = (0.1, 0.5, 3.0)
_RELAYED_TAIL_S: Final = (0.5, 5.0, 60.0)
_FEWEST_TAILS: Final = 3
# A single holds its name and time besides its content.
_NAME_BYTES: Final = single_header_bytes(b"photo-of-2026-11-29.jpg")
_MOST_PERIODS: Final = 400
# Of a full window, what has not crossed when a window of time closes.
_LAID_SHARES: Final = (1.0, 0.7, 0.0)


class Estimate(NamedTuple):
    """The times at which a file would be delivered, in Unix time, and its cost.

    begins_unix_s: when something may cross; None: never within a year, as for the others.
    before_bytes: of other files that cross before its last byte does.
    """

    size_bytes: int
    cost: WireCost
    before_bytes: int
    rate: RateRange
    begins_unix_s: float | None
    earliest_unix_s: float | None
    likely_unix_s: float | None
    latest_unix_s: float | None


class LinePlanner:
    """Computes estimates for one next hop, as it is at one time.

    windows_error: why its windows cannot be followed; then they count as open.
    """

    def __init__(self, outlook: Outlook, now_s: float) -> None:
        self.outlook = outlook
        self._now_s = now_s
        self.rate = expected_rate(outlook.measured, outlook.limit_bytes_per_s)
        self._rates: dict[int | None, RateRange] = {}
        self.windows_error: str | None = None
        windows = outlook.windows
        self._openings = None if windows is None else self._opened(windows.texts)
        found = [
            (self._opened(tuple(limit.windows)), limit.limit_bytes_per_s)
            for limit in outlook.limit_windows
        ]
        self._limits = [(opened, limit) for opened, limit in found if opened is not None]

    def _opened(self, texts: tuple[str, ...]) -> Openings | None:
        """Return the states of windows; None, and an error, where they cannot be followed."""
        find = partial(opening_now, texts)
        try:
            find(self._now_s)
        except ValueError as error:
            self.windows_error = str(error)
            return None
        return Openings(find)

    def _rate_at(self, place: int, at_s: float) -> tuple[float, float]:
        """Return the low, likely or high rate at a time, and until when; as `send_limits` does."""
        states = [(opened.at(at_s), limit) for opened, limit in self._limits]
        open_limits = [limit or inf for state, limit in states if state.is_open]
        lowest = min(open_limits, default=self.outlook.base_limit_bytes_per_s or inf)
        limit = None if lowest == inf else int(lowest)
        if limit not in self._rates:
            self._rates[limit] = expected_rate(self.outlook.measured, limit)
        until_s = min(
            inf if state.until_unix_s is None else state.until_unix_s for state, _ in states
        )
        found = self._rates[limit]
        return (found.low, found.likely, found.high)[place], until_s

    @cached_property
    def message_size(self) -> int:
        """The agreed message size; before the first contact the smallest one."""
        return self.outlook.message_size or SEGMENT_BYTES

    def new(self, number: int, size_bytes: int, priority: int, destination: Destination) -> Queued:
        """Return a file that is not given yet as one that has to cross."""
        is_direct = destination.via == destination.node
        single_bytes = self.message_size if is_direct else SEGMENT_BYTES
        is_single = size_bytes + _NAME_BYTES <= single_bytes
        return Queued(number, priority, is_single, size_bytes, size_bytes)

    def estimate(self, own: Queued, others: Sequence[Queued], destination: Destination) -> Estimate:
        """Return when one would be delivered; others: what has to cross too."""
        payload_bytes = travelling_bytes(own.left_bytes)
        framed_bytes = frame_bytes(payload_bytes, self.message_size, is_single=own.is_single)
        cost = wire_cost(framed_bytes, self.message_size, is_connected=self.outlook.is_open)
        least_bytes = bytes_before(own, others)
        before_bytes = bytes_before(own, others, self._laid_bytes(own))
        tails_s = _tails(destination)
        urgent_bytes = self._urgent_bytes(own, others)
        connecting_s = (0.0, 0.0, 0.0) if self.outlook.is_open else _CONNECTING_S
        ratios = (cost.low_bytes, cost.likely_bytes, cost.high_bytes)
        rates = (self.rate.high, self.rate.likely, self.rate.low)
        found = [
            self._there_at(
                Crossing(
                    *(framed_bytes + first_bytes, rate, max(wire_bytes / framed_bytes, 1.0)),
                    *(laid_share * self._window_bytes(), self._piece_bytes(), urgent_bytes),
                ),
                *(own.priority, place, start_s, tail_s),
            )
            for first_bytes, wire_bytes, rate, start_s, tail_s, laid_share, place in zip(
                *((least_bytes, before_bytes, before_bytes), ratios, rates, connecting_s, tails_s),
                _LAID_SHARES,
                (2, 1, 0),
                strict=True,
            )
        ]
        return Estimate(
            own.left_bytes, cost, before_bytes, self.rate, self._begins_at(own.priority), *found
        )

    def _laid_bytes(self, own: Queued) -> int:
        """Return what is laid into frames before one gets its turn.

        A file that is not urgent waits until its manifest is durable there; what is laid meanwhile
        goes first, too: another window, and on a limited or slow line two pieces. Before an urgent
        file nothing is laid that its window or budget holds back now.
        """
        if own.priority < LEAST_ORDINARY_PRIORITY:
            return self._laid_now_bytes()
        if own.is_single or own.left_bytes < own.whole_bytes:
            return self._window_bytes()
        return (3 if self._takes_one_frame else 2) * self._window_bytes()

    def _laid_now_bytes(self) -> int:
        if self._openings is not None and not self._openings.at(self._now_s).is_open:
            return 0
        budget = self.outlook.budget
        if budget is None:
            return self._window_bytes()
        ordinary_bytes = data_share_bytes(budget, LEAST_ORDINARY_PRIORITY) - budget.used_bytes
        return max(min(self._window_bytes(), ordinary_bytes), 0)

    @staticmethod
    def _urgent_bytes(own: Queued, others: Sequence[Queued]) -> int:
        """Return what crosses before one, and may use a reserve that it may not use itself."""
        if own.priority < LEAST_ORDINARY_PRIORITY:
            return 0
        return bytes_before(
            own, [each for each in others if each.priority < LEAST_ORDINARY_PRIORITY]
        )

    @property
    def _takes_one_frame(self) -> bool:
        return self.outlook.limit_bytes_per_s is not None or is_slow(self.rate.likely)

    def _piece_bytes(self) -> int:
        return frame_bytes(self.message_size, self.message_size, is_single=False)

    def _window_bytes(self) -> int:
        """Return what may be laid into frames at once: a piece on a limited or slow line."""
        if self._takes_one_frame:
            return self.message_size
        return likely_window_bytes(self.rate.likely, self.message_size)

    def _there_at(
        self, crossing: Crossing, priority: int, place: int, start_s: float, tail_s: float
    ) -> float | None:
        begin_s = self._now_s + start_s
        allowance = self._allowance(priority)
        rate_at = partial(self._rate_at, place) if self._limits else None
        crossed_s = crossed_at(crossing, begin_s, self._openings, allowance, rate_at)
        return None if crossed_s is None else crossed_s + tail_s

    def _begins_at(self, priority: int) -> float | None:
        nothing = Crossing(1.0, self.rate.likely, WIRE_RATIO)
        return crossed_at(nothing, self._now_s, self._openings, self._allowance(priority))

    def periods_until(self, unix_s: float) -> int:
        """Return how many periods of its budget begin until then, a year at most; 0 without one."""
        allowance = self._allowance(0)
        found = 0
        while allowance is not None and allowance.until_unix_s <= unix_s and found < _MOST_PERIODS:
            span = allowance.period_at(allowance.until_unix_s)
            allowance = allowance._replace(until_unix_s=span.until_unix_s)
            found += 1
        return found

    def _allowance(self, priority: int) -> Allowance | None:
        budget = self.outlook.budget
        if budget is None:
            return None
        each_bytes = data_share_bytes(budget, priority)
        period = partial(period_at, period=Period(budget.period), zone=LocalZone())
        return Allowance(
            *(each_bytes - budget.used_bytes, each_bytes, budget.until_unix_s, period),
            data_share_bytes(budget, 0) - each_bytes,
        )


def data_share_bytes(budget: LineBudget, priority: int) -> int:
    """Return how much of a budget is for data of a priority."""
    reserve_bytes = budget.reserve_bytes if priority >= LEAST_ORDINARY_PRIORITY else 0
    return budget.limit_bytes - trickle_bytes(budget.limit_bytes) - reserve_bytes


def _tails(destination: Destination) -> tuple[float, float, float]:
    """Return the least, likely and most seconds; few deliveries do not tell the range."""
    usual_s = _DIRECT_TAIL_S if destination.via == destination.node else _RELAYED_TAIL_S
    tails_s = destination.tails_s
    if not tails_s:
        return usual_s
    found_s = tails_s if len(tails_s) >= _FEWEST_TAILS else [usual_s[0], *tails_s, usual_s[2]]
    return min(found_s), median(tails_s), max(found_s)
