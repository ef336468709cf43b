"""The rate at which the hellos of one peer are stored."""

from netrelay.core.pace import HELLO_BURST, HELLOS_PER_S


class HelloPace:
    """Pace of one peer: HELLO_BURST at once, then HELLOS_PER_S; times are monotonic, in seconds."""

    def __init__(self, now_s: float) -> None:
        self._left = float(HELLO_BURST)
        self._counted_s = now_s

    def admits(self, now_s: float) -> bool:
        """Return whether one more hello may be stored now; if so, it is counted."""
        gained = max(now_s - self._counted_s, 0.0) * HELLOS_PER_S
        self._left = min(self._left + gained, float(HELLO_BURST))
        self._counted_s = max(now_s, self._counted_s)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
