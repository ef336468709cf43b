"""Sleeping until something happens: sockets and bells, without polling."""

import select
from collections.abc import Iterable

# epoll_wait(2) counts milliseconds in an int: 24 days at most.
_LONGEST_WAIT_S = 86_400.0


class Poller:
    """The descriptors one process waits for, and which of them were ready at the last wait."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: set[int] = set()
        self._followed: set[int] = set()
        self._ready: frozenset[int] = frozenset()

    def watch(self, descriptor: int) -> None:
        """Wait for this descriptor to be readable, as long as the process lives."""
        self._epoll.register(descriptor, select.EPOLLIN)
        self._watched.add(descriptor)

    def forget(self, descriptor: int) -> None:
        """Wait no longer for a descriptor that was watched."""
        self._epoll.unregister(descriptor)
        self._watched.discard(descriptor)

    def follow(self, waits: Iterable[tuple[int, bool, bool]]) -> None:
        """Wait for exactly these besides: (descriptor, for reading, for writing); once a step.

        Descriptors that were closed meanwhile, and numbers that were given out again, are no
        trouble: the kernel forgets a closed descriptor, so each is asked for anew.
        """
        followed: set[int] = set()
        for descriptor, read, write in waits:
            mask = (select.EPOLLIN if read else 0) | (select.EPOLLOUT if write else 0)
            if mask:
                followed.add(descriptor)
                try:
                    self._epoll.modify(descriptor, mask)
                except FileNotFoundError:
                    self._epoll.register(descriptor, mask)
        # A number that was followed may have been given out again to one that is watched.
        for descriptor in self._followed - followed - self._watched:
            try:
                self._epoll.unregister(descriptor)
            except OSError:
                continue
        self._followed = followed

    def wait(self, timeout_s: float | None) -> None:
        """Block until a descriptor is ready or the time is over; None waits for ever."""
        timeout = None if timeout_s is None else min(max(timeout_s, 0.0), _LONGEST_WAIT_S)
        self._ready = frozenset(descriptor for descriptor, _ in self._epoll.poll(timeout))

    def is_ready(self, descriptor: int) -> bool:
        """Tell whether the last wait found this descriptor ready."""
        return descriptor in self._ready

    def close(self) -> None:
        """Give the kernel's object back."""
        self._epoll.close()
