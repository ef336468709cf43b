"""Both ends of a connection, driven in one thread until a condition holds."""

import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from netrelay.link.connection import Connection, LinkClosed
from netrelay.link.contexts import client_context, server_context
from tests.link.certificates import TlsNode

PATIENCE_S = 20.0  # time limit of a failing test


def pins_of(*peers: TlsNode) -> Callable[[bytes], str | None]:
    """Return the pin lookup of a node with these peers."""
    return {peer.pin: peer.name for peer in peers}.get


def listener_over(
    wire: socket.socket,
    node: TlsNode,
    peers: Iterable[TlsNode],
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
    node: TlsNode,
    peers: Iterable[TlsNode],
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
    """Return the two ends of a local stream, non-blocking."""
    one, two = socket.socketpair()
    one.setblocking(False)
    two.setblocking(False)
    return one, two


def outcome(connection: Connection) -> str:
    """Return "open", "in progress", or the cause of the close, after one `advance`."""
    try:
        return "open" if connection.advance(time.monotonic()) else "in progress"
    except LinkClosed as closed:
        return closed.cause.value


def shake_hands(one: Connection, two: Connection) -> tuple[str, str]:
    """Return both outcomes once neither is in progress; polls the descriptors as a process does."""
    last = time.monotonic() + PATIENCE_S
    while True:
        outcomes = outcome(one), outcome(two)
        if "in progress" not in outcomes:
            return outcomes
        assert time.monotonic() < last, f"handshake hangs: {outcomes}"
        # A process closes what failed; only then the other side sees the end.
        for connection, each in zip((one, two), outcomes, strict=True):
            if each not in ("open", "in progress"):
                connection.close()
        reading = [c for c in (one, two) if c.fileno() >= 0 and c.wants_read]
        writing = [c for c in (one, two) if c.fileno() >= 0 and c.wants_write]
        select.select(reading, writing, [], 0.1)


def read_exactly(connection: Connection, length_bytes: int) -> bytes:
    """Wait for this many bytes, and return them."""
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
    """Wait for the end, before which no byte may arrive, and return its LinkClosed."""
    last = time.monotonic() + PATIENCE_S
    while time.monotonic() < last:
        try:
            assert connection.read_into(memoryview(bytearray(16))) == 0
        except LinkClosed as closed:
            return closed
        select.select([connection], [], [], 0.1)
    raise AssertionError("the connection does not end")


@contextmanager
def closing(*connections: Connection) -> Iterator[None]:
    """Close these at the end of the block."""
    try:
        yield
    finally:
        for connection in connections:
            connection.close()
