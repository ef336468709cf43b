"""A token bucket: how many bytes may go now, so that no more go than a rate allows.

As the meter of RFC 2697 with one rate and one burst, but with debts: what goes when nothing is owed
may be a whole piece, and is paid off after. So what is small goes at once, and the pieces of what
is large come a twentieth of a second apart or more. In any time t no more go than

    rate * t + burst + one piece
"""

from typing import Final

# Fewer bytes than a TLS record would make more of them (RFC 8446, section 5.1), and more wake-ups.
_SMALLEST_PIECE_BYTES: Final = 16384
_PIECE_S: Final = 0.05
# What the line may catch up after a gap between two frames: reading and sealing the next.
_BURST_S: Final = 0.25

SLOWEST_RATE_BYTES_PER_S: Final = 4096
"""A frame of the largest capacity still comes within its deadline (pace.py), four times over."""
FASTEST_RATE_BYTES_PER_S: Final = 10 * 1024**3


class TokenBucket:
    """One limit of bytes a second; full when it is made. now_s is the caller's monotonic clock."""

    def __init__(self, rate_bytes_per_s: int, now_s: float) -> None:
        self.rate_bytes_per_s = rate_bytes_per_s
        self.piece_bytes = max(_SMALLEST_PIECE_BYTES, int(rate_bytes_per_s * _PIECE_S))
        """How much may go at once."""
        self.burst_bytes = int(rate_bytes_per_s * _BURST_S)
        """How much of what did not go in time may go later."""
        self._tokens_bytes = float(self.burst_bytes)
        self._filled_s = now_s

    def allowed_bytes(self, now_s: float) -> int:
        """Give how much may go now: a piece, or nothing while an earlier one is paid off."""
        gained = max(now_s - self._filled_s, 0.0) * self.rate_bytes_per_s
        self._tokens_bytes = min(self._tokens_bytes + gained, float(self.burst_bytes))
        self._filled_s = max(now_s, self._filled_s)
        # Less than a byte is what a clock's last digit makes of the due time.
        return self.piece_bytes if self._tokens_bytes > -1.0 else 0

    def spend(self, count_bytes: int) -> None:
        """Note what went."""
        self._tokens_bytes -= count_bytes

    @property
    def due_s(self) -> float:
        """When the next piece may go, if nothing went since `allowed_bytes`; may be in the past."""
        return self._filled_s - min(self._tokens_bytes, 0.0) / self.rate_bytes_per_s
