"""Ends that sender hands to receiver: connections in reverse, and frames that came elsewhere."""

import socket

from netrelay.core.frames import (
    FRAME_HEADER_BYTES,
    Agreement,
    FrameKind,
    VerdictCode,
    decode_verdict,
    encode_agreement,
    encode_frame_header,
)
from netrelay.core.medium_file import MEDIUM_AGREEMENT
from netrelay.ring.handed_ends import EndKind, hand_end
from netrelay.ring.records import Frame, PeerOpened, Unagreed
from tests.processes.receiver_stage import AGREEMENT, SIZE_BYTES, HandPeer, Stage

ELSEWHERE = "192.0.2.7"


def end_of(stage: Stage, kind: EndKind, peer: str, address: str) -> socket.socket:
    near = hand_end(stage.home.runtime, "receiver", kind, peer, address)
    assert near is not None
    return near


def heard(near: socket.socket) -> bytes | None:
    """Return what has come; b"" once the other end was closed, None if nothing has come."""
    try:
        return near.recv(4096)
    except BlockingIOError:
        return None


def verdict_of(stage: Stage, near: socket.socket) -> VerdictCode:
    got: list[bytes] = []

    def has_come(_: object) -> bool:
        got.extend(filter(None, [heard(near)]))
        return bool(got)

    stage.turn_until(has_come)
    return decode_verdict(got[0][FRAME_HEADER_BYTES:]).code


def is_closed(stage: Stage, near: socket.socket) -> bool:
    stage.turn_until(lambda _: heard(near) == b"")
    near.close()
    return True


def sent_one(stage: Stage) -> HandPeer:
    """Return the connection of a peer that has sent a frame."""
    peer = stage.answered()
    stage.two_frames(peer)
    return peer


def test_frames_that_came_elsewhere_are_those_of_any_connection(stage: Stage) -> None:
    stage.open_channel()
    boat = stage.node_id("boat")
    near = end_of(stage, EndKind.ACCEPT, boat, ELSEWHERE)
    near.send(encode_agreement(AGREEMENT) + encode_frame_header(FrameKind.MESSAGES, 4) + b"text")
    said = stage.turn_until(lambda said: any(isinstance(each, Frame) for each in said))
    (opened,) = [each for each in said if isinstance(each, PeerOpened)]
    assert (opened.peer, opened.address) == (boat, ELSEWHERE)
    (frame,) = [each for each in said if isinstance(each, Frame)]
    assert (frame.peer, frame.length_bytes) == (boat, 4)
    assert verdict_of(stage, near) is VerdictCode.OK
    near.close()


def test_frames_of_a_medium_need_no_agreement_and_show_no_peer(stage: Stage) -> None:
    stage.open_channel()
    boat = stage.node_id("boat")
    near = end_of(stage, EndKind.MEDIUM, boat, "")
    stated = encode_agreement(Agreement(stage.node.config.capacity_bytes, MEDIUM_AGREEMENT))
    near.send(stated + encode_frame_header(FrameKind.MESSAGES, 4) + b"text")
    said = stage.turn_until(lambda said: any(isinstance(each, Frame) for each in said))
    assert not any(isinstance(each, PeerOpened) for each in said)
    (frame,) = [each for each in said if isinstance(each, Frame)]
    assert (frame.peer, frame.length_bytes, frame.is_medium) == (boat, 4, 1)
    assert verdict_of(stage, near) is VerdictCode.OK
    near.close()


def test_nobody_but_a_medium_comes_without_an_agreement(stage: Stage) -> None:
    stage.open_channel()
    boat = stage.node_id("boat")
    stated = encode_agreement(Agreement(stage.node.config.capacity_bytes, MEDIUM_AGREEMENT))
    for kind, sent in (
        (EndKind.ACCEPT, stated),
        (EndKind.MEDIUM, encode_agreement(AGREEMENT)),
    ):
        near = end_of(stage, kind, boat, "")
        near.send(sent)
        assert verdict_of(stage, near) is VerdictCode.NO_AGREEMENT
        near.close()


def test_their_agreement_is_judged(stage: Stage) -> None:
    stage.open_channel()
    boat = stage.node_id("boat")
    near = end_of(stage, EndKind.ACCEPT, boat, ELSEWHERE)
    near.send(encode_agreement(Agreement(SIZE_BYTES, AGREEMENT.number + 2)))
    said = stage.turn_until(lambda said: any(isinstance(each, Unagreed) for each in said))
    assert Unagreed(boat, ELSEWHERE) in said
    assert verdict_of(stage, near) is VerdictCode.NO_AGREEMENT
    near.close()


def test_a_peer_that_is_not_enrolled_has_no_end(stage: Stage) -> None:
    stage.open_channel()
    assert is_closed(stage, end_of(stage, EndKind.ACCEPT, "z" * 32, ELSEWHERE))


def test_nobody_carries_before_the_peer_has_dialled(stage: Stage) -> None:
    stage.open_channel()
    boat = stage.node_id("boat")
    assert is_closed(stage, end_of(stage, EndKind.CARRY, boat, "127.0.0.1"))


def test_a_connection_of_the_peer_from_that_address_carries_one(stage: Stage) -> None:
    stage.open_channel()
    boat = stage.node_id("boat")
    peer = sent_one(stage)
    source = str(peer.source_address)
    assert is_closed(stage, end_of(stage, EndKind.CARRY, boat, ELSEWHERE))
    assert is_closed(stage, end_of(stage, EndKind.CARRY, "z" * 32, source))
    near = end_of(stage, EndKind.CARRY, boat, source)
    near.send(encode_agreement(AGREEMENT))
    stage.turn_until(lambda _: bool(peer.reverses))
    assert is_closed(stage, end_of(stage, EndKind.CARRY, boat, source)), "it carries one"
    peer.close()
    assert is_closed(stage, near)
