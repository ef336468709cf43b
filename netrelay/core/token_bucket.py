"""A token bucket that limits the rate of bytes, with credit: it may go into debt by one piece.

It meters like RFC 2697 with one rate and one burst, except that a whole piece may be sent whenever
there is no debt, and is paid off afterwards. Small writes therefore leave at once, and the pieces
of large ones at least 50 ms apart. In any interval of t seconds the bytes sent are at most

    rate * t + burst + one piece
"""

from typing import Final

# The largest TLS record (RFC 8446 section 5.1): smaller pieces cost more records and wake-ups.
_SMALLEST_PIECE_BYTES: Final = 16384
_PIECE_S: Final = 0.05
# Credit for gaps between two frames, while the next is read and sealed.
_BURST_S: Final = 0.25

SLOWEST_RATE_BYTES_PER_S: Final = 4096
"""Four times the rate that the deadline of a frame (pace.py) requires."""
FASTEST_RATE_BYTES_PER_S: Final = 10 * 1024**3


class TokenBucket:
    """Limit of one rate; full when created. `now_s` is the caller's monotonic clock, in seconds."""

    def __init__(self, rate_bytes_per_s: int, now_s: float) -> None:
        self.rate_bytes_per_s = rate_bytes_per_s
        self.piece_bytes = max(_SMALLEST_PIECE_BYTES, int(rate_bytes_per_s * _PIECE_S))
        """Most bytes that one write may send."""
        self.burst_bytes = int(rate_bytes_per_s * _BURST_S)
        """Most bytes of unused rate that are credited later."""
        self._tokens_bytes = float(self.burst_bytes)
        self._filled_s = now_s

    def allowed_bytes(self, now_s: float) -> int:
        """Return how many bytes may be sent now: a piece, or 0 while an earlier one is paid off."""
        gained = max(now_s - self._filled_s, 0.0) * self.rate_bytes_per_s
        self._tokens_bytes = min(self._tokens_bytes + gained, float(self.burst_bytes))
        self._filled_s = max(now_s, self._filled_s)
        # Not 0.0: rounding at `due_s` may leave a debt of less than one byte.
        return self.piece_bytes if self._tokens_bytes > -1.0 else 0

    def spend(self, count_bytes: int) -> None:
        """Record that `count_bytes` were sent."""
        self._tokens_bytes -= count_bytes

    @property
    def due_s(self) -> float:
        """Time of the next piece, as of the last `allowed_bytes`; may be in the past."""
        return self._filled_s - min(self._tokens_bytes, 0.0) / self.rate_bytes_per_s
