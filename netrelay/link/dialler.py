"""Reaching peers: names are looked up, addresses tried one after another, until one is open."""

import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netrelay.core.pace import CONNECT_DEADLINE_S
from netrelay.link.connection import Connection, Pins
from netrelay.link.dial import dial
from netrelay.link.ends import LinkClosed
from netrelay.link.resolver import Resolver


class Reached(NamedTuple):
    """What became of one attempt: an open connection to the peer meant, or None and why."""

    key: int
    connection: Connection | None
    reason: str


class Wait(NamedTuple):
    """A descriptor and what to wait for on it."""

    descriptor: int
    read: bool
    write: bool


class _Attempt:
    def __init__(self, peer: str, port: int, hosts: deque[str]) -> None:
        self.peer = peer
        self.port = port
        self.hosts = hosts
        self.addresses: deque[str] = deque()
        self.looking_up: str | None = None
        self.connection: Connection | None = None
        self.where = ""
        self.reason = "it has no address: netrelay peer add CARD --address HOST"


class Dialler:
    """Runs any number of attempts side by side without blocking; for one thread.

    now_s is the caller's monotonic clock.
    """

    def __init__(self, context: ssl.SSLContext, pins: Pins, source_address: str) -> None:
        self._context = context
        self._pins = pins
        self._source_address = source_address
        self._resolver = Resolver()
        self._attempts: dict[int, _Attempt] = {}

    def start(self, key: int, peer: str, hosts: Sequence[str], port: int) -> None:
        """Begin to reach a peer at the first of these hosts that is it; `service` tells the end."""
        self._attempts[key] = _Attempt(peer, port, deque(dict.fromkeys(hosts)))

    def service(self, now_s: float) -> list[Reached]:
        """Do what can be done now; gives the attempts that are over."""
        for answer in self._resolver.answers():
            for attempt in self._attempts.values():
                if attempt.looking_up == answer.name:
                    attempt.looking_up = None
                    attempt.addresses.extend(answer.addresses)
                    attempt.reason = answer.error or attempt.reason
        reached = []
        for key, attempt in list(self._attempts.items()):
            outcome = self._advance(key, attempt, now_s)
            if outcome is not None:
                del self._attempts[key]
                reached.append(outcome)
        return reached

    def waits(self) -> Iterator[Wait]:
        """Give what to wait for."""
        yield Wait(self._resolver.fileno(), True, False)
        for attempt in self._attempts.values():
            connection = attempt.connection
            if connection is not None:
                yield Wait(connection.fileno(), connection.wants_read, connection.wants_write)

    def next_deadline_s(self) -> float | None:
        """Give when `service` has to be called at the latest, on the clock."""
        deadlines = [
            attempt.connection.deadline_s
            for attempt in self._attempts.values()
            if attempt.connection is not None and attempt.connection.deadline_s is not None
        ]
        return min(deadlines, default=None)

    def forget(self) -> None:
        """Give every attempt up, unheard."""
        for attempt in self._attempts.values():
            if attempt.connection is not None:
                attempt.connection.close()
        self._attempts.clear()

    def _advance(self, key: int, attempt: _Attempt, now_s: float) -> Reached | None:
        while True:
            if attempt.connection is not None:
                try:
                    is_open = attempt.connection.advance(now_s)
                except LinkClosed as closed:
                    attempt.reason = f"{attempt.where}: {closed}"
                    attempt.connection.close()
                    attempt.connection = None
                else:
                    return Reached(key, attempt.connection, "") if is_open else None
            if attempt.looking_up is not None:
                return None
            if not self._next_address(attempt, now_s):
                return Reached(key, None, attempt.reason)

    def _next_address(self, attempt: _Attempt, now_s: float) -> bool:
        """Begin with the next address, or a lookup for it; False when all were tried."""
        if attempt.addresses:
            address = attempt.addresses.popleft()
            attempt.where = f"{address} port {attempt.port}"
            try:
                connecting = dial(address, attempt.port, self._source_address)
            except (LinkClosed, ValueError) as error:
                attempt.reason = str(error)
                return True
            except OSError as error:  # a kernel without IPv6, a process out of descriptors
                attempt.reason = f"{attempt.where}: {error.strerror}"
                return True
            attempt.connection = Connection.dial(
                connecting,
                self._context,
                pins=self._pins,
                expected_peer=attempt.peer,
                deadline_s=now_s + CONNECT_DEADLINE_S,
            )
            return True
        if attempt.hosts:
            attempt.looking_up = attempt.hosts.popleft()
            self._resolver.ask(attempt.looking_up)
            return True
        return False
