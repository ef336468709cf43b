"""Calls that arrived: who is answered, and how many are kept."""

import socket
import time
from collections.abc import Iterator

import pytest

from netrelay.core.pace import UNKNOWN_PLACES, VERDICT_DEADLINE_S
from netrelay.link.answered_calls import AnsweredCalls
from netrelay.link.connection import Connection
from netrelay.link.connection_shares import CROWDED_OUT
from netrelay.link.contexts import client_context
from netrelay.link.link_closed import LinkClosed
from tests.link.certificates import TlsNode
from tests.link.pair import PATIENCE_S, pins_of
from tests.link.test_calls import caller_over


class Called:
    """A node that answers calls of anna, and refuses those of everybody else."""

    def __init__(self, node: TlsNode, *peers: TlsNode) -> None:
        self.refused: list[tuple[str, str]] = []
        self.may_call = {"anna"}
        context = client_context(
            node.certificate_path, node.key_path, [peer.certificate_der for peer in peers]
        )
        self.calls = AnsweredCalls(
            context,
            pins_of(*peers),
            lambda peer: peer in self.may_call,
            lambda address, reason: self.refused.append((address, reason)),
        )
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self._dialled: list[socket.socket] = []

    def wire(self, source: str = "127.0.0.1") -> socket.socket:
        """Return the caller's end of a new call, which is added; CALL was not sent."""
        dialling = socket.create_connection(self._listener.getsockname(), 5, (source, 0))
        accepted, _ = self._listener.accept()
        for each in (dialling, accepted):
            each.setblocking(False)
        self._dialled.append(dialling)
        self.calls.add(accepted, 0.0)
        return dialling

    def call(self, caller: TlsNode, own: TlsNode) -> Connection:
        """Return the open end of a caller."""
        # receiver reads CALL before it hands a call over.
        calling = caller_over(self.wire(), caller, own)
        calling._unsent = b""
        return calling

    def serve(self, calling: Connection, now_s: float = 0.0) -> list[str]:
        """Let both sides step until the peer waits, or its call has ended; return who waits."""
        last_s = time.monotonic() + PATIENCE_S
        before = len(self.refused)
        while time.monotonic() < last_s:
            try:
                calling.advance(0.0)
            except LinkClosed:
                calling.close()
            called = self.calls.service(now_s)
            if called or len(self.refused) > before:
                return called
        raise AssertionError("the call is neither answered nor refused")

    def close(self) -> None:
        self.calls.close()
        self._listener.close()
        for each in self._dialled:
            each.close()


@pytest.fixture
def called(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> Iterator[Called]:
    made = Called(bert, anna, carl)
    yield made
    made.close()


def test_a_call_waits_until_it_is_taken(called: Called, anna: TlsNode, bert: TlsNode) -> None:
    calling = called.call(anna, bert)
    assert called.calls.take("anna") is None
    assert called.serve(calling) == ["anna"]
    assert list(called.calls.interests()) == [], "a call that waits wakes nobody"
    taken = called.calls.take("anna")
    assert taken is not None
    assert taken.connection.is_open
    assert taken.address == "127.0.0.1"
    assert called.calls.take("anna") is None
    taken.connection.close()
    calling.close()


def test_the_newest_call_of_a_peer_is_kept(called: Called, anna: TlsNode, bert: TlsNode) -> None:
    first, second = called.call(anna, bert), called.call(anna, bert)
    assert called.serve(first) == ["anna"]
    assert called.serve(second) == ["anna"]
    with pytest.raises(LinkClosed):
        _read_until_the_end(first)
    taken = called.calls.take("anna")
    assert taken is not None
    taken.connection.close()
    second.close()


def test_a_call_that_nobody_takes_ends(called: Called, anna: TlsNode, bert: TlsNode) -> None:
    calling = called.call(anna, bert)
    called.serve(calling, 5.0)
    assert called.calls.next_deadline_s() == 5.0 + VERDICT_DEADLINE_S
    called.calls.service(5.0 + VERDICT_DEADLINE_S)
    assert called.calls.take("anna") is None
    with pytest.raises(LinkClosed):
        _read_until_the_end(calling)
    calling.close()


def test_a_peer_that_did_not_say_that_it_calls_is_refused(
    called: Called, carl: TlsNode, bert: TlsNode
) -> None:
    calling = called.call(carl, bert)
    assert called.serve(calling) == []
    assert called.refused == [
        ("127.0.0.1", "node carl calls, and did not say in its hello that it does")
    ]
    assert called.calls.take("carl") is None
    calling.close()


def test_silent_calls_end_by_their_deadline_and_crowd_out_only_their_own_source(
    called: Called, anna: TlsNode, bert: TlsNode
) -> None:
    for _ in range(UNKNOWN_PLACES):
        called.wire("127.0.0.2")
    calling = called.call(anna, bert)
    assert called.refused == [("127.0.0.2", CROWDED_OUT)]
    assert len(list(called.calls.interests())) == UNKNOWN_PLACES
    called.refused.clear()
    # The later ones have less time, since most places were taken.
    called.calls.service(2.0)
    crowded = len(called.refused)
    assert crowded >= UNKNOWN_PLACES // 2
    called.calls.service(20.0)
    assert len(called.refused) == UNKNOWN_PLACES
    assert called.calls.next_deadline_s() is None
    calling.close()


def _read_until_the_end(connection: Connection) -> None:
    buffer = memoryview(bytearray(16))
    last_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < last_s:
        if connection.advance(0.0):
            connection.read_into(buffer)
