"""Two ends of one connection in one thread, driven until something is true."""

import select
import socket
import time
from collections.abc import Callable, Iterable

from netrelay.link.connection import Connection, LinkClosed
from netrelay.link.contexts import client_context, server_context
from tests.link.certificates import Node

PATIENCE_S = 20.0  # a bound for a broken test, not a measure


def pins_of(*peers: Node) -> Callable[[bytes], str | None]:
    """The pin look-up of a node that knows these peers."""
    return {peer.pin: peer.name for peer in peers}.get


def listener_over(
    wire: socket.socket,
    node: Node,
    peers: Iterable[Node],
    *,
    pins: Callable[[bytes], str | None] | None = None,
    deadline_s: float | None = None,
) -> Connection:
    peers = tuple(peers)
    context = server_context(
        node.certificate_path, node.key_path, [peer.certificate_der for peer in peers]
    )
    return Connection.accept(wire, context, pins=pins or pins_of(*peers), deadline_s=deadline_s)


def dialler_over(
    wire: socket.socket,
    node: Node,
    peers: Iterable[Node],
    expected_peer: str,
    *,
    deadline_s: float | None = None,
) -> Connection:
    peers = tuple(peers)
    context = client_context(
        node.certificate_path, node.key_path, [peer.certificate_der for peer in peers]
    )
    return Connection.dial(
        wire, context, pins=pins_of(*peers), expected_peer=expected_peer, deadline_s=deadline_s
    )


def sockets() -> tuple[socket.socket, socket.socket]:
    """The two ends of a local stream, non-blocking."""
    one, two = socket.socketpair()
    one.setblocking(False)
    two.setblocking(False)
    return one, two


def outcome(connection: Connection) -> str:
    """What `advance` says now: "open", "under way", or which end it came to."""
    try:
        return "open" if connection.advance(time.monotonic()) else "under way"
    except LinkClosed as closed:
        return closed.end.value


def shake_hands(one: Connection, two: Connection) -> tuple[str, str]:
    """Both outcomes, once neither is under way; waits on the descriptors as a process would."""
    last = time.monotonic() + PATIENCE_S
    while True:
        outcomes = outcome(one), outcome(two)
        if "under way" not in outcomes:
            return outcomes
        assert time.monotonic() < last, f"handshake hangs: {outcomes}"
        # An end that failed closes, as a process would do: the other one has to hear of it.
        for connection, each in zip((one, two), outcomes, strict=True):
            if each not in ("open", "under way"):
                connection.close()
        reading = [c for c in (one, two) if c.fileno() >= 0 and c.wants_read]
        writing = [c for c in (one, two) if c.fileno() >= 0 and c.wants_write]
        select.select(reading, writing, [], 0.1)


def read_exactly(connection: Connection, length_bytes: int) -> bytes:
    """So many bytes, waited for."""
    buffer = bytearray(length_bytes)
    filled = 0
    last = time.monotonic() + PATIENCE_S
    while filled < length_bytes:
        count = connection.read_into(memoryview(buffer)[filled:])
        filled += count
        if not count:
            assert time.monotonic() < last, f"only {filled} of {length_bytes} bytes came"
            select.select([connection], [], [], 0.1)
    return bytes(buffer)


def read_end(connection: Connection) -> LinkClosed:
    """How the connection ends, waited for; no byte may come before."""
    last = time.monotonic() + PATIENCE_S
    while time.monotonic() < last:
        try:
            assert connection.read_into(memoryview(bytearray(16))) == 0
        except LinkClosed as closed:
            return closed
        select.select([connection], [], [], 0.1)
    raise AssertionError("the connection does not end")
