"""Which of many connections a step has to serve, so that a step costs what moves, not what is."""

import heapq
from collections.abc import Iterable

from netrelay.runtime.poller import Poller


class LinkTurns:
    """The connections of one process by handle: those that are ready, touched or due.

    A connection is served after it was touched, when a descriptor of it is ready, and at the time
    that it said when it was served last. Of a thousand idle ones none is looked at.
    """

    def __init__(self, poller: Poller) -> None:
        self._poller = poller
        self._touched: dict[int, None] = {}
        self._next_s: dict[int, float] = {}
        # Times of which some are no longer true: `_next_s` has the one of each connection.
        self._times: list[tuple[float, int]] = []

    def touch(self, handle: int) -> None:
        """Have a connection served in this step, or the next one."""
        self._touched[handle] = None

    def take(self, now_s: float) -> list[int]:
        """Return the connections to serve now, each once; some may have been forgotten."""
        taken, self._touched = self._touched, {}
        taken |= dict.fromkeys(self._poller.ready_owners())
        while self._times and self._times[0][0] <= now_s:
            due_s, handle = heapq.heappop(self._times)
            if self._next_s.get(handle) == due_s:
                del self._next_s[handle]
                taken[handle] = None
        return list(taken)

    def follow(
        self, handle: int, interests: Iterable[tuple[int, bool, bool]], next_s: float | None
    ) -> None:
        """Note what a connection waits for, after it was served; None: for no time."""
        self._poller.hold(handle, interests)
        if next_s is None:
            self._next_s.pop(handle, None)
        elif self._next_s.get(handle) != next_s:
            self._next_s[handle] = next_s
            heapq.heappush(self._times, (next_s, handle))
            self._forget_stale()

    def forget(self, handle: int) -> None:
        """Forget a connection; call it before its descriptors are closed."""
        self._poller.let_go(handle)
        self._next_s.pop(handle, None)
        self._touched.pop(handle, None)

    @property
    def is_any_touched(self) -> bool:
        """True if the next step has to follow at once."""
        return bool(self._touched)

    @property
    def next_s(self) -> float | None:
        """The earliest time of a connection; None: there is none."""
        while self._times and self._next_s.get(self._times[0][1]) != self._times[0][0]:
            heapq.heappop(self._times)
        return self._times[0][0] if self._times else None

    def _forget_stale(self) -> None:
        if len(self._times) > 64 + 4 * len(self._next_s):
            self._times = [(due_s, handle) for handle, due_s in self._next_s.items()]
            heapq.heapify(self._times)
