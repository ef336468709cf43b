"""Dialling peers by host name: resolves names, and tries their addresses one beside another."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from netrelay.core.pace import CONNECT_AGAIN_S, CONNECT_DEADLINE_S
from netrelay.core.serial.line_settings import is_serial, slowness
from netrelay.core.way import ALSO_TRIED, way_of
from netrelay.link.connection import Connection, LinkState, Pins
from netrelay.link.dial import dial, where
from netrelay.link.line_door import LineDoor, dial_line
from netrelay.link.link_closed import LinkClosed
from netrelay.link.resolver import Resolver, families_by_turns

# RFC 8305 section 5: the Connection Attempt Delay.
STAGGER_S: Final = 0.25
# A place that has answered is given so long to prove who it is, before the next one is tried.
_HANDSHAKE_ALONE_S: Final = 2.0
# Names that are looked up hold back addresses behind them for so long.
_LOOK_UP_ALONE_S: Final = 0.3
# Places that are tried at once, and in all: a name may have many addresses, and a peer many names.
AT_ONCE: Final = 8
PLACES_MOST: Final = 64
# Other addresses that a reason names: a record of the ring has 512 bytes.
_NAMED_MOST: Final = 3


class Tried(NamedTuple):
    """The outcome of one way of an attempt; reason: why it failed, "" if it was reached."""

    way: str
    address: str
    reason: str


class DialResult(NamedTuple):
    """Result of one attempt: an open connection to the peer, or None and the reason.

    address: the IP address that was reached, else the last one that was tried; empty without one.
    tried: the ways that were reached or have failed, in their order; those that were given up
    since another one was faster are not in it.
    """

    key: int
    connection: Connection | None
    address: str
    reason: str
    tried: tuple[Tried, ...] = ()


class Interest(NamedTuple):
    """A descriptor, and whether to poll it for reading and for writing."""

    descriptor: int
    read: bool
    write: bool


class _Place(NamedTuple):
    """Where to connect; rank: the number of its way."""

    rank: int
    address: str
    port: int
    interface: str

    def __str__(self) -> str:
        return where(self.address, self.port, self.interface)


class _Try:
    def __init__(self, place: _Place, connection: Connection, now_s: float) -> None:
        self.place = place
        self.connection = connection
        self.begun_s = now_s
        self.again_s = now_s + CONNECT_AGAIN_S
        self.answered_s: float | None = None

    @property
    def is_unanswered(self) -> bool:
        return self.connection.state is LinkState.CONNECTING

    def holds_until_s(self) -> float:
        return 0.0 if self.answered_s is None else self.answered_s + _HANDSHAKE_ALONE_S


class _Attempt:
    def __init__(self, peer: str, ports: Sequence[int], ways: Sequence[str]) -> None:
        self.peer = peer
        self.ports = ports
        self.ways = [way_of(text) for text in ways]
        # Ranks of the ways whose names are looked up.
        self.resolving = {rank for rank, _ in enumerate(self.ways)}
        self.is_asked = False
        self.started_s = 0.0
        self.places: list[_Place] = []
        self.begun = 0
        self.tries: list[_Try] = []
        self.next_s = 0.0
        self.addresses: dict[int, str] = {}
        self.reasons: dict[int, str] = {}

    def resolved(self, name: str, addresses: Sequence[str], error: str) -> None:
        for rank in [rank for rank in self.resolving if self.ways[rank].host == name]:
            self.resolving.discard(rank)
            if error:
                self.reasons[rank] = error
            # At the end of a serial line there are no ports of TCP.
            ports = self.ports[:1] if is_serial(name) else self.ports
            found = product(families_by_turns(addresses), ports)
            interface = self.ways[rank].interface
            self.places.extend(_Place(rank, *place, interface) for place in found)
        self.places.sort(key=lambda place: place.rank)

    def fail(self, place: _Place, reason: str) -> None:
        self.reasons[place.rank] = reason

    def tried(self, reached: _Place | None = None) -> tuple[Tried, ...]:
        # A way of which a place is untried, or under way, has not failed.
        open_ranks = {each.place.rank for each in self.tries} | {p.rank for p in self.places}
        reasons = {rank: why for rank, why in self.reasons.items() if rank not in open_ranks}
        if reached is not None:
            reasons[reached.rank] = ""
        return tuple(
            Tried(str(self.ways[rank]), self.addresses.get(rank, ""), reasons[rank])
            for rank in sorted(reasons)
        )

    def reason(self) -> str:
        """Return why the last way failed, and then why the others did; one has failed."""
        *others, last = (self.reasons[rank] for rank in sorted(self.reasons))
        text = last + ALSO_TRIED * bool(others) + "; ".join(others[:_NAMED_MOST])
        more = len(others) - _NAMED_MOST
        return f"{text}; and {more} more" if more > 0 else text

    def close(self) -> None:
        for each in self.tries:
            each.connection.close()
        self.tries.clear()


class Dialler:
    """Runs any number of concurrent attempts without blocking; not thread-safe.

    An attempt has the ways of a peer in the order of preference. All names are looked up at once,
    and their places (each address of the way, the IP versions by turns, at each port) are tried in
    that order, staggered as in RFC 8305: the next one begins STAGGER_S after the one before, or as
    soon as one fails. One that has answered is alone while it proves who it is, for two seconds.
    The first one that is this peer is the result, and the others are closed.

    Each place has CONNECT_DEADLINE_S for TCP, TLS and the pin check together, and less while
    AT_ONCE of them do not answer; PLACES_MOST are tried at most. While TCP has no answer it is
    asked anew every CONNECT_AGAIN_S, since the kernel asks at longer and longer intervals. An
    attempt ends with an open connection to exactly that peer, or with the reason of the last way
    and those of three others; it is never retried here. `service` reports each attempt once. Poll
    `interests`, and call `service` when one is ready and at `next_deadline_s`; times are on the
    caller's monotonic clock.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        pins: Pins,
        source_address: str,
        *,
        door: LineDoor | None = None,
        places_calls: bool = False,
    ) -> None:
        """Create it without attempts; places_calls: its connections are calls (core/call.py).

        door: of the serial lines; None: no line is dialled.
        """
        self._door = door
        self._context = context
        self._pins = pins
        self._source_address = source_address
        self._places_calls = places_calls
        self._resolver = Resolver()
        self._attempts: dict[int, _Attempt] = {}

    def start(self, key: int, peer: str, ways: Sequence[str], *ports: int) -> None:
        """Start an attempt to reach a peer by one of these ways; `service` returns the result.

        ways: texts of `core.way`.
        """
        self._attempts[key] = _Attempt(peer, ports, list(dict.fromkeys(ways)))

    def service(self, now_s: float) -> list[DialResult]:
        """Advance every attempt; return those that have ended."""
        for attempt in self._attempts.values():
            if not attempt.is_asked:
                attempt.is_asked = True
                attempt.started_s = now_s
                for way in attempt.ways:
                    self._resolver.ask(way.host)
        for answer in self._resolver.answers():
            for attempt in self._attempts.values():
                attempt.resolved(answer.name, answer.addresses, answer.error)
        results = []
        for key, attempt in list(self._attempts.items()):
            result = self._advance(key, attempt, now_s)
            if result is not None:
                attempt.close()
                del self._attempts[key]
                results.append(result)
        return results

    def interests(self) -> Iterator[Interest]:
        """Yield the descriptors to poll."""
        yield Interest(self._resolver.fileno(), True, False)
        for attempt in self._attempts.values():
            for each in attempt.tries:
                connection = each.connection
                yield Interest(connection.fileno(), connection.wants_read, connection.wants_write)

    def next_deadline_s(self) -> float | None:
        """Return the time of the next call to `service` even if nothing is ready; None: none."""
        deadlines: list[float] = []
        for attempt in self._attempts.values():
            if not attempt.is_asked:
                deadlines.append(attempt.started_s)
            for each in attempt.tries:
                assert each.connection.deadline_s is not None
                deadlines.append(each.connection.deadline_s)
                if each.is_unanswered:
                    deadlines.append(each.again_s)
            if attempt.places:
                deadlines.append(self._next_start_s(attempt))
        return min(deadlines, default=None)

    def cancel(self, key: int) -> None:
        """Close an attempt without a result; one that has ended or never was is no error."""
        attempt = self._attempts.pop(key, None)
        if attempt is not None:
            attempt.close()

    def cancel_all(self) -> None:
        """Close every attempt without a result."""
        for attempt in self._attempts.values():
            attempt.close()
        self._attempts.clear()

    def _advance(self, key: int, attempt: _Attempt, now_s: float) -> DialResult | None:
        while True:
            reached = self._reached(attempt, now_s)
            if reached is not None:
                attempt.tries.remove(reached)
                tried = attempt.tried(reached.place)
                return DialResult(key, reached.connection, reached.place.address, "", tried)
            if not attempt.places or now_s < self._next_start_s(attempt):
                break
            self._make_room(attempt)
            self._begin(attempt, now_s)
        if attempt.tries or attempt.places or attempt.resolving:
            return None
        address = attempt.addresses[max(attempt.addresses)] if attempt.addresses else ""
        reason = "it has no address: netrelay peer add CARD --address HOST"
        if attempt.reasons:
            reason = attempt.reason()
        return DialResult(key, None, address, reason, attempt.tried())

    def _reached(self, attempt: _Attempt, now_s: float) -> _Try | None:
        """Advance what is under way; return the first that is open."""
        for each in list(attempt.tries):
            try:
                is_open = each.connection.advance(now_s)
            except LinkClosed as closed:
                self._fail(attempt, each, str(closed), now_s)
                continue
            if is_open:
                return each
            if not each.is_unanswered:
                each.answered_s = now_s if each.answered_s is None else each.answered_s
            elif now_s >= each.again_s:
                self._ask_again(attempt, each, now_s)
        return None

    @staticmethod
    def _fail(attempt: _Attempt, failed: _Try, reason: str, now_s: float) -> None:
        failed.connection.close()
        attempt.tries.remove(failed)
        attempt.fail(failed.place, f"{failed.place}: {reason}")
        attempt.next_s = min(attempt.next_s, now_s)

    @staticmethod
    def _next_start_s(attempt: _Attempt) -> float:
        """Return when the next place is to begin; there is one."""
        start_s = max([attempt.next_s, *(each.holds_until_s() for each in attempt.tries)])
        if len(attempt.tries) >= AT_ONCE:
            start_s = max(start_s, attempt.tries[0].begun_s + CONNECT_AGAIN_S)
        if any(rank < attempt.places[0].rank for rank in attempt.resolving):
            start_s = max(start_s, attempt.started_s + _LOOK_UP_ALONE_S)
        return start_s

    @staticmethod
    def _make_room(attempt: _Attempt) -> None:
        """End the oldest of too many that do not answer."""
        if len(attempt.tries) >= AT_ONCE:
            oldest = attempt.tries.pop(0)
            oldest.connection.close()
            attempt.fail(oldest.place, f"{oldest.place}: no answer")

    def _begin(self, attempt: _Attempt, now_s: float) -> None:
        """Begin to connect to the next place."""
        place = attempt.places.pop(0)
        attempt.begun += 1
        if attempt.begun >= PLACES_MOST:
            attempt.places.clear()
        attempt.addresses[place.rank] = place.address
        deadline_s = now_s + CONNECT_DEADLINE_S * slowness(place.address)
        connection = self._connect(attempt, place, now_s, deadline_s)
        if connection is not None:
            attempt.tries.append(_Try(place, connection, now_s))
            attempt.next_s = now_s + STAGGER_S

    def _ask_again(self, attempt: _Attempt, each: _Try, now_s: float) -> None:
        deadline_s = each.connection.deadline_s
        assert deadline_s is not None
        each.connection.close()
        connection = self._connect(attempt, each.place, now_s, deadline_s)
        if connection is None:
            attempt.tries.remove(each)
            return
        each.connection = connection
        each.again_s = now_s + CONNECT_AGAIN_S

    def _connect(
        self, attempt: _Attempt, place: _Place, now_s: float, deadline_s: float
    ) -> Connection | None:
        """Begin to connect to a place; note why and return None if that fails at once."""
        try:
            connecting = self._dial(place)
        except (LinkClosed, ValueError) as error:
            attempt.fail(place, str(error))
        except OSError as error:  # no IPv6 in the kernel, no free descriptor
            attempt.fail(place, f"{place}: {error.strerror}")
        else:
            return Connection.dial(
                connecting,
                self._context,
                pins=self._pins,
                expected_peer=attempt.peer,
                deadline_s=deadline_s,
                is_call=self._places_calls,
                slowness=slowness(place.address),
            )
        attempt.next_s = min(attempt.next_s, now_s)
        return None

    def _dial(self, place: _Place) -> socket.socket:
        if is_serial(place.address):
            if self._door is None:
                raise ValueError(f"{place}: no serial line is dialled here")
            return dial_line(self._door, place.address)
        return dial(place.address, place.port, self._source_address, place.interface)
