"""A connection in reverse within this node: it has the interface of a Connection."""

import pytest

from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.local_connection import LocalConnection
from netrelay.link.tcp_progress import TcpProgress
from tests.link.pair import sockets


def test_bytes_cross_until_the_other_end_closes() -> None:
    near, far = sockets()
    connection = LocalConnection(near, "anna")
    assert connection.advance(0.0)
    assert connection.write(memoryview(b"there")) == 5
    assert far.recv(16) == b"there"
    far.send(b"back")
    far.close()
    view = memoryview(bytearray(16))
    assert connection.read_into(view) == 4
    with pytest.raises(LinkClosed, match="has ended"):
        connection.read_into(view)
    with pytest.raises(LinkClosed):
        connection.advance(0.0)
    connection.close()


def test_a_full_socket_takes_what_fits() -> None:
    near, far = sockets()
    connection = LocalConnection(near, "anna")
    large = memoryview(bytes(1 << 24))
    assert 0 < connection.write(large) < len(large)
    assert connection.wants_write
    far.close()
    with pytest.raises(LinkClosed):
        connection.write(large)
    connection.close()


def test_its_deadline_ends_it() -> None:
    near, far = sockets()
    connection = LocalConnection(near, "anna")
    connection.deadline_s = 5.0
    assert connection.advance(4.9)
    with pytest.raises(LinkClosed) as ended:
        connection.advance(5.0)
    assert ended.value.cause is CloseCause.DEADLINE
    connection.close()
    far.close()


def test_a_half_closed_one_waits_for_the_other_end() -> None:
    near, far = sockets()
    connection = LocalConnection(near, "anna")
    connection.half_close()
    assert far.recv(16) == b""
    assert not connection.advance(0.0)
    far.close()
    with pytest.raises(LinkClosed):
        connection.advance(0.0)
    connection.close()


def test_it_has_stalled_when_nothing_came_back_for_ten_seconds() -> None:
    near, far = sockets()
    connection = LocalConnection(near, "anna")
    progress = TcpProgress(0.0)
    for now_s in range(100, 108):
        connection.look(progress, float(now_s))
        assert not progress.is_stalled(float(now_s))
    far.send(b"moves")
    connection.read_into(memoryview(bytearray(16)))
    for now_s in range(108, 117):
        connection.look(progress, float(now_s))
        assert not progress.is_stalled(float(now_s))
    connection.look(progress, 118.0)
    assert progress.is_stalled(118.0)
    connection.close()
    far.close()


def test_reads_of_just_what_came_are_a_move() -> None:
    """A link reads headers and payloads of frames by their lengths."""
    near, far = sockets()
    connection = LocalConnection(near, "anna")
    progress = TcpProgress(0.0)
    for now_s in range(100, 130):
        far.send(b"moves")
        assert connection.read_into(memoryview(bytearray(5))) == 5
        connection.look(progress, float(now_s))
        assert not progress.is_stalled(float(now_s))
    connection.close()
    far.close()
