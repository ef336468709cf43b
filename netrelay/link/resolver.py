"""A non-blocking resolver of host names.

getaddrinfo(3) blocks, for up to half a minute, so it runs in threads. They start on demand and end
with the last name: an idle process has none. Answers are not cached: .local names and dynamic DNS
change, and dialling is rare.
"""

import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from netrelay.core.serial.line_settings import is_serial
from netrelay.link.literal_address import is_literal_address

THREAD_LIMIT: Final = 4
QUEUE_LIMIT: Final = 1024
ADDRESS_LIMIT: Final = 8

Lookup = Callable[[str], tuple[str, ...]]


class Resolved(NamedTuple):
    """Result of a lookup: literal addresses in the order of RFC 6724, or none and an error."""

    name: str
    addresses: tuple[str, ...]
    error: str


def look_up(name: str) -> tuple[str, ...]:
    """Return at most ADDRESS_LIMIT literal addresses of a host name, in the order of RFC 6724.

    Blocks. A link-local IPv6 address has its scope ("fe80::1%2"). OSError or ValueError when the
    name cannot be resolved.
    """
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    addresses = [
        f"{where[0]}%{where[3]}" if len(where) == 4 and where[3] else str(where[0])
        for family, _type, _protocol, _name, where in found
        if family in (socket.AF_INET, socket.AF_INET6)
    ]
    return tuple(dict.fromkeys(addresses))[:ADDRESS_LIMIT]


def families_by_turns(addresses: Sequence[str]) -> list[str]:
    """Return the addresses with the IP versions by turns, the first one's first (RFC 8305, 4)."""
    is_first = ":" in addresses[0] if addresses else False
    first = [address for address in addresses if (":" in address) is is_first]
    second = [address for address in addresses if (":" in address) is not is_first]
    return [each for pair in zip_longest(first, second) for each in pair if each is not None]


class Resolver:
    """Resolves names in background threads; `fileno` is readable when answers are available.

    No method blocks. All are for the caller's thread.
    """

    def __init__(self, lookup: Lookup = look_up) -> None:
        """Use `lookup` for each name; it is called in background threads and may block."""
        self._lookup = lookup
        self._lock = threading.Lock()
        self._queue: deque[str] = deque()
        self._asked: set[str] = set()
        self._answers: deque[Resolved] = deque()
        self._threads = 0
        self._event: int = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closed = False

    def fileno(self) -> int:
        """Return the descriptor to poll for reading."""
        return self._event

    def ask(self, name: str) -> None:
        """Start the lookup of a name; a literal address or a serial line is its own answer at once.

        A name that is already being looked up is not queued again: it gets one answer.
        """
        with self._lock:
            if self._closed or name in self._asked:
                return
            self._asked.add(name)
            if is_literal_address(name) or is_serial(name):
                self._answer(Resolved(name, (name,), ""))
            elif len(self._queue) >= QUEUE_LIMIT:
                self._answer(Resolved(name, (), f"{QUEUE_LIMIT} names are being looked up"))
            else:
                self._queue.append(name)
                self._start_thread()

    def answers(self) -> list[Resolved]:
        """Return the answers since the last call, oldest first."""
        with self._lock:
            if self._closed:
                return []
            try:
                os.eventfd_read(self._event)
            except BlockingIOError:
                return []
            found = list(self._answers)
            self._answers.clear()
            self._asked.difference_update(answer.name for answer in found)
            return found

    def close(self) -> None:
        """Close the descriptor; running lookups end in their threads, without an answer."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.clear()
                os.close(self._event)

    def _start_thread(self) -> None:
        if self._threads < THREAD_LIMIT:
            # A daemon thread, so that a name server that does not answer cannot delay exit.
            threading.Thread(target=self._work, name="resolver", daemon=True).start()
            self._threads += 1

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._threads -= 1
                    return
                name = self._queue.popleft()
            answer = self._resolve(name)
            with self._lock:
                if not self._closed:
                    self._answer(answer)

    def _resolve(self, name: str) -> Resolved:
        try:
            addresses = self._lookup(name)
        except (OSError, ValueError) as error:  # ValueError: a name that IDNA cannot encode
            return Resolved(name, (), f"{name}: {getattr(error, 'strerror', None) or error}")
        return Resolved(name, addresses, "" if addresses else f"{name}: has no address")

    def _answer(self, answer: Resolved) -> None:
        self._answers.append(answer)
        os.eventfd_write(self._event, 1)
