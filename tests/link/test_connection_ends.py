"""Ends of connections: in order, broken, and what each cause is."""

import select
import socket
import sys
import time
from collections.abc import Callable

import pytest

from netrelay.link.connection import CloseCause, Connection, LinkClosed, LinkState
from tests.link.certificates import TlsNode
from tests.link.pair import (
    PATIENCE_S,
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


# Closing


def test_close_notify_is_an_orderly_close(ends: Ends) -> None:
    dialler, listener = ends
    dialler.write(memoryview(b"last words"))
    dialler.close()
    assert read_exactly(listener, 10) == b"last words"
    assert read_end(listener).cause is CloseCause.CLOSE_NOTIFY


# Python 3.11.2 cannot tell the two apart; frames have lengths, so nothing depends on it.
CAUSES_OF_FIN = (
    (CloseCause.BROKEN,)
    if sys.version_info >= (3, 11, 4)
    else (CloseCause.BROKEN, CloseCause.CLOSE_NOTIFY)
)


def test_a_fin_without_close_notify_is_a_broken_connection(ends: Ends) -> None:
    dialler, listener = ends
    dialler.write(memoryview(b"last wo"))
    assert dialler._tls is not None
    dialler._tls.shutdown(socket.SHUT_WR)
    assert read_exactly(listener, 7) == b"last wo"
    assert read_end(listener).cause in CAUSES_OF_FIN


def test_bytes_before_the_end_are_read_before_it_is_raised(ends: Ends) -> None:
    dialler, listener = ends
    dialler.write(memoryview(b"last words"))
    dialler.close()
    view = memoryview(bytearray(100))
    assert listener.read_into(view) == 10
    with pytest.raises(LinkClosed):
        listener.read_into(view)


def test_a_closed_connection_stays_closed_and_keeps_its_descriptor_until_close(ends: Ends) -> None:
    dialler, listener = ends
    number = listener.fileno()
    dialler.close()
    first = read_end(listener)
    calls: list[Callable[[], object]] = [
        lambda: listener.advance(0.0),
        lambda: listener.read_into(memoryview(bytearray(1))),
        lambda: listener.write(memoryview(b"x")),
    ]
    for call in calls:
        with pytest.raises(LinkClosed, match=str(first)) as again:
            call()
        assert again.value.cause is first.cause
    assert listener.state is LinkState.CLOSED
    assert not listener.is_open
    assert not listener.wants_read
    assert not listener.wants_write
    assert listener.pending() == 0
    assert listener.fileno() == number
    listener.close()
    listener.close()
    assert listener.fileno() == -1


def test_a_write_to_a_peer_that_closed_breaks_the_connection(ends: Ends) -> None:
    dialler, listener = ends
    listener.close()
    last = time.monotonic() + PATIENCE_S
    with pytest.raises(LinkClosed) as closed:
        while time.monotonic() < last:
            dialler.write(memoryview(b"x" * 1000))
    assert closed.value.cause is CloseCause.BROKEN


def test_a_connection_can_be_closed_in_every_state(anna: TlsNode, bert: TlsNode) -> None:
    one, two = sockets()
    dialler, listener = dialler_over(one, anna, [bert], "bert"), listener_over(two, bert, [anna])
    dialler.close()
    assert outcome(dialler) == "closed here"
    assert outcome(listener) in ("broken", "protocol")
    listener.close()
    one, two = sockets()
    dialler = dialler_over(one, anna, [bert], "bert")
    with two:
        assert outcome(dialler) == "in progress"
        dialler.close()
        assert outcome(dialler) == "closed here"


def end_refused_and_closed(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> None:
    one, two = sockets()
    dialler, listener = dialler_over(one, carl, [bert], "bert"), listener_over(two, bert, [anna])
    shake_hands(dialler, listener)
    dialler.close()  # the alert is unread
    listener.close()


def end_refused_and_read(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> None:
    one, two = sockets()
    dialler, listener = dialler_over(one, carl, [bert], "bert"), listener_over(two, bert, [anna])
    shake_hands(dialler, listener)
    read_end(dialler)
    listener.close()
    dialler.close()


def end_pin_removed(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> None:
    one, two = sockets()
    dialler = dialler_over(one, anna, [bert], "bert")
    listener = listener_over(two, bert, [anna], pins=pins_of(carl))
    shake_hands(dialler, listener)
    listener.close()
    dialler.close()


def end_garbage(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> None:
    one, two = sockets()
    listener = listener_over(two, bert, [anna])
    with one:
        one.send(b"GET / HTTP/1.1\r\n\r\n")
        outcome(listener)
    listener.close()


def end_garbage_after_the_handshake(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> None:
    one, two = sockets()
    dialler, listener = dialler_over(one, anna, [bert], "bert"), listener_over(two, bert, [anna])
    shake_hands(dialler, listener)
    dialler.write(memoryview(b"good"))
    one_fd = socket.socket(fileno=dialler.fileno())
    one_fd.send(b"\x17\x03\x03\x00\x20" + bytes(32))
    one_fd.detach()
    select.select([listener], [], [], PATIENCE_S)
    assert listener.read_into(memoryview(bytearray(100))) == 4
    listener.close()
    dialler.close()


def end_close_notify(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> None:
    one, two = sockets()
    dialler, listener = dialler_over(one, anna, [bert], "bert"), listener_over(two, bert, [anna])
    shake_hands(dialler, listener)
    dialler.close()
    read_end(listener)
    listener.close()


def end_broken(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> None:
    one, two = sockets()
    dialler, listener = dialler_over(one, anna, [bert], "bert"), listener_over(two, bert, [anna])
    shake_hands(dialler, listener)
    assert dialler._tls is not None
    dialler._tls.close()
    read_end(listener)
    listener.close()


@pytest.mark.parametrize(
    "end",
    [
        end_refused_and_closed,
        end_refused_and_read,
        end_pin_removed,
        end_garbage,
        end_garbage_after_the_handshake,
        end_close_notify,
        end_broken,
    ],
)
def test_closing_one_connection_does_not_affect_another(
    ends: Ends,
    anna: TlsNode,
    bert: TlsNode,
    carl: TlsNode,
    end: Callable[[TlsNode, TlsNode, TlsNode], None],
) -> None:
    """OpenSSL's error queue belongs to the thread: an error left in it would close the next one."""
    dialler, listener = ends
    end(anna, bert, carl)
    assert dialler.read_into(memoryview(bytearray(1))) == 0
    dialler.write(memoryview(b"still here"))
    assert read_exactly(listener, 10) == b"still here"
