"""The silence of a call: when it is probed, and when it is known that the silence did no harm."""

import socket
from collections.abc import Callable
from typing import Any, cast

import pytest

from netrelay.link.call_probes import keep_answered_call
from netrelay.link.incoming_link import IncomingLink
from netrelay.link.kept_call import KeptCall
from netrelay.link.socket_options import set_tcp_options

IDLE_S = 60


class SocketOnly:
    """A link of which only the socket matters."""

    def __init__(self) -> None:
        self.socket = socket.socket()
        set_tcp_options(self.socket)

    def set_options(self, change: Callable[[socket.socket], None]) -> None:
        change(self.socket)

    def idle_s(self) -> Any:
        return self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)

    def given_up_s(self) -> float:
        option = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        return option / 1000


@pytest.fixture
def link() -> SocketOnly:
    return SocketOnly()


def kept(link: SocketOnly) -> KeptCall:
    return KeptCall(cast(IncomingLink, link), IDLE_S, 1000.0)


def test_the_kernel_probes_and_gives_up_soon_after(link: SocketOnly) -> None:
    kept(link)
    assert link.idle_s() == IDLE_S
    assert IDLE_S < link.given_up_s() <= IDLE_S + 30
    link.socket.close()


def test_a_call_that_outlives_its_probes_was_kept(link: SocketOnly) -> None:
    call = kept(link)
    due_s = call.due_s
    assert due_s > 1000 + link.given_up_s()
    assert not call.is_kept(due_s - 1, moved=False)
    assert call.is_kept(due_s, moved=False)
    assert not call.is_kept(due_s + 1, moved=False), "the next silence begins"
    assert call.due_s == due_s + due_s - 1000
    link.socket.close()


def test_a_frame_ends_a_silence(link: SocketOnly) -> None:
    call = kept(link)
    due_s = call.due_s
    assert not call.is_kept(due_s, moved=True)
    assert not call.is_kept(due_s + 1, moved=False)
    assert call.is_kept(call.due_s, moved=False)
    link.socket.close()


def test_a_doubted_call_is_probed_at_once_and_teaches_nothing(link: SocketOnly) -> None:
    call = kept(link)
    call.probe(1001.0)
    assert link.idle_s() == 1
    assert call.due_s < 1001 + 30
    assert not call.is_kept(call.due_s, moved=False)
    assert link.idle_s() == IDLE_S
    assert call.is_kept(call.due_s, moved=False)
    link.socket.close()


def test_the_probes_of_a_call_are_left_to_its_caller(link: SocketOnly) -> None:
    keep_answered_call(link.socket)
    assert link.idle_s() > 900
    link.socket.close()
