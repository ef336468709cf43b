"""Dialling peers by host name: resolves names, and tries their addresses one after another."""

import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from netrelay.core.pace import CONNECT_AGAIN_S, CONNECT_DEADLINE_S
from netrelay.link.connection import Connection, LinkState, Pins
from netrelay.link.dial import dial
from netrelay.link.link_closed import LinkClosed
from netrelay.link.resolver import Resolver


class DialResult(NamedTuple):
    """Result of one attempt: an open connection to the peer, or None and the reason.

    address: the IP address that was reached, else the last one that was tried; empty without one.
    """

    key: int
    connection: Connection | None
    address: str
    reason: str


class Interest(NamedTuple):
    """A descriptor, and whether to poll it for reading and for writing."""

    descriptor: int
    read: bool
    write: bool


class _Attempt:
    def __init__(self, peer: str, ports: Sequence[int], hosts: deque[str]) -> None:
        self.peer = peer
        self.ports = ports
        self.hosts = hosts
        self.places: deque[tuple[str, int]] = deque()
        self.resolving: str | None = None
        self.connection: Connection | None = None
        self.port = 0
        self.deadline_s = 0.0
        self.again_s = 0.0
        self.address = ""
        self.target = ""
        self.reason = "it has no address: netrelay peer add CARD --address HOST"


class Dialler:
    """Runs any number of concurrent attempts without blocking; not thread-safe.

    An attempt walks the hosts of a peer in order, the addresses of each host in the order of the
    resolver, and the ports at each address, one at a time:

        resolving -> connecting and handshaking -> done
            ^                 | failed: next port, else next address, else next host
            +-----------------+

    Each port has CONNECT_DEADLINE_S for TCP, TLS and the pin check together; a lookup has no
    deadline but the resolver's own. While TCP has no answer it is asked anew every CONNECT_AGAIN_S,
    since the kernel asks at longer and longer intervals. An attempt ends with an open connection to
    exactly that peer, or with the reason of the last failure; it is never retried here. `service`
    reports each attempt once. Poll `interests`, and call `service` when one is ready and at
    `next_deadline_s`; times
    are on the caller's monotonic clock.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        pins: Pins,
        source_address: str,
        *,
        places_calls: bool = False,
    ) -> None:
        """Create it without attempts; places_calls: its connections are calls (core/call.py)."""
        self._context = context
        self._pins = pins
        self._source_address = source_address
        self._places_calls = places_calls
        self._resolver = Resolver()
        self._attempts: dict[int, _Attempt] = {}

    def start(self, key: int, peer: str, hosts: Sequence[str], *ports: int) -> None:
        """Start an attempt to reach a peer at one of these hosts; `service` returns the result."""
        self._attempts[key] = _Attempt(peer, ports, deque(dict.fromkeys(hosts)))

    def service(self, now_s: float) -> list[DialResult]:
        """Advance every attempt; return those that have ended."""
        for answer in self._resolver.answers():
            for attempt in self._attempts.values():
                if attempt.resolving == answer.name:
                    attempt.resolving = None
                    attempt.places.extend(product(answer.addresses, attempt.ports))
                    attempt.reason = answer.error or attempt.reason
        results = []
        for key, attempt in list(self._attempts.items()):
            result = self._advance(key, attempt, now_s)
            if result is not None:
                del self._attempts[key]
                results.append(result)
        return results

    def interests(self) -> Iterator[Interest]:
        """Yield the descriptors to poll."""
        yield Interest(self._resolver.fileno(), True, False)
        for attempt in self._attempts.values():
            connection = attempt.connection
            if connection is not None:
                yield Interest(connection.fileno(), connection.wants_read, connection.wants_write)

    def next_deadline_s(self) -> float | None:
        """Return the time of the next call to `service` even if nothing is ready; None: none."""
        deadlines = [
            min(attempt.deadline_s, attempt.again_s)
            if attempt.connection.state is LinkState.CONNECTING
            else attempt.deadline_s
            for attempt in self._attempts.values()
            if attempt.connection is not None
        ]
        return min(deadlines, default=None)

    def cancel(self, key: int) -> None:
        """Close an attempt without a result; one that has ended or never was is no error."""
        attempt = self._attempts.pop(key, None)
        if attempt is not None and attempt.connection is not None:
            attempt.connection.close()

    def cancel_all(self) -> None:
        """Close every attempt without a result."""
        for attempt in self._attempts.values():
            if attempt.connection is not None:
                attempt.connection.close()
        self._attempts.clear()

    def _advance(self, key: int, attempt: _Attempt, now_s: float) -> DialResult | None:
        while True:
            if attempt.connection is not None:
                try:
                    is_open = attempt.connection.advance(now_s)
                except LinkClosed as closed:
                    attempt.reason = f"{attempt.target}: {closed}"
                    attempt.connection.close()
                    attempt.connection = None
                else:
                    if not is_open:
                        self._ask_again(attempt, now_s)
                        if attempt.connection is not None:
                            return None
                        continue
                    return DialResult(key, attempt.connection, attempt.address, "")
            if attempt.resolving is not None:
                return None
            if not self._start_next(attempt, now_s):
                return DialResult(key, None, attempt.address, attempt.reason)

    def _start_next(self, attempt: _Attempt, now_s: float) -> bool:
        """Start the next place, or the next lookup; return False if there is none left."""
        if attempt.places:
            attempt.address, attempt.port = attempt.places.popleft()
            attempt.target = f"{attempt.address} port {attempt.port}"
            attempt.deadline_s = now_s + CONNECT_DEADLINE_S
            self._connect(attempt, now_s)
            return True
        if attempt.hosts:
            attempt.resolving = attempt.hosts.popleft()
            self._resolver.ask(attempt.resolving)
            return True
        return False

    def _ask_again(self, attempt: _Attempt, now_s: float) -> None:
        connection = attempt.connection
        assert connection is not None
        if connection.state is LinkState.CONNECTING and now_s >= attempt.again_s:
            connection.close()
            attempt.connection = None
            self._connect(attempt, now_s)

    def _connect(self, attempt: _Attempt, now_s: float) -> None:
        """Begin to connect to the place of an attempt; note why if that fails at once."""
        try:
            connecting = dial(attempt.address, attempt.port, self._source_address)
        except (LinkClosed, ValueError) as error:
            attempt.reason = str(error)
            return
        except OSError as error:  # no IPv6 in the kernel, no free descriptor
            attempt.reason = f"{attempt.target}: {error.strerror}"
            return
        attempt.again_s = now_s + CONNECT_AGAIN_S
        attempt.connection = Connection.dial(
            connecting,
            self._context,
            pins=self._pins,
            expected_peer=attempt.peer,
            deadline_s=attempt.deadline_s,
            is_call=self._places_calls,
        )
