"""The silence of a call: when it is probed, and when it is known that the silence did no harm."""

import socket
from collections.abc import Callable
from typing import Any, cast

import pytest

from netrelay.link.call_probes import CALL_PROBES_S, FIRST_SILENCE_S, keep_answered_call
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


def kept(link: SocketOnly, longest_s: int = IDLE_S) -> KeptCall:
    return KeptCall(cast(IncomingLink, link), longest_s, 1000.0)


def bear(call: KeptCall, silences: int) -> list[bool]:
    return [call.is_kept(call.due_s, moved=False) for _ in range(silences)]


def test_what_follows_on_other_traffic_finds_the_call_placed_anew_within_30_seconds() -> None:
    assert FIRST_SILENCE_S + CALL_PROBES_S <= 30 - 5


def test_the_kernel_probes_and_gives_up_soon_after(link: SocketOnly) -> None:
    kept(link)
    assert link.idle_s() == FIRST_SILENCE_S
    assert link.given_up_s() == FIRST_SILENCE_S + CALL_PROBES_S
    link.socket.close()


def test_silences_double_until_the_longest(link: SocketOnly) -> None:
    call = kept(link, 100)
    seen = []
    for _ in range(5):
        seen.append((call.silence_s, link.idle_s()))
        call.is_kept(call.due_s, moved=False)
    assert seen == [(each, each) for each in (15, 30, 60, 100, 100)]
    link.socket.close()


def test_a_call_that_outlives_the_probes_of_the_longest_was_kept(link: SocketOnly) -> None:
    call = kept(link)
    assert bear(call, 2) == [False, False], "shorter silences"
    began_s = call.due_s - IDLE_S - CALL_PROBES_S - 5
    assert call.due_s > began_s + link.given_up_s()
    assert not call.is_kept(call.due_s - 1, moved=False)
    assert bear(call, 3) == [True, True, True]
    link.socket.close()


def test_a_longer_silence_is_allowed(link: SocketOnly) -> None:
    call = kept(link)
    assert bear(call, 3) == [False, False, True]
    call.allow(75, 2000.0)
    assert (link.idle_s(), call.due_s) == (75, 2000 + 75 + CALL_PROBES_S + 5)
    assert bear(call, 2) == [True, True]
    assert not call.is_kept(3000.0, moved=True)
    call.allow(90, 3001.0)
    assert link.idle_s() == FIRST_SILENCE_S, "something has moved"
    assert bear(call, 4) == [False, False, False, True]
    link.socket.close()


def test_a_frame_begins_with_the_first_silence(link: SocketOnly) -> None:
    call = kept(link)
    bear(call, 3)
    assert link.idle_s() == IDLE_S
    moved_s = call.due_s
    assert not call.is_kept(moved_s, moved=True)
    assert link.idle_s() == FIRST_SILENCE_S
    assert not call.is_kept(moved_s + 10, moved=True)
    assert call.due_s > moved_s + 10 + link.given_up_s()
    assert bear(call, 3) == [False, False, True]
    link.socket.close()


def test_a_doubted_call_is_probed_at_once_and_teaches_nothing(link: SocketOnly) -> None:
    call = kept(link)
    bear(call, 2)
    asked_s = call.due_s - 1
    call.probe(asked_s)
    assert (link.idle_s(), call.silence_s) == (1, 0)
    assert call.due_s < asked_s + 30
    assert bear(call, 1) == [False]
    assert (link.idle_s(), call.silence_s) == (IDLE_S, IDLE_S)
    assert bear(call, 1) == [True]
    link.socket.close()


def test_the_probes_of_a_call_are_left_to_its_caller(link: SocketOnly) -> None:
    keep_answered_call(link.socket)
    assert link.idle_s() > 900
    link.socket.close()
