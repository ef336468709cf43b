"""The rate that a line can be expected to have, by what was measured of it and its rate limit."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

# A day ago counts half as much as now.
_HALF_H: Final = 24.0
# Hours of one line differ by so much at least: what was measured in one is no promise.
_LEAST_SPREAD: Final = 0.15
_LONE_SPREAD: Final = 0.25
_FEWEST_HOURS: Final = 3
# A rate measured under a limit is that of the line where it is less than this part of the limit.
_FILLED: Final = 0.8
# A rate limit is met by so much, between one frame and the next.
_OF_LIMIT: Final = 0.97
ASSUMED_BYTES_PER_S: Final = (16 * 1024, 128 * 1024, 1024 * 1024)
"""A slow mobile line, a usual one, and a good one."""


class Basis(StrEnum):
    """The source from which a rate is known."""

    MEASURED = "measured"
    LIMIT = "limit"  # nothing was measured: as fast as the rate limit lets it
    LEAST = "least"  # measured under a rate limit that was lifted: it may be faster
    ASSUMED = "assumed"


class MeasuredHour(NamedTuple):
    """An hour of a line: how long ago, and what crossed it; limit_bytes_per_s: 0 for none."""

    ago_h: float
    limit_bytes_per_s: int
    bytes: int
    busy_s: float

    @property
    def rate_bytes_per_s(self) -> float:
        """Bytes of frames a second."""
        return self.bytes / self.busy_s


class RateRange(NamedTuple):
    """Bytes of frames a second: what is likely, and from what to what; hours: measured ones."""

    low: float
    likely: float
    high: float
    basis: Basis
    hours: int = 0


def expected_rate(measured: Sequence[MeasuredHour], limit_bytes_per_s: int | None) -> RateRange:
    """Return the rate of a line with this rate limit; None is unlimited."""
    limit = limit_bytes_per_s or 0
    same = [hour for hour in measured if hour.limit_bytes_per_s == limit]
    if same:
        return _limited(_range(same), limit)
    free = [
        hour
        for hour in measured
        if not hour.limit_bytes_per_s or hour.rate_bytes_per_s < _FILLED * hour.limit_bytes_per_s
    ]
    if free:
        return _limited(_range(free), limit)
    if limit:
        return RateRange(limit * 0.5, limit * _OF_LIMIT, limit, Basis.LIMIT)
    if measured:
        least = max(hour.rate_bytes_per_s for hour in measured)
        return RateRange(least, least, 8 * least, Basis.LEAST, len(measured))
    return RateRange(*ASSUMED_BYTES_PER_S, Basis.ASSUMED)


def _limited(found: RateRange, limit: int) -> RateRange:
    if not limit:
        return found
    likely = min(found.likely, limit * _OF_LIMIT)
    return found._replace(low=min(found.low, likely), likely=likely, high=min(found.high, limit))


def _range(hours: Sequence[MeasuredHour]) -> RateRange:
    """Return the mean by busy time, the newer the more, and the quarters of the hours."""
    # From the newest hour on: three years ago weighs nothing, and what weighs nothing has no mean.
    newest_h = min(hour.ago_h for hour in hours)
    weights = [0.5 ** ((hour.ago_h - newest_h) / _HALF_H) for hour in hours]
    weighted = list(zip(hours, weights, strict=True))
    busy_s = sum(hour.busy_s * weight for hour, weight in weighted)
    likely = sum(hour.bytes * weight for hour, weight in weighted) / busy_s
    spread = _LEAST_SPREAD if len(hours) >= _FEWEST_HOURS else _LONE_SPREAD
    rates = sorted((hour.rate_bytes_per_s, hour.busy_s * weight) for hour, weight in weighted)
    low, high = (_quantile(rates, busy_s * part) for part in (0.25, 0.75))
    return RateRange(
        min(low, likely * (1 - spread)),
        likely,
        max(high, likely * (1 + spread)),
        Basis.MEASURED,
        len(hours),
    )


def _quantile(rates: Sequence[tuple[float, float]], wanted_s: float) -> float:
    """Return the rate below which the line was for so much of its busy time."""
    passed_s = 0.0
    for rate, busy_s in rates:
        passed_s += busy_s
        if passed_s >= wanted_s:
            return rate
    return rates[-1][0]
