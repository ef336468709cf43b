"""Host names to literal addresses, without the caller ever waiting.

getaddrinfo(3) has no asynchronous form and can take half a minute, so it runs in threads; they
start when there is something to look up and end when there is not, so that an idle process has
none. Answers are not kept: .local names and dynamic DNS move, and a dial is rare.
"""

import os
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from netrelay.link.literal_address import literal_address

THREAD_LIMIT: Final = 4
WAITING_LIMIT: Final = 1024
ADDRESS_LIMIT: Final = 8

Lookup = Callable[[str], tuple[str, ...]]


class Resolved(NamedTuple):
    """What became of one name: addresses best first (RFC 6724), or none and the reason."""

    name: str
    addresses: tuple[str, ...]
    error: str


def look_up(name: str) -> tuple[str, ...]:
    """The literal addresses of a host name, best first, at most ADDRESS_LIMIT; blocks.

    A link-local IPv6 address keeps its scope ("fe80::1%2"). OSError or ValueError without one.
    """
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    addresses = [
        f"{where[0]}%{where[3]}" if len(where) == 4 and where[3] else str(where[0])
        for family, _type, _protocol, _name, where in found
        if family in (socket.AF_INET, socket.AF_INET6)
    ]
    return tuple(dict.fromkeys(addresses))[:ADDRESS_LIMIT]


class Resolver:
    """Looks names up beside the caller; its descriptor is readable when answers are there.

    All methods are for one thread, the caller's. Nothing here waits.
    """

    def __init__(self, lookup: Lookup = look_up) -> None:
        """The lookup may block and is called in other threads, with one name each."""
        self._lookup = lookup
        self._lock = threading.Lock()
        self._waiting: deque[str] = deque()
        self._asked: set[str] = set()
        self._answers: deque[Resolved] = deque()
        self._threads = 0
        self._event: int = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closed = False

    def fileno(self) -> int:
        """A descriptor to wait on for reading."""
        return self._event

    def ask(self, name: str) -> None:
        """Has a name looked up; a literal address is its own answer, in the next `answers`.

        A name that is being looked up already is not asked for twice: one answer serves both.
        """
        with self._lock:
            if self._closed or name in self._asked:
                return
            self._asked.add(name)
            if _is_literal(name):
                self._answer(Resolved(name, (name,), ""))
            elif len(self._waiting) >= WAITING_LIMIT:
                self._answer(Resolved(name, (), f"{WAITING_LIMIT} names are being looked up"))
            else:
                self._waiting.append(name)
                self._start_thread()

    def answers(self) -> list[Resolved]:
        """Every answer since the last call, in the order in which they came."""
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
        """Forgets everything; lookups that are under way end by themselves, unheard."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._waiting.clear()
                os.close(self._event)

    def _start_thread(self) -> None:
        if self._threads < THREAD_LIMIT:
            # A daemon: a name server that does not answer must not hold up the process's end.
            threading.Thread(target=self._work, name="resolver", daemon=True).start()
            self._threads += 1

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                name = self._waiting.popleft()
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


def _is_literal(name: str) -> bool:
    try:
        literal_address(name, 0)
    except ValueError:
        return False
    return True
