"""Sessions at receiver: what it keeps of a broken connection, and for whom."""

import pytest

from netrelay.core.frames import Acknowledgement
from netrelay.link.outgoing_stream import OutgoingStream
from netrelay.ring.records import AgreementRecord, Decided, Drop, Frame
from tests.processes.receiver_stage import AGREEMENT, SIZE_BYTES, HandPeer, Stage

SESSION = b"s" * 16


@pytest.fixture
def stream() -> OutgoingStream:
    return OutgoingStream(SESSION, 1 << 20)


def opened(stage: Stage, stream: OutgoingStream, name: str = "boat") -> HandPeer:
    peer = stage.call(name, stream=stream)
    stage.turn_until(lambda _: peer.is_open)
    return peer


def break_off(stage: Stage, peer: HandPeer) -> None:
    peer.close()
    stage.turn_until(lambda _: stage.node.counters.get("connections_open") == 0)


def test_a_session_goes_on_under_its_first_handle(stage: Stage, stream: OutgoingStream) -> None:
    stage.open_channel()
    first = opened(stage, stream)
    handle = stage.two_frames(first)
    break_off(stage, first)
    stream.begun = 2
    stage.ring.put(Decided(handle, 1))
    second = opened(stage, stream)
    assert second.resumed_frame == 2
    stage.turn_until(lambda _: bool(second.heard))
    assert second.heard == [Acknowledgement(1)]
    second.send(b"three")
    said = stage.turn_until(lambda said: any(isinstance(each, Frame) for each in said))
    assert [(f.handle, f.frame) for f in said if isinstance(f, Frame)] == [(handle, 3)]
    stage.ring.put(Decided(handle, 3))
    stage.turn_until(lambda _: len(second.heard) == 2)
    assert second.heard[1] == Acknowledgement(3)


def test_it_goes_on_although_the_broken_connection_is_still_open_here(
    stage: Stage, stream: OutgoingStream
) -> None:
    stage.open_channel()
    first = opened(stage, stream)
    handle = stage.two_frames(first)
    stream.begun = 2
    second = opened(stage, stream)
    assert second.resumed_frame == 2
    stage.turn_until(lambda _: first.end is not None)
    stage.ring.put(Decided(handle, 2))
    stage.turn_until(lambda _: bool(second.heard))
    assert second.heard == [Acknowledgement(2)]
    assert stage.node.counters.get("connections_open") == 1


def test_the_session_of_another_peer_is_not_found(stage: Stage, stream: OutgoingStream) -> None:
    stage.enrol("ferry")
    stage.open_channel()
    first = opened(stage, stream)
    stage.two_frames(first)
    break_off(stage, first)
    stream.begun = 2
    other = opened(stage, stream, "ferry")
    assert other.resumed_frame == 0


@pytest.mark.parametrize("cause", ["agreement", "drop"])
def test_a_session_is_forgotten(stage: Stage, stream: OutgoingStream, cause: str) -> None:
    stage.open_channel()
    first = opened(stage, stream)
    handle = stage.two_frames(first)
    if cause == "drop":
        stage.ring.put(Drop(handle, "a frame that cannot be read"))
        stage.turn_until(lambda _: first.end is not None)
    else:
        break_off(stage, first)
    if cause == "agreement":
        # The peer was removed, and enrolled again.
        stage.ring.put(AgreementRecord(stage.node_id("boat"), AGREEMENT.number, 0))
        stage.send_table()
    stream.begun = 2
    assert opened(stage, stream).resumed_frame == 0


def test_a_new_agreement_of_the_same_size_keeps_it(stage: Stage, stream: OutgoingStream) -> None:
    stage.open_channel()
    first = opened(stage, stream)
    stage.two_frames(first)
    stage.ring.put(AgreementRecord(stage.node_id("boat"), AGREEMENT.number + 2, SIZE_BYTES))
    stage.turn_until(lambda _: first.end is not None)
    stage.send_table()
    stream.begun = 2
    assert opened(stage, stream).resumed_frame == 2


def test_another_session_of_the_peer_begins_anew(stage: Stage, stream: OutgoingStream) -> None:
    stage.open_channel()
    first = opened(stage, stream)
    stage.two_frames(first)
    break_off(stage, first)
    other = OutgoingStream(b"o" * 16, 1 << 20)
    other.begun = 2
    assert opened(stage, other).resumed_frame == 0
