"""Calls: connections whose dialler is the TLS server and receives the data."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from netrelay.core.call import CALL
from netrelay.core.frames import Verdict, VerdictCode
from netrelay.link.call_sorting import CallArrived, CallSorter
from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context, server_context
from netrelay.link.incoming_link import IncomingLink
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.outgoing_link import OutgoingLink
from tests.link.certificates import TlsNode
from tests.link.linked import AGREEMENT, frame_of, wait_until
from tests.link.pair import PATIENCE_S, pins_of, read_exactly, shake_hands, sockets


def caller_over(wire: socket.socket, node: TlsNode, peer: TlsNode) -> Connection:
    context = server_context(node.certificate_path, node.key_path, [peer.certificate_der])
    return Connection.dial(
        wire,
        context,
        pins=pins_of(peer),
        expected_peer=peer.name,
        deadline_s=None,
        is_call=True,
    )


def sorted_over(wire: socket.socket, node: TlsNode, *peers: TlsNode) -> Connection:
    certificates = [peer.certificate_der for peer in peers]
    context = server_context(node.certificate_path, node.key_path, certificates)
    return Connection.accept(wire, context, pins=pins_of(*peers), deadline_s=None, may_be_call=True)


def answered_over(wire: socket.socket, node: TlsNode, *peers: TlsNode) -> Connection:
    certificates = [peer.certificate_der for peer in peers]
    context = client_context(node.certificate_path, node.key_path, certificates)
    return Connection.answer(wire, context, pins=pins_of(*peers), deadline_s=None)


def arrived_call(listener: Connection) -> socket.socket:
    """Return the socket of the call that an accepted connection turns out to be."""
    last = time.monotonic() + PATIENCE_S
    while time.monotonic() < last:
        try:
            assert not listener.advance(0.0)
        except CallArrived as call:
            return call.socket
    raise AssertionError("no call arrived")


@contextmanager
def call_between(caller: TlsNode, called: TlsNode) -> Iterator[tuple[Connection, Connection]]:
    """Yield both ends of a call, open: of the caller, and of the node that it calls."""
    one, two = sockets()
    calling = caller_over(one, caller, called)
    assert not calling.advance(0.0)
    wire = arrived_call(sorted_over(two, called, caller))
    answering = answered_over(wire, called, caller)
    assert shake_hands(calling, answering) == ("open", "open")
    yield calling, answering
    calling.close()
    answering.close()


def test_the_dialler_of_a_call_is_the_server_and_both_know_the_other(
    anna: TlsNode, bert: TlsNode
) -> None:
    with call_between(anna, bert) as (calling, answering):
        assert (calling.peer, answering.peer) == ("bert", "anna")
        assert answering.write(memoryview(b"from the client")) == 15
        assert read_exactly(calling, 15) == b"from the client"


def test_frames_go_over_a_call_as_over_a_dialled_connection(anna: TlsNode, bert: TlsNode) -> None:
    slot = memoryview(bytearray(65536))
    payload = b"for who cannot be dialled"
    with call_between(anna, bert) as (calling, answering):
        link = OutgoingLink(answering, AGREEMENT, 0.0)
        listener = IncomingLink(calling, lambda *_: Verdict(VerdictCode.OK), lambda *_: (3, slot))

        def is_open() -> bool:
            listener.service(0.0)
            link.service(0.0)
            return link.is_open

        wait_until(is_open)
        link.send(1, memoryview(frame_of(payload)))
        decided: list[int] = []

        def is_decided() -> bool:
            for frame in listener.service(0.0):
                assert slot[: frame.length_bytes] == payload
                listener.acknowledge(frame.frame, [])
            decided.extend(each.decided for each in link.service(0.0)[1])
            return bool(decided)

        wait_until(is_decided)
        assert decided == [1]


def test_a_connection_that_begins_with_tls_is_no_call(anna: TlsNode, bert: TlsNode) -> None:
    one, two = sockets()
    context = client_context(anna.certificate_path, anna.key_path, [bert.certificate_der])
    dialler = Connection.dial(
        one, context, pins=pins_of(bert), expected_peer="bert", deadline_s=None
    )
    listener = sorted_over(two, bert, anna)
    assert not listener.advance(0.0)
    assert (listener.wants_read, listener.wants_write) == (True, False), "it waits for a byte"
    assert shake_hands(dialler, listener) == ("open", "open")
    dialler.close()
    listener.close()


def test_a_call_is_sorted_byte_by_byte_and_nothing_stays_unread() -> None:
    one, two = sockets()
    sorter = CallSorter(two)
    for place in range(len(CALL)):
        one.send(CALL[place : place + 1])
        wait_until(lambda: (sorter.look().value, _unread(two)) != ("incomplete", True))
        assert not _unread(two), "what is left unread would wake a poller for ever"
    one.send(b"\x16\x03")
    wait_until(lambda: _unread(two))
    assert two.recv(2) == b"\x16\x03", "TLS of the call is left to who answers it"
    one.close()
    two.close()


def _unread(wire: socket.socket) -> bool:
    try:
        return bool(wire.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


@pytest.mark.parametrize(
    ("begun", "cause"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", CloseCause.PROTOCOL),
        (b"NRCALL02", CloseCause.PROTOCOL),
        (b"NRCA", CloseCause.BROKEN),
        (b"", CloseCause.BROKEN),
    ],
)
def test_what_is_neither_tls_nor_a_whole_call_is_closed(
    bert: TlsNode, anna: TlsNode, begun: bytes, cause: CloseCause
) -> None:
    one, two = sockets()
    one.send(begun)
    one.close()
    listener = sorted_over(two, bert, anna)
    with pytest.raises(LinkClosed) as raised:
        wait_until(lambda: listener.advance(0.0))
    assert raised.value.cause is cause
    listener.close()


def test_a_call_of_a_stranger_is_not_answered(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> None:
    one, two = sockets()
    calling = caller_over(one, carl, bert)
    assert not calling.advance(0.0)
    answering = answered_over(arrived_call(sorted_over(two, bert, anna)), bert, anna)
    assert shake_hands(calling, answering)[1] == CloseCause.NOT_PINNED.value
    calling.close()
    answering.close()


def test_who_calls_one_peer_is_not_answered_by_another(
    anna: TlsNode, bert: TlsNode, carl: TlsNode
) -> None:
    one, two = sockets()
    context = server_context(
        anna.certificate_path, anna.key_path, [bert.certificate_der, carl.certificate_der]
    )
    calling = Connection.dial(
        one,
        context,
        pins=pins_of(bert, carl),
        expected_peer="bert",
        deadline_s=None,
        is_call=True,
    )
    assert not calling.advance(0.0)
    answering = answered_over(arrived_call(sorted_over(two, carl, anna)), carl, anna)
    assert shake_hands(calling, answering)[0] == CloseCause.WRONG_PEER.value
    calling.close()
    answering.close()
