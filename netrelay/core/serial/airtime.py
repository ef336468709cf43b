"""The share of time in which a node may transmit on a serial line: a duty cycle over an hour."""

from typing import Final

_HOUR_S: Final = 3600.0
# Unused time that is credited. In any hour at most credit + rate * hour is used, which is the share
# exactly, since the rate is less by what is credited.
_CREDIT_S: Final = 60.0
_ROUNDING_S: Final = 1e-6


class Airtime:
    """A budget of seconds on the air; full at the start. 100 percent is no limit."""

    def __init__(self, percent: int, now_s: float) -> None:
        self._share = percent / 100
        self._is_limited = percent < 100
        self._most_s = self._share * _CREDIT_S
        self._left_s = self._most_s
        self._filled_s = now_s
        self.used_s = 0.0
        """Seconds on the air since the start."""

    def may_send_s(self, now_s: float, needed_s: float) -> float:
        """Return the time from which a frame of this length may be sent; the past or now: now."""
        if not self._is_limited:
            return now_s
        rate = self._share * (1 - _CREDIT_S / _HOUR_S)
        self._left_s = min(self._most_s, self._left_s + max(now_s - self._filled_s, 0.0) * rate)
        self._filled_s = max(now_s, self._filled_s)
        lacking_s = min(needed_s, self._most_s) - self._left_s
        return now_s + lacking_s / rate if lacking_s > _ROUNDING_S else now_s

    def spend(self, needed_s: float) -> None:
        """Count a frame that is sent."""
        self._left_s -= needed_s
        self.used_s += needed_s

    @property
    def longest_s(self) -> float:
        """Longest time of one frame, so that it fits the credit with room for another."""
        return self._most_s / 2 if self._is_limited else _CREDIT_S
