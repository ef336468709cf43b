"""Forecast of when bytes will have crossed a line with a rate, windows and a budget.

window    closed |  open  | closed |  open  |
budget           |====|used up     | a new period
bytes            |####|            |##| there
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from math import ceil, inf
from typing import Final, NamedTuple

from netrelay.core.calendar import Span
from netrelay.core.windows import Opening

HORIZON_S: Final = 366 * 86_400
"""A file that would arrive later than this is reported as never arriving."""
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
    """The bytes on the wire that a budget has left, and that it allows in each period to come.

    reserve_bytes: what urgent bytes may use besides.
    """

    left_bytes: float
    each_bytes: float
    until_unix_s: int
    period_at: Callable[[int], Span]
    reserve_bytes: float = 0.0


class Crossing(NamedTuple):
    """Bytes that have to cross, and their rate; wire_ratio: bytes on the wire for each of them.

    laid_bytes: of what is laid into frames when a window closes, and still crosses. piece_bytes: of
    a piece, which goes whole where a budget has something left for it. urgent_bytes: of those that
    cross first, and may use the reserve of a budget.
    """

    count_bytes: float
    rate_bytes_per_s: float
    wire_ratio: float
    laid_bytes: float = 0.0
    piece_bytes: float = 1.0
    urgent_bytes: float = 0.0


RateAt = Callable[[float], tuple[float, float]]


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


def bytes_before(own: Queued, others: Iterable[Queued], laid_bytes: int = 0) -> int:
    """Return the bytes of others that cross before the last byte of one does.

    The order is that of the view `work_send`: priority, then what goes in one piece, then chunks by
    turns, a job the less often the larger it is (sql/turns.sql). laid_bytes: of chunks that are
    laid into frames before it is its turn, whatever the order is.
    """
    first_bytes = shared_bytes = chunk_bytes = 0
    for other in others:
        if other.number == own.number:
            continue
        if _goes_first(own, other):
            first_bytes += other.left_bytes
        elif not other.is_single:
            chunk_bytes += other.left_bytes
            shared_bytes += _shared(own, other)
    return first_bytes + min(shared_bytes + laid_bytes, chunk_bytes)


def _goes_first(own: Queued, other: Queued) -> bool:
    if other.priority != own.priority:
        return other.priority < own.priority
    return other.is_single and (not own.is_single or other.number < own.number)


def _shared(own: Queued, other: Queued) -> int:
    """Return what of another job's chunks has its turn before the last of this one's."""
    if other.priority > own.priority or own.is_single:
        return 0
    share = own.left_bytes * own.whole_bytes / max(other.whole_bytes, 1)
    return min(other.left_bytes, int(share))


def crossed_at(
    crossing: Crossing,
    now_s: float,
    openings: Openings | None,
    allowance: Allowance | None,
    rate_at: RateAt | None = None,
) -> float | None:
    """Return the Unix time at which all has crossed; None: not within a year.

    rate_at: where the rate changes with time, it at a Unix time, and until when.
    """
    at_s, left_bytes, laid_bytes = now_s, crossing.count_bytes, 0.0
    urgent_bytes = crossing.urgent_bytes
    for _ in range(_MOST_STEPS):
        if at_s - now_s > HORIZON_S:
            return None
        is_open, until_s = _opening(openings, at_s)
        rate = crossing.rate_bytes_per_s
        if rate_at is not None:
            rate, changes_s = rate_at(at_s)
            until_s = min(until_s, changes_s)
        leg_bytes = min(urgent_bytes, left_bytes) or left_bytes
        may_bytes = leg_bytes if is_open else min(leg_bytes, laid_bytes)
        if allowance is not None:
            allowance = _current(allowance, at_s)
            reserve_bytes = allowance.reserve_bytes if urgent_bytes else 0.0
            may_bytes = min(
                may_bytes, _allowed_bytes(crossing, allowance.left_bytes + reserve_bytes)
            )
            until_s = min(until_s, allowance.until_unix_s)
        moved_bytes = min(may_bytes, (until_s - at_s) * rate)
        left_bytes -= moved_bytes
        if left_bytes <= 0:
            found_s = at_s + moved_bytes / rate
            return found_s if found_s - now_s <= HORIZON_S else None
        if moved_bytes == leg_bytes:
            until_s = at_s + moved_bytes / rate
        if until_s == inf:
            return None
        urgent_bytes = max(urgent_bytes - moved_bytes, 0.0)
        laid_bytes = crossing.laid_bytes if is_open and moved_bytes else laid_bytes - moved_bytes
        at_s = until_s
        if allowance is not None:
            used_bytes = moved_bytes * crossing.wire_ratio
            allowance = allowance._replace(left_bytes=allowance.left_bytes - used_bytes)
            # Bytes that a budget does not allow are not laid, so none cross a closed window when
            # the next period begins.
            laid_bytes = min(laid_bytes, _allowed_bytes(crossing, allowance.left_bytes))
    return None


def _allowed_bytes(crossing: Crossing, left_bytes: float) -> float:
    pieces = ceil(left_bytes / crossing.wire_ratio / crossing.piece_bytes)
    return max(pieces, 0) * crossing.piece_bytes


def _opening(openings: Openings | None, at_s: float) -> tuple[bool, float]:
    if openings is None:
        return True, inf
    is_open, until_s = openings.at(at_s)
    return is_open, inf if until_s is None else until_s


def _current(allowance: Allowance, at_s: float) -> Allowance:
    if at_s < allowance.until_unix_s:
        return allowance
    span = allowance.period_at(int(at_s))
    return allowance._replace(left_bytes=allowance.each_bytes, until_unix_s=span.until_unix_s)
