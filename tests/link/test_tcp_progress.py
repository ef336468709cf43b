"""TcpProgress: what counts as a stall, and what the kernel tells."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from netrelay.link import tcp_progress
from netrelay.link.socket_options import set_tcp_options
from netrelay.link.tcp_progress import TcpProgress, TcpState, limit_retransmission, tcp_state
from tests.link.linked import wait_until


@pytest.fixture
def wire() -> Iterator[socket.socket]:
    with closing(socket.socket()) as made:
        yield made


class Kernel:
    """The state of a connection, in the test's hands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state: TcpState | None = None
        monkeypatch.setattr(tcp_progress, "tcp_state", lambda _: self.state)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(monkeypatch)


def stalls(made: TcpProgress, wire: socket.socket, seconds: list[float]) -> list[bool]:
    told = []
    for now_s in seconds:
        made.look(wire, now_s)
        told.append(made.is_stalled(now_s))
    return told


def test_what_is_not_acknowledged_for_two_seconds_has_stalled(
    kernel: Kernel, wire: socket.socket
) -> None:
    made = TcpProgress(0.0)
    kernel.state = TcpState(5, 0.1, 1000)
    assert stalls(made, wire, [10.0, 11.0, 12.0]) == [False, False, True]
    kernel.state = TcpState(5, 0.1, 1001)
    assert stalls(made, wire, [13.0, 14.0]) == [False, False]


def test_a_long_round_trip_has_more_time(kernel: Kernel, wire: socket.socket) -> None:
    made = TcpProgress(0.0)
    kernel.state = TcpState(5, 3.0, 1000)
    assert stalls(made, wire, [0.0, 14.0, 15.0]) == [False, False, True]


def test_a_peer_that_reads_nothing_is_no_stall(kernel: Kernel, wire: socket.socket) -> None:
    """Its window is closed: all that was sent is acknowledged."""
    made = TcpProgress(0.0)
    kernel.state = TcpState(0, 0.1, 1000)
    assert stalls(made, wire, [0.0, 10.0, 100.0]) == [False, False, False]


def test_the_time_without_progress_goes_on_while_another_try_is_waited_for(
    kernel: Kernel, wire: socket.socket
) -> None:
    made = TcpProgress(0.0)
    kernel.state = TcpState(3, 0.1, 1000)
    assert stalls(made, wire, [0.0, 5.0]) == [False, True]
    made.wait_again(5.0)
    assert not made.is_stalled(5.0)
    assert made.unmoved_s(5.0) == 5.0
    kernel.state = TcpState(3, 0.1, 1001)
    made.look(wire, 8.0)
    assert made.unmoved_s(9.0) == 1.0
    made.rest(20.0)
    assert made.unmoved_s(20.0) == 0.0


def test_without_tcp_nothing_stalls(kernel: Kernel, wire: socket.socket) -> None:
    assert stalls(TcpProgress(0.0), wire, [0.0, 100.0]) == [False, False]


def test_the_kernel_counts_what_the_peer_acknowledged() -> None:
    with ExitStack() as ends:
        server = ends.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        dialled = ends.enter_context(closing(socket.create_connection(server.getsockname())))
        ends.enter_context(closing(server.accept()[0]))
        dialled.send(b"x" * 5000)
        wait_until(lambda: (tcp_state(dialled) or TcpState(0, 0.0, 0)).acked_bytes >= 5000)
        state = tcp_state(dialled)
    assert state is not None
    assert 0.0 < state.round_trip_s < 5.0


def test_a_unix_socket_has_no_state() -> None:
    one, two = socket.socketpair()
    with closing(one), closing(two):
        assert tcp_state(one) is None


def test_the_longest_retransmission_time_is_set_where_the_kernel_knows_it(
    wire: socket.socket,
) -> None:
    set_tcp_options(wire)
    try:
        set_ms = wire.getsockopt(socket.IPPROTO_TCP, tcp_progress.TCP_RTO_MAX_MS)
    except OSError:
        pytest.skip("this kernel does not know TCP_RTO_MAX_MS")
    assert set_ms == tcp_progress.SHORTEST_RTO_MAX_MS
    limit_retransmission(wire, 2.0)
    assert wire.getsockopt(socket.IPPROTO_TCP, tcp_progress.TCP_RTO_MAX_MS) == 8000
