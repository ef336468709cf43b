"""Calls that arrived: authenticated, then kept until each becomes a data connection."""

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import NamedTuple

from netrelay.core.pace import UNKNOWN_PLACES, VERDICT_DEADLINE_S, unknown_deadline_s
from netrelay.core.serial.line_settings import slowness
from netrelay.link.call_probes import keep_answered_call
from netrelay.link.connection import Connection, Pins
from netrelay.link.connection_shares import (
    CONNECTIONS_IN_ALL,
    CROWDED_OUT,
    crowded_out,
    source_of,
)
from netrelay.link.dialler import Interest
from netrelay.link.link_closed import LinkClosed
from netrelay.link.literal_address import remote_host


class AnsweredCall(NamedTuple):
    """A connection that a peer has dialled to receive on it, and where it comes from."""

    connection: Connection
    address: str


class AnsweredCalls:
    """Any number of calls, without blocking; not thread-safe.

        added -> handshake -> waiting -> taken, or hung up

    Bounds: UNKNOWN_PLACES handshakes, of which the source that has most loses its oldest; one call
    of each peer that waits, the newest; CONNECTIONS_IN_ALL that wait, each for VERDICT_DEADLINE_S.

    may_call: whether an authenticated peer said that it calls. refused: told the address and the
    reason of each call that is closed.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        pins: Pins,
        may_call: Callable[[str], bool],
        refused: Callable[[str, str], None],
    ) -> None:
        self._context = context
        self._pins = pins
        self._may_call = may_call
        self._refused = refused
        self._unknown: list[AnsweredCall] = []
        self._waiting: dict[str, AnsweredCall] = {}

    def add(self, connection: socket.socket, now_s: float, line: str = "") -> None:
        """Begin the handshake on a call; line: the text of the serial line by which it came."""
        try:
            address = line or remote_host(connection)
        except OSError:  # it has ended
            connection.close()
            return
        if len(self._unknown) >= UNKNOWN_PLACES:
            place = crowded_out([source_of(each.address) for each in self._unknown])
            if place is None:
                self._refused(address, "all places were taken")
                connection.close()
                return
            self._end(self._unknown[place], CROWDED_OUT)
        slow = slowness(address)
        answering = Connection.answer(
            connection,
            self._context,
            pins=self._pins,
            deadline_s=now_s + unknown_deadline_s(len(self._unknown)) * slow,
            slowness=slow,
        )
        self._unknown.append(AnsweredCall(answering, address))

    def service(self, now_s: float) -> list[str]:
        """Advance the handshakes, end what waited too long; return the peers that wait now."""
        for peer, waiting in list(self._waiting.items()):
            deadline_s = waiting.connection.deadline_s
            if deadline_s is not None and now_s >= deadline_s:
                self.hang_up(peer)
        called = []
        for unknown in list(self._unknown):
            try:
                if not unknown.connection.advance(now_s):
                    continue
                peer = str(unknown.connection.peer)
                self._check(peer)
            except LinkClosed as closed:
                self._end(unknown, str(closed))
                continue
            self._unknown.remove(unknown)
            self.hang_up(peer)
            within_s = VERDICT_DEADLINE_S * unknown.connection.slowness
            unknown.connection.deadline_s = now_s + within_s
            unknown.connection.set_options(keep_answered_call)
            self._waiting[peer] = unknown
            called.append(peer)
        return called

    def take(self, peer: str) -> AnsweredCall | None:
        """Return the open call of a peer, which is the caller's from then on; None without one."""
        return self._waiting.pop(peer, None)

    def hang_up(self, peer: str) -> None:
        """Close the call of a peer, if one waits."""
        waiting = self._waiting.pop(peer, None)
        if waiting is not None:
            waiting.connection.close()

    def interests(self) -> Iterator[Interest]:
        """Yield the descriptors to poll."""
        for connection, _ in self._unknown:
            yield Interest(connection.fileno(), connection.wants_read, connection.wants_write)

    def next_deadline_s(self) -> float | None:
        """Return the time of the next call to `service` even if nothing is ready; None: none."""
        connections = [each.connection for each in (*self._unknown, *self._waiting.values())]
        return min((c.deadline_s for c in connections if c.deadline_s is not None), default=None)

    def close(self) -> None:
        """Close every call."""
        for unknown in self._unknown:
            unknown.connection.close()
        self._unknown.clear()
        for peer in list(self._waiting):
            self.hang_up(peer)

    def _check(self, peer: str) -> None:
        if not self._may_call(peer):
            raise LinkClosed(f"node {peer} calls, and did not say in its hello that it does")
        if len(self._waiting) >= CONNECTIONS_IN_ALL and peer not in self._waiting:
            raise LinkClosed("too many calls wait")

    def _end(self, unknown: AnsweredCall, reason: str) -> None:
        self._unknown.remove(unknown)
        unknown.connection.close()
        self._refused(unknown.address, reason)
