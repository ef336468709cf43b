"""receiver and calls: those that arrive go to sender, those that it places serve as accepted."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from netrelay.core.call import CALL
from netrelay.core.frames import FrameKind, encode_frame_header
from netrelay.core.pace import UNKNOWN_PLACES
from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context
from netrelay.link.link_closed import LinkClosed
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.link.outgoing_stream import OutgoingStream
from netrelay.ring.handed_calls import HandedCalls
from netrelay.ring.records import (
    CallReport,
    CallState,
    Drop,
    KeepCall,
    PeerOpened,
    PlaceCall,
    Record,
    WayTried,
)
from netrelay.seal.identity import Identity
from tests.processes.receiver_stage import AGREEMENT, DATAPORT, PATIENCE_S, SIZE_BYTES, Stage
from tests.story.nodes import free_address


def dialled(stage: Stage, begun: bytes) -> socket.socket:
    """Return a connection to the dataport that has begun with these bytes."""
    wire = socket.create_connection((stage.address, DATAPORT), PATIENCE_S)
    wire.sendall(begun)
    return wire


def ended(stage: Stage, wire: socket.socket) -> bool:
    """Turn once; return whether the other side has closed the connection."""
    stage.turn()
    wire.setblocking(False)
    try:
        return wire.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_a_call_is_handed_to_sender_with_what_follows_it_unread(stage: Stage) -> None:
    stage.open_channel()
    handed = HandedCalls(stage.home.runtime)
    wire = dialled(stage, CALL[:5])
    for _ in range(5):
        stage.turn()
    wire.sendall(CALL[5:] + b"\x16 begins TLS")
    taken: list[socket.socket] = []
    last_s = time.monotonic() + PATIENCE_S
    while not taken and time.monotonic() < last_s:
        stage.turn()
        taken = [each.wire for each in handed.receive(4)]
    (call,) = taken
    assert call.recv(64) == b"\x16 begins TLS"
    # Traffic on it wakes receiver no more, although its descriptor was registered.
    wire.sendall(b"more")

    def is_quiet(_: list[Record]) -> bool:
        stage.node.poller.wait(0.0)
        # Nobody drains the bell of this process here.
        others = set(range(256)) - {stage.node.bell.fileno()}
        return not any(map(stage.node.poller.is_ready, others))

    stage.turn_until(is_quiet)
    for each in (call, wire):
        each.close()
    handed.close()


def test_a_call_is_closed_when_sender_is_away(stage: Stage) -> None:
    stage.open_channel()
    wire = dialled(stage, CALL)
    stage.turn_until(lambda _: ended(stage, wire))
    wire.close()


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\n\r\n", b"NRCALL02", b"NRHELLO1"])
def test_what_is_neither_tls_nor_a_call_is_closed(stage: Stage, begun: bytes) -> None:
    stage.open_channel()
    wire = dialled(stage, begun)
    stage.turn_until(lambda _: ended(stage, wire))
    wire.close()


def test_half_calls_hold_no_place_of_a_peer(stage: Stage) -> None:
    stage.open_channel()
    wires = []
    for _ in range(2 * UNKNOWN_PLACES):
        wires.append(dialled(stage, CALL[:5]))
        stage.turn()
    peer = stage.answered()
    assert peer.is_open
    for wire in wires:
        wire.close()


class CalledNode:
    """boat, as it answers one call of the stage."""

    def __init__(self, identity: Identity, caller: Identity) -> None:
        self.address = free_address()
        self._listener = socket.create_server((self.address, DATAPORT))
        self._context = client_context(
            identity.certificate_path, identity.key_path, [caller.certificate_der]
        )
        self._caller = caller.node_id
        self._connection: Connection | None = None
        self.link: OutgoingLink | None = None
        self.stream: OutgoingStream | None = None
        self.end: LinkClosed | None = None

    def begin_frame(self) -> None:
        """Send only the beginning of a frame."""
        assert self._connection is not None
        begun = encode_frame_header(FrameKind.MESSAGES, SIZE_BYTES) + b"?" * 100
        assert self._connection.write(memoryview(begun)) == len(begun)

    def answer(self, stage: Stage) -> None:
        """Accept the call, and read that it is one."""
        self._listener.setblocking(False)
        accepted: list[socket.socket] = []

        def is_called(_: list[Record]) -> bool:
            with suppress(BlockingIOError):
                accepted.append(self._listener.accept()[0])
            return bool(accepted)

        stage.turn_until(is_called)
        stage.turn()
        (wire,) = accepted
        wire.settimeout(PATIENCE_S)
        assert wire.recv(len(CALL), socket.MSG_WAITALL) == CALL
        wire.setblocking(False)
        self._connection = Connection.answer(
            wire, self._context, pins=lambda _: self._caller, deadline_s=None
        )

    def step(self, *, speaks: bool = True) -> None:
        """Read and write without blocking; speaks: state the agreement after the handshake."""
        if self._connection is None or self.end is not None:
            return
        try:
            if self.link is not None:
                self.link.service(time.monotonic())
            elif self._connection.advance(time.monotonic()) and speaks:
                self.link = OutgoingLink(self._connection, AGREEMENT, time.monotonic(), self.stream)
        except LinkClosed as closed:
            self.end = closed

    @property
    def is_known(self) -> bool:
        """True after the handshake."""
        return self._connection is not None and self._connection.is_open

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._listener.close()


@contextmanager
def called_node(stage: Stage) -> Iterator[CalledNode]:
    node = CalledNode(stage.identity("boat"), stage.own)
    yield node
    node.close()


def placed(stage: Stage, *addresses: str) -> None:
    stage.ring.put(PlaceCall(stage.node_id("boat"), list(addresses), [DATAPORT]))


def reports(said: list[Record]) -> list[tuple[int, str]]:
    return [(each.state, each.reason) for each in said if isinstance(each, CallReport)]


def test_a_call_that_is_placed_serves_as_an_accepted_connection(stage: Stage) -> None:
    stage.open_channel()
    with called_node(stage) as node:
        placed(stage, node.address)
        node.answer(stage)

        def is_open(_: list[Record]) -> bool:
            node.step()
            return node.link is not None and node.link.is_open

        said = [*stage.turn_until(is_open), *stage.turn()]
        ways = [each for each in said if isinstance(each, WayTried)]
        assert ways == [WayTried(stage.node_id("boat"), node.address, "")]
        (opened,) = (each for each in said if isinstance(each, PeerOpened))
        assert (opened.peer, opened.address) == (stage.node_id("boat"), node.address)
        assert reports(said) == [(CallState.OPEN, "")]
        stage.ring.put(Drop(opened.handle, "try again"))
        said = stage.turn_until(reports)
        assert reports(said) == [(CallState.ENDED, "try again")]


@pytest.mark.parametrize("resumes", [True, False])
def test_a_call_on_which_no_more_of_a_frame_comes_ends_if_it_can_go_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, resumes: bool
) -> None:
    """Only this node can place it anew; without a session the frame would begin anew."""
    stage.open_channel()
    with called_node(stage) as node:
        node.stream = OutgoingStream(b"s" * 16, 1 << 20) if resumes else None
        placed(stage, node.address)
        node.answer(stage)

        def is_open(_: list[Record]) -> bool:
            node.step()
            return node.link is not None and node.link.is_open

        stage.turn_until(is_open)
        monkeypatch.setattr("netrelay.runtime.accepted_link.CALL_HALT_S", 0.0)
        assert reports([*stage.turn(), *stage.turn()]) in ([], [(CallState.OPEN, "")])
        node.begin_frame()
        if resumes:
            said = stage.turn_until(reports)
            assert reports(said) == [(CallState.ENDED, "no more of a frame came")]
        else:
            said = [each for _ in range(10) for each in stage.turn()]
            assert reports(said) == []


def test_a_call_that_bears_its_silence_is_reported(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CALL_PROBES_S", "_MARGIN_S"):
        monkeypatch.setattr(f"netrelay.link.kept_call.{name}", 0.0)
    stage.open_channel()
    with called_node(stage) as node:
        placed(stage, node.address)
        node.answer(stage)

        def is_reported(said: list[Record]) -> bool:
            node.step()
            return bool(reports(said))

        stage.turn_until(is_reported)
        stage.ring.put(KeepCall(stage.node_id("boat"), 1))
        for _ in range(2):
            assert reports(stage.turn_until(reports)) == [(CallState.KEPT, "")]


def test_a_call_on_which_nothing_comes_is_hung_up_where_it_is_to_rest(stage: Stage) -> None:
    stage.open_channel()
    with called_node(stage) as node:
        peer = stage.node_id("boat")
        stage.ring.put(PlaceCall(peer, [node.address], [DATAPORT], 1))
        node.answer(stage)

        def is_over(said: list[Record]) -> bool:
            node.step()
            return (CallState.RESTED, "nothing is left") in reports(said)

        said = reports(stage.turn_until(is_over))
        assert [state for state, _ in said] == [CallState.OPEN, CallState.RESTED]


def test_a_call_without_an_agreement_is_reported(stage: Stage) -> None:
    stage.open_channel()
    with called_node(stage) as node:
        placed(stage, node.address)
        node.answer(stage)

        def is_known(_: list[Record]) -> bool:
            node.step(speaks=False)
            return node.is_known

        stage.turn_until(is_known)
        stage.turn()
        node.close()
        ((state, _),) = reports(stage.turn_until(reports))
        assert state == CallState.UNAGREED


def test_a_call_that_reaches_nobody_is_reported(stage: Stage) -> None:
    stage.open_channel()
    placed(stage, free_address())
    ((state, reason),) = reports(stage.turn_until(reports))
    assert state == CallState.UNREACHED
    assert "Connection refused" in reason
