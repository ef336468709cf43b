"""Forecast of when bytes will have crossed a line with a rate, windows and a budget.

window    closed |  open  | closed |  open  |
budget           |====|used up     | a new period
bytes            |####|            |##| there
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from math import inf
from typing import Final, NamedTuple

from netrelay.core.calendar import Span
from netrelay.core.windows import Opening

HORIZON_S: Final = 366 * 86_400
"""What is not there after so long is said to be never."""
# Windows have 96 edges a day at most, and budgets one.
_MOST_STEPS: Final = 100_000


class Queued(NamedTuple):
    """A file or text that has to cross the line; left_bytes: what of it has not yet.

    number: of its job; they are in the order in which they were given. is_single: it goes in one
    piece.
    """

    number: int
    priority: int
    is_single: bool
    whole_bytes: int
    left_bytes: int


class Allowance(NamedTuple):
    """The bytes on the wire that a budget has left, and that it allows in each period to come."""

    left_bytes: float
    each_bytes: float
    until_unix_s: int
    period_at: Callable[[int], Span]


class Crossing(NamedTuple):
    """Bytes that have to cross, and their rate; wire_ratio: bytes on the wire for each of them."""

    count_bytes: float
    rate_bytes_per_s: float
    wire_ratio: float


class Openings:
    """The states of windows in the future, each looked for once.

    find: returns the state at a Unix time, and when it changes.
    """

    def __init__(self, find: Callable[[int], Opening]) -> None:
        self._find = find
        self._begins: list[int] = []
        self._found: list[Opening] = []

    def at(self, unix_s: float) -> Opening:
        """Return the state at a time; call it with times that grow, from the same begin."""
        if not self._found or unix_s < self._begins[0]:
            self._begins, self._found = [int(unix_s)], [self._find(int(unix_s))]
        while (until_s := self._found[-1].until_unix_s) is not None and until_s <= unix_s:
            self._begins.append(until_s)
            self._found.append(self._find(until_s))
        return self._found[bisect_right(self._begins, unix_s) - 1]


def bytes_before(own: Queued, others: Iterable[Queued]) -> int:
    """Return the bytes of others that cross before the last byte of one does.

    The order is that of the view `work_send`: priority, then what goes in one piece, then chunks by
    turns, a job the less often the larger it is (sql/turns.sql).
    """
    return sum(_before(own, other) for other in others if other.number != own.number)


def _before(own: Queued, other: Queued) -> int:
    if other.priority != own.priority:
        return other.left_bytes if other.priority < own.priority else 0
    if other.is_single:
        is_first = not own.is_single or other.number < own.number
        return other.left_bytes if is_first else 0
    if own.is_single:
        return 0
    shared = own.left_bytes * own.whole_bytes / max(other.whole_bytes, 1)
    return min(other.left_bytes, int(shared))


def crossed_at(
    crossing: Crossing, now_s: float, openings: Openings | None, allowance: Allowance | None
) -> float | None:
    """Return the Unix time at which all has crossed; None: not within a year."""
    at_s, left_bytes = now_s, crossing.count_bytes
    for _ in range(_MOST_STEPS):
        if at_s - now_s > HORIZON_S:
            return None
        until_s = inf
        if openings is not None:
            opening = openings.at(at_s)
            until_s = inf if opening.until_unix_s is None else opening.until_unix_s
            if not opening.is_open:
                if until_s == inf:
                    return None
                at_s = until_s
                continue
        may_bytes = inf
        if allowance is not None:
            allowance = _current(allowance, at_s)
            may_bytes = allowance.left_bytes / crossing.wire_ratio
            if may_bytes < 1:
                at_s = float(allowance.until_unix_s)
                continue
            until_s = min(until_s, allowance.until_unix_s)
        window_bytes = (until_s - at_s) * crossing.rate_bytes_per_s
        moved_bytes = min(left_bytes, window_bytes, may_bytes)
        left_bytes -= moved_bytes
        if left_bytes <= 0:
            return at_s + moved_bytes / crossing.rate_bytes_per_s
        at_s = (
            until_s
            if moved_bytes == window_bytes
            else (at_s + moved_bytes / crossing.rate_bytes_per_s)
        )
        if allowance is not None:
            used_bytes = moved_bytes * crossing.wire_ratio
            allowance = allowance._replace(left_bytes=allowance.left_bytes - used_bytes)
    return None


def _current(allowance: Allowance, at_s: float) -> Allowance:
    if at_s < allowance.until_unix_s:
        return allowance
    span = allowance.period_at(int(at_s))
    return allowance._replace(left_bytes=allowance.each_bytes, until_unix_s=span.until_unix_s)
