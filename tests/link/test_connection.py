"""Connections: mutual authentication, deadlines, short reads and writes, and every way to close."""

import select
import socket
import struct
import time

import pytest

from netrelay.link.connection import CloseCause, Connection, LinkClosed, LinkState
from netrelay.link.contexts import server_context
from netrelay.link.dial import dial
from netrelay.link.listen import accept, listen
from netrelay.link.record_sizes import record_size_bytes
from tests.link.certificates import TlsNode
from tests.link.pair import (
    PATIENCE_S,
    closing,
    dialler_over,
    listener_over,
    outcome,
    pins_of,
    read_end,
    read_exactly,
    shake_hands,
    sockets,
)

Ends = tuple[Connection, Connection]


def test_bytes_that_are_not_tls_are_refused(anna: TlsNode, bert: TlsNode) -> None:
    one, two = sockets()
    listener = listener_over(two, bert, [anna])
    with one, closing(listener):
        one.send(b"GET / HTTP/1.1\r\n\r\n")
        assert outcome(listener) == "protocol"


# Deadlines


def test_a_handshake_sent_byte_by_byte_does_not_extend_the_deadline(
    anna: TlsNode, bert: TlsNode
) -> None:
    """Each byte arrives before the deadline; only the whole handshake would be late."""
    recorded = first_flight(anna, bert)
    one, two = sockets()
    listener = listener_over(two, bert, [anna], deadline_s=100.0)
    now_s = 0.0
    with one, closing(listener):
        for byte in recorded:
            one.send(bytes([byte]))
            now_s += 1.0
            try:
                assert not listener.advance(now_s)
            except LinkClosed as closed:
                assert closed.cause is CloseCause.DEADLINE
                break
        assert now_s == 100.0


def test_a_silent_peer_is_closed_at_the_deadline_in_every_state(
    anna: TlsNode, bert: TlsNode
) -> None:
    one, two = sockets()
    listener = listener_over(two, bert, [anna], deadline_s=5.0)
    dialler = dialler_over(one, anna, [bert], "bert", deadline_s=5.0)
    with closing(dialler, listener):
        assert not listener.advance(4.9)
        with pytest.raises(LinkClosed, match="while handshaking") as closed:
            listener.advance(5.0)
        assert closed.value.cause is CloseCause.DEADLINE
        with pytest.raises(LinkClosed, match="while connecting"):
            dialler.advance(5.0)


def test_the_deadline_of_an_open_connection_can_be_changed(ends: Ends) -> None:
    dialler, _listener = ends
    assert dialler.advance(1e9)
    dialler.deadline_s = 7.0
    assert dialler.advance(6.9)
    with pytest.raises(LinkClosed, match="while open"):
        dialler.advance(7.0)
    with pytest.raises(LinkClosed) as closed:
        dialler.read_into(memoryview(bytearray(1)))
    assert closed.value.cause is CloseCause.DEADLINE


def first_flight(anna: TlsNode, bert: TlsNode) -> bytes:
    """Return the first flight of a handshake: the ClientHello."""
    one, two = sockets()
    dialler = dialler_over(one, anna, [bert], "bert")
    with two, closing(dialler):
        dialler.advance(0.0)
        recorded = two.recv(65536)
    assert len(recorded) > 150
    return recorded


# Reading and writing


def test_a_short_write_is_continued_where_it_stopped(ends: Ends) -> None:
    dialler, listener = ends
    content = bytes(range(256)) * 40_000  # far more than the socket buffers hold
    written, received = 0, bytearray()
    stops = 0
    buffer = memoryview(bytearray(50_000))
    last = time.monotonic() + PATIENCE_S
    while len(received) < len(content):
        assert time.monotonic() < last
        written += dialler.write(memoryview(content)[written:])
        if written < len(content):
            assert dialler.wants_write
            stops += 1
        received += buffer[: listener.read_into(buffer)]
    assert stops > 3
    assert bytes(received) == content
    assert not dialler.wants_write


def fill(connection: Connection, content: bytes) -> int:
    """Write until the kernel accepts nothing more; return the number of accepted bytes."""
    written = connection.write(memoryview(content))
    assert written < len(content)
    assert connection.write(memoryview(content)[written:]) == 0
    assert connection.wants_write
    return written


def test_other_bytes_after_a_short_write_are_an_error(ends: Ends) -> None:
    dialler, _listener = ends
    content = b"a" * 10_000_000
    written = fill(dialler, content)
    with pytest.raises(ValueError, match="must go on with the bytes"):
        dialler.write(memoryview(b"b" * 100_000))
    with pytest.raises(ValueError, match="must go on with the bytes"):
        dialler.write(memoryview(content)[written : written + 1])


def test_after_a_short_write_the_rest_may_move_in_memory_and_be_followed_by_more(
    ends: Ends,
) -> None:
    dialler, listener = ends
    content = b"a" * 10_000_000
    written = fill(dialler, content)
    rest = bytearray(content[written : written + 16384] + b"more")
    received = 0
    last = time.monotonic() + PATIENCE_S
    while rest or received < written + 16384 + 4:
        assert time.monotonic() < last
        received += listener.read_into(memoryview(bytearray(1 << 20)))
        with memoryview(rest) as view:
            count = dialler.write(view)
        del rest[:count]
    assert received == written + 16384 + 4


def test_a_read_fills_the_view_from_many_records_and_pending_reports_the_rest(ends: Ends) -> None:
    dialler, listener = ends
    content = bytes(range(250)) * 200
    assert dialler.write(memoryview(content)) == 50_000
    select.select([listener], [], [], PATIENCE_S)
    view = memoryview(bytearray(20_000))
    assert listener.read_into(view) == 20_000
    assert bytes(view) == content[:20_000]
    assert listener.pending() == -20_000 % record_size_bytes(0)
    assert read_exactly(listener, 30_000) == content[20_000:]
    assert listener.pending() == 0
    assert listener.read_into(view) == 0


def test_an_empty_view_reads_and_writes_nothing(ends: Ends) -> None:
    dialler, listener = ends
    dialler.write(memoryview(b"x"))
    select.select([listener], [], [], PATIENCE_S)
    assert listener.read_into(memoryview(b"")) == 0
    assert listener.write(memoryview(b"")) == 0
    assert read_exactly(listener, 1) == b"x"


def test_nothing_is_read_or_written_before_it_is_open(anna: TlsNode, bert: TlsNode) -> None:
    one, two = sockets()
    dialler = dialler_over(one, anna, [bert], "bert")
    with two, closing(dialler):
        dialler.advance(0.0)
        assert dialler.peer is None
        with pytest.raises(RuntimeError, match="handshaking, must be open"):
            dialler.write(memoryview(b"x"))
        with pytest.raises(RuntimeError, match="handshaking, must be open"):
            dialler.read_into(memoryview(bytearray(1)))


def test_an_altered_byte_closes_the_connection(anna: TlsNode, bert: TlsNode) -> None:
    """A man in the middle forwards everything, and finally flips one bit."""
    one, middle_one = sockets()
    middle_two, two = sockets()
    dialler, listener = dialler_over(one, anna, [bert], "bert"), listener_over(two, bert, [anna])
    with middle_one, middle_two, closing(dialler, listener):
        last = time.monotonic() + PATIENCE_S
        while {outcome(dialler), outcome(listener)} != {"open"}:
            assert time.monotonic() < last
            forward(middle_one, middle_two)
            forward(middle_two, middle_one)
        dialler.write(memoryview(b"pay 100"))
        altered = bytearray(middle_one.recv(65536))
        altered[10] ^= 1
        middle_two.send(altered)
        assert read_end(listener).cause is CloseCause.PROTOCOL


def forward(source: socket.socket, target: socket.socket) -> None:
    try:
        target.send(source.recv(65536))
    except BlockingIOError:
        return


# Over TCP


def over_tcp(bert: TlsNode, anna: TlsNode, address: str) -> tuple[Connection, Connection]:
    listening = listen(address, 0)
    with listening:
        port = listening.getsockname()[1]
        dialler = dialler_over(dial(address, port), anna, [bert], "bert")
        select.select([listening], [], [], PATIENCE_S)
        wire = accept(listening)
        assert wire is not None
    return dialler, listener_over(wire, bert, [anna])


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_it_works_over_tcp(anna: TlsNode, bert: TlsNode, address: str) -> None:
    dialler, listener = over_tcp(bert, anna, address)
    with closing(dialler, listener):
        number = dialler.fileno()
        assert dialler.wants_write
        assert dialler.state is LinkState.CONNECTING
        assert shake_hands(dialler, listener) == ("open", "open")
        assert dialler.fileno() == number
        dialler.write(memoryview(b"hello"))
        assert read_exactly(listener, 5) == b"hello"


def test_a_reset_is_a_broken_connection(anna: TlsNode, bert: TlsNode) -> None:
    dialler, listener = over_tcp(bert, anna, "127.0.0.1")
    with closing(dialler, listener):
        assert shake_hands(dialler, listener) == ("open", "open")
        reset(dialler)
        assert read_end(listener).cause is CloseCause.BROKEN


def test_a_reset_before_the_first_advance_is_a_broken_connection(
    anna: TlsNode, bert: TlsNode
) -> None:
    with listen("127.0.0.1", 0) as listening:
        wire = dial("127.0.0.1", listening.getsockname()[1])
        select.select([listening], [], [], PATIENCE_S)
        accepted = accept(listening)
        assert accepted is not None
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.close()
        select.select([accepted], [], [], PATIENCE_S)
        listener = listener_over(accepted, bert, [anna])
        with closing(listener):
            assert outcome(listener) == "broken"


def reset(connection: Connection) -> None:
    assert connection._tls is not None
    connection._tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection._tls.close()


def test_a_port_where_nobody_listens_is_unreachable(anna: TlsNode, bert: TlsNode) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        wire = dial("127.0.0.1", unused.getsockname()[1])
        dialler = dialler_over(wire, anna, [bert], "bert")
        with closing(dialler):
            select.select([], [dialler], [], PATIENCE_S)
            with pytest.raises(LinkClosed, match="refused") as closed:
                dialler.advance(0.0)
            assert closed.value.cause is CloseCause.UNREACHABLE


def test_a_connecting_socket_stays_connecting_until_the_deadline(
    anna: TlsNode, bert: TlsNode
) -> None:
    """A full backlog drops the SYN, so that the dialler stays in CONNECTING."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        port = busy.getsockname()[1]
        waiting = [dial("127.0.0.1", port) for _ in range(3)]
        dialler = dialler_over(waiting.pop(), anna, [bert], "bert", deadline_s=9.0)
        with closing(dialler):
            assert not dialler.advance(0.0)
            assert dialler.state is LinkState.CONNECTING
            assert dialler.wants_write
            assert not dialler.wants_read
            with pytest.raises(LinkClosed, match="while connecting"):
                dialler.advance(9.0)
        for wire in waiting:
            wire.close()


def test_a_session_cannot_be_resumed(anna: TlsNode, bert: TlsNode) -> None:
    """A resumed session does not present a certificate, so the server must send no ticket."""
    one, two = sockets()
    listener = Connection.accept(
        two,
        server_context(bert.certificate_path, bert.key_path, [anna.certificate_der]),
        pins=pins_of(anna),
        deadline_s=None,
    )
    dialler = dialler_over(one, anna, [bert], "bert")
    with closing(dialler, listener):
        assert shake_hands(dialler, listener) == ("open", "open")
        listener.write(memoryview(b"x"))
        read_exactly(dialler, 1)  # a ticket would have arrived before it
        assert dialler._tls is not None
        session = dialler._tls.session
        assert session is None or not session.has_ticket


def test_the_end_of_a_connection_is_not_repeated_for_minutes(anna: TlsNode, bert: TlsNode) -> None:
    """A peer that a router has forgotten answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = socket.create_connection(server.getsockname())
        with wire.dup() as kept:
            dialler_over(wire, anna, [bert], "bert").close()
            ended_ms = kept.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert ended_ms == 10_000
