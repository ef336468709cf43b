"""Readiness of descriptors (epoll(7)), level-triggered."""

import select
from collections.abc import Iterable
from contextlib import suppress

# epoll_wait(2) takes milliseconds as an int: at most 24 days.
_LONGEST_WAIT_S = 86_400.0


class Poller:
    """The descriptors that a process waits for, and which of them the last wait found ready.

    `watch` is for descriptors that live as long as the process, such as bells. `set_interests` is
    for few connections: called at every step with the complete set, it needs no bookkeeping where
    they are opened and closed. `hold` is for many, each with a number: it is called when what one
    of them waits for may have changed, and `let_go` before it is closed.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: set[int] = set()
        self._interests: set[int] = set()
        self._held: dict[int, tuple[int, ...]] = {}
        self._owners: dict[int, int] = {}
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
            if self._set(descriptor, read=read, write=write):
                current.add(descriptor)
        # The number of a closed descriptor may belong to a watched or held one by now.
        for descriptor in self._interests - current - self._watched - self._owners.keys():
            with suppress(OSError):
                self._epoll.unregister(descriptor)
        self._interests = current

    def hold(self, owner: int, interests: Iterable[tuple[int, bool, bool]]) -> None:
        """Replace what one owner waits for, as (descriptor, for reading, for writing)."""
        held = tuple(
            descriptor
            for descriptor, read, write in interests
            if self._set(descriptor, read=read, write=write)
        )
        for descriptor in self._held.get(owner, ()):
            if descriptor not in held:
                self._drop(owner, descriptor)
        self._held[owner] = held
        for descriptor in held:
            self._owners[descriptor] = owner

    def let_go(self, owner: int) -> None:
        """Wait for nothing of an owner any more; one that holds nothing is no error."""
        for descriptor in self._held.pop(owner, ()):
            self._drop(owner, descriptor)

    def ready_owners(self) -> list[int]:
        """Return the owners of which the last wait found a descriptor ready."""
        return [self._owners[each] for each in self._ready if each in self._owners]

    def _set(self, descriptor: int, *, read: bool, write: bool) -> bool:
        """Wait for one descriptor; return False if for nothing of it."""
        mask = (select.EPOLLIN if read else 0) | (select.EPOLLOUT if write else 0)
        if mask:
            try:
                self._epoll.modify(descriptor, mask)
            except FileNotFoundError:
                self._epoll.register(descriptor, mask)
        return bool(mask)

    def _drop(self, owner: int, descriptor: int) -> None:
        """Stop waiting for a descriptor, unless its number is another's by now."""
        if self._owners.get(descriptor) != owner:
            return
        del self._owners[descriptor]
        if descriptor not in self._interests and descriptor not in self._watched:
            with suppress(OSError):
                self._epoll.unregister(descriptor)

    def release(self, descriptor: int) -> None:
        """Stop waiting for a descriptor that was handed to another process, before it is closed.

        close(2) removes it from the interest list only when no other process has it.
        """
        with suppress(FileNotFoundError):
            self._epoll.unregister(descriptor)
        self._interests.discard(descriptor)
        self._owners.pop(descriptor, None)

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
