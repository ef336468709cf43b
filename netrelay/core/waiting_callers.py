"""Times for which a listener without room asks peers to wait: thousands come back spread.

A peer that was told to wait is known to wait until it comes in, or has not come half a minute after
its time. The more are known to wait, the longer the next one is asked to: at the rate at which
peers come in now, and at _LEAST_PER_S at least. When few wait, the time is the shortest.
"""

import heapq
import math
from typing import Final

SHORTEST_S: Final = 5
LONGEST_S: Final = 600
# Contacts a second that any listener serves: a handshake and a message or two each. A hub of two
# x86-64 cores serves several times as many (docs/scale.md), which `came` measures.
_LEAST_PER_S: Final = 32.0
_MEASURED_OVER_S: Final = 10.0
_GONE_AFTER_S: Final = 30.0
_LOG_EVERY_S: Final = 60.0


class WaitingCallers:
    """The peers that were told to wait, and until when; times are monotonic, in seconds."""

    def __init__(self) -> None:
        self._until_s: dict[str, float] = {}
        # Times of which some are no longer true.
        self._times: list[tuple[float, str]] = []
        self._per_s = 0.0
        self._came_s = 0.0
        self._log_s = float("-inf")

    def __len__(self) -> int:
        """Return how many are known to wait."""
        return len(self._until_s)

    def told(self, peer: str, now_s: float, jitter: float) -> int:
        """Return for how many seconds a peer is asked to wait; jitter: from 0 to 1, of this call.

        It is between half and one and a half of what the number of those who wait asks for, so that
        those who are told at once do not come at once.
        """
        self._forget_gone(now_s)
        self._until_s.pop(peer, None)
        per_s = max(self._rate(now_s), _LEAST_PER_S)
        wait_s = max(SHORTEST_S, len(self._until_s) / per_s) * (0.5 + jitter)
        asked_s = min(max(SHORTEST_S, round(wait_s)), LONGEST_S)
        self._until_s[peer] = now_s + asked_s
        heapq.heappush(self._times, (now_s + asked_s, peer))
        return asked_s

    def came(self, peer: str, now_s: float) -> None:
        """Note that a peer was let in, whether or not it had to wait."""
        self._until_s.pop(peer, None)
        self._per_s = self._rate(now_s) + 1 / _MEASURED_OVER_S
        self._came_s = now_s

    def is_to_be_logged(self, now_s: float) -> bool:
        """Return whether somebody is to be told of it: once a minute, however many wait."""
        if now_s < self._log_s + _LOG_EVERY_S:
            return False
        self._log_s = now_s
        return True

    def _rate(self, now_s: float) -> float:
        return self._per_s * math.exp(min(self._came_s - now_s, 0.0) / _MEASURED_OVER_S)

    def _forget_gone(self, now_s: float) -> None:
        while self._times and self._times[0][0] + _GONE_AFTER_S < now_s:
            until_s, peer = heapq.heappop(self._times)
            if self._until_s.get(peer) == until_s:
                del self._until_s[peer]
