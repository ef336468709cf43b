"""Start and stop of receiver, and connections before it has the table of agreements."""

import select
import time

import pytest

from netrelay.core.frames import Acknowledgement
from netrelay.link.link_closed import CloseCause
from netrelay.ring.records import Decided, Frame, PeerOpened
from tests.processes.receiver_stage import PATIENCE_S, SIZE_BYTES, HandPeer, Stage


def opened(stage: Stage) -> HandPeer:
    stage.open_channel()
    peer = stage.answered()
    assert peer.is_open
    return peer


def test_a_connection_before_the_table_of_agreements_waits(stage: Stage) -> None:
    peer = stage.call()
    stage.turn_until(lambda _: stage.channel.is_open)
    for _ in range(20):
        stage.turn()
    assert (peer.verdict, peer.end) == (None, None)
    stage.send_table()
    said = stage.turn_until(lambda _: peer.is_open)
    assert [type(each) for each in said] == [PeerOpened]


def test_a_connection_without_a_table_of_agreements_gets_busy_in_the_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.channel.close()
    late_s = time.monotonic() + 3600
    monkeypatch.setattr("netrelay.processes.receiver.monotonic", lambda: late_s)
    peer = stage.call()
    last_s = time.monotonic() + PATIENCE_S
    while peer.end is None and peer.verdict is None:
        assert time.monotonic() < last_s
        stage.node.poller.wait(0.005)
        stage.receiver.step()
        peer.step()
    assert "BUSY" in str(peer.verdict)


def test_when_stopping_it_acknowledges_decisions_and_receives_no_frame(stage: Stage) -> None:
    peer = opened(stage)
    handle = stage.two_frames(peer)
    stage.receiver.wind_down()
    assert not stage.receiver.is_wound_down
    # The peer sends more, which is not read: unread data must not turn the close into a reset
    # that would lose the acknowledgement.
    peer.send(b"x" * SIZE_BYTES)
    stage.turn()
    stage.ring.put(Decided(handle, 2))
    said = stage.turn_until(lambda _: stage.receiver.is_wound_down)
    assert not any(isinstance(each, Frame) for each in said)
    stage.receiver.close()
    wait_for_the_end(peer)
    assert peer.heard[-1] == Acknowledgement(2, ())
    assert peer.end is not None
    assert peer.end.cause is CloseCause.CLOSE_NOTIFY


def test_when_stopping_it_accepts_no_connection(stage: Stage) -> None:
    opened(stage)
    stage.receiver.wind_down()
    late = stage.call()
    stage.turn_until(lambda _: stage.receiver.is_wound_down)
    for _ in range(5):
        stage.turn()
    assert (late.verdict, late.end) == (None, None)


def test_the_last_decisions_of_an_ended_processor_r_are_acknowledged(stage: Stage) -> None:
    peer = opened(stage)
    handle = stage.two_frames(peer)
    stage.ring.put(Decided(handle, 1))
    stage.ring.flush()
    stage.channel.close()
    last_s = time.monotonic() + PATIENCE_S
    while peer.end is None:
        assert time.monotonic() < last_s
        stage.receiver.step()
        peer.step()
    assert peer.heard == [Acknowledgement(1, ())]
    assert peer.end.cause is CloseCause.CLOSE_NOTIFY


def wait_for_the_end(peer: HandPeer) -> None:
    last_s = time.monotonic() + PATIENCE_S
    while peer.end is None:
        assert time.monotonic() < last_s
        select.select([], [], [], 0.005)
        peer.step()
