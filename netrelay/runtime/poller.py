"""Readiness of descriptors (epoll(7)), level-triggered."""

import select
from collections.abc import Iterable
from contextlib import suppress

# epoll_wait(2) takes milliseconds as an int: at most 24 days.
_LONGEST_WAIT_S = 86_400.0


class Poller:
    """The descriptors that a process waits for, and which of them the last wait found ready.

    `watch` is for descriptors that live as long as the process, such as bells. `set_interests` is
    for connections: called at every step with the complete set, it needs no bookkeeping where they
    are opened and closed.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: set[int] = set()
        self._interests: set[int] = set()
        self._ready: frozenset[int] = frozenset()

    def watch(self, descriptor: int) -> None:
        """Wait for this descriptor to be readable, until `unwatch`."""
        self._epoll.register(descriptor, select.EPOLLIN)
        self._watched.add(descriptor)

    def watch_priority(self, descriptor: int) -> None:
        """Wait for an exceptional condition of this descriptor, as /proc/self/mountinfo has it."""
        self._epoll.register(descriptor, select.EPOLLPRI)
        self._watched.add(descriptor)

    def unwatch(self, descriptor: int) -> None:
        """Stop waiting for a descriptor that was watched."""
        self._epoll.unregister(descriptor)
        self._watched.discard(descriptor)

    def set_interests(self, interests: Iterable[tuple[int, bool, bool]]) -> None:
        """Replace the set of (descriptor, for reading, for writing) to wait for beside the watched.

        Closed descriptors and reused numbers are allowed: close(2) removes a descriptor from the
        interest list, so each one is registered again if it is missing.
        """
        current: set[int] = set()
        for descriptor, read, write in interests:
            mask = (select.EPOLLIN if read else 0) | (select.EPOLLOUT if write else 0)
            if mask:
                current.add(descriptor)
                try:
                    self._epoll.modify(descriptor, mask)
                except FileNotFoundError:
                    self._epoll.register(descriptor, mask)
        # The number of a closed descriptor may belong to a watched one by now.
        for descriptor in self._interests - current - self._watched:
            try:
                self._epoll.unregister(descriptor)
            except OSError:
                continue
        self._interests = current

    def release(self, descriptor: int) -> None:
        """Stop waiting for a descriptor that was handed to another process, before it is closed.

        close(2) removes it from the interest list only when no other process has it.
        """
        with suppress(FileNotFoundError):
            self._epoll.unregister(descriptor)
        self._interests.discard(descriptor)

    def wait(self, timeout_s: float | None) -> None:
        """Block until a descriptor is ready or the time is over; None: no time limit."""
        timeout = None if timeout_s is None else min(max(timeout_s, 0.0), _LONGEST_WAIT_S)
        self._ready = frozenset(descriptor for descriptor, _ in self._epoll.poll(timeout))

    def is_ready(self, descriptor: int) -> bool:
        """Return True if the last wait found this descriptor ready."""
        return descriptor in self._ready

    def close(self) -> None:
        """Close the epoll descriptor."""
        self._epoll.close()
