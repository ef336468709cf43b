"""receiver and who takes more than a share of its connections: strangers, and a peer."""

import json
import time
from collections.abc import Callable

import pytest

from netrelay.cli.main import main
from netrelay.core.frames import VerdictCode
from netrelay.core.pace import UNKNOWN_PLACES
from netrelay.core.waiting_callers import SHORTEST_S
from netrelay.link.connection_shares import CONNECTIONS_A_PEER, IDLE_S, SILENT_S
from netrelay.link.link_closed import CloseCause
from netrelay.link.outgoing_stream import OutgoingStream
from netrelay.ring.records import Decided, Frame, Record, SlotFree
from tests.processes.receiver_stage import DATAPORT, HandPeer, Stage
from tests.processes.strangers import strangers
from tests.story.nodes import free_address


@pytest.mark.parametrize("count", [1, 7, UNKNOWN_PLACES - 1])
def test_strangers_of_few_sources_keep_no_peer_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """The clock stands: what lets the peer in is no deadline of a stranger."""
    stage.open_channel()
    now_s = time.monotonic()
    monkeypatch.setattr("netrelay.processes.receiver.monotonic", lambda: now_s)
    sources = [free_address() for _ in range(count)]
    with strangers((stage.address, DATAPORT), sources, stage.turn):
        assert stage.answered(source=free_address()).is_open


def test_a_peer_gets_in_beside_strangers_of_its_own_address(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.open_channel()
    now_s = time.monotonic()
    monkeypatch.setattr("netrelay.processes.receiver.monotonic", lambda: now_s)
    source = free_address()
    with strangers((stage.address, DATAPORT), [source], stage.turn):
        assert stage.answered(source=source).is_open


def opened(stage: Stage, name: str, count: int) -> list[HandPeer]:
    peers = [stage.answered(name) for _ in range(count)]
    stage.turn()
    return peers


def verdicts(peers: list[HandPeer]) -> list[tuple[VerdictCode, int]]:
    return [(p.verdict.code, p.verdict.retry_after_s) for p in peers if p.verdict is not None]


def are_told_to_wait(peers: list[HandPeer]) -> bool:
    asked = verdicts(peers)
    is_short = all(SHORTEST_S <= wait_s <= 2 * SHORTEST_S for _, wait_s in asked)
    return is_short and [code for code, _ in asked] == [VerdictCode.BUSY] * len(peers)


def test_a_peer_holds_its_share_and_its_oldest_idle_connection_goes(stage: Stage) -> None:
    stage.open_channel()
    peers = opened(stage, "boat", CONNECTIONS_A_PEER)
    peers[0].begin()
    stage.turn()
    peers += opened(stage, "boat", 2)
    stage.turn_until(lambda _: sum(peer.is_open for peer in peers) <= CONNECTIONS_A_PEER)
    assert [peer.is_open for peer in peers] == [True, False, False, True, True, True]


def test_a_peer_whose_connections_are_all_in_use_is_told_to_wait(stage: Stage) -> None:
    stage.open_channel()
    peers = opened(stage, "boat", CONNECTIONS_A_PEER)
    # Complete and not decided is in use, too: its acknowledgement is owed.
    handle = stage.two_frames(peers[0])
    for peer in peers[1:]:
        peer.begin()
    stage.turn()
    late = opened(stage, "boat", 1)
    assert are_told_to_wait(late)
    assert all(peer.is_open for peer in peers)
    stage.ring.put(Decided(handle, 2))
    stage.turn_until(lambda _: peers[0].heard)
    assert opened(stage, "boat", 1)[0].is_open
    stage.turn_until(lambda _: peers[0].end is not None)


def test_connections_that_are_cut_in_a_frame_and_silent_make_room(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of ways that died and came back: nobody names them, and they are never idle."""
    stage.open_channel()
    peers = opened(stage, "boat", CONNECTIONS_A_PEER)
    peers[0].send(b"one")
    said = stage.turn_until(lambda said: any(isinstance(each, Frame) for each in said))
    (frame,) = (each for each in said if isinstance(each, Frame))
    stage.ring.put(SlotFree(frame.slot))
    for peer in peers[1:]:
        peer.begin()
    stage.turn()
    later_s = time.monotonic() + SILENT_S
    monkeypatch.setattr("netrelay.processes.receiver.monotonic", lambda: later_s)
    peers += opened(stage, "boat", 1)
    stage.turn_until(lambda _: peers[1].end is not None)
    # What this node has to decide is no silence of the peer.
    assert [peer.is_open for peer in peers] == [True, False, True, True, True]
    stage.ring.put(Decided(frame.handle, 1))
    stage.turn_until(lambda _: peers[0].heard)


def is_frame_told(said: list[Record]) -> bool:
    return any(isinstance(each, Frame) for each in said)


def test_slow_connections_leave_a_slot_to_a_fast_one_of_their_peer(stage: Stage) -> None:
    stage.enrol("crate")
    stage.open_channel()
    (crate,) = opened(stage, "crate", 1)
    *slow, fast = opened(stage, "boat", 3)
    for peer in slow:
        peer.begin()
    stage.turn()
    for peer in (fast, crate):
        peer.send(b"one")
        stage.turn_until(is_frame_told)
    assert all(peer.is_open for peer in slow)


def test_one_that_is_silent_in_a_frame_leaves_its_slot_to_another_of_its_peer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.open_channel()
    *dead, fast = opened(stage, "boat", 4)
    for peer in dead:
        peer.begin()
    stage.turn()
    fast.send(b"one")
    for _ in range(9):
        assert not is_frame_told(stage.turn()), "three of four slots are theirs"
    later_s = time.monotonic() + SILENT_S
    monkeypatch.setattr("netrelay.processes.receiver.monotonic", lambda: later_s)
    stage.turn_until(is_frame_told)
    stage.turn_until(lambda _: any(peer.end for peer in dead))
    assert [peer.is_open for peer in (*dead, fast)].count(True) == 3


def test_the_session_of_one_that_makes_room_for_its_own_peer_is_kept(stage: Stage) -> None:
    stage.open_channel()
    stream = OutgoingStream(b"s" * 16, 1 << 20)
    first = stage.call(stream=stream)
    stage.turn_until(lambda _: first.is_open)
    handle = stage.two_frames(first)
    stage.ring.put(Decided(handle, 2))
    stage.turn_until(lambda _: first.heard)
    opened(stage, "boat", CONNECTIONS_A_PEER)
    stage.turn_until(lambda _: first.end is not None)
    stream.begun = 2
    again = stage.call(stream=stream)
    stage.turn_until(lambda _: again.is_open)
    assert again.resumed_frame == 2


Patch = Callable[[int], None]


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> Patch:
    return lambda number: monkeypatch.setattr(
        "netrelay.processes.receiver.CONNECTIONS_IN_ALL", number
    )


def test_when_all_are_taken_the_peer_that_holds_most_makes_room(
    stage: Stage, most: Patch, monkeypatch: pytest.MonkeyPatch
) -> None:
    most(4)
    for name in ("crate", "dinghy"):
        stage.enrol(name)
    stage.open_channel()
    crate = opened(stage, "crate", 1)
    boats = opened(stage, "boat", 3)
    assert are_told_to_wait(opened(stage, "dinghy", 1)), "all have moved a moment ago"
    later_s = time.monotonic() + IDLE_S
    monkeypatch.setattr("netrelay.processes.receiver.monotonic", lambda: later_s)
    dinghy = opened(stage, "dinghy", 1)
    stage.turn_until(lambda _: any(peer.end for peer in boats))
    (closed,) = (peer.end for peer in boats if peer.end is not None)
    assert closed.cause is CloseCause.CLOSE_NOTIFY, "in order"
    assert [peer.is_open for peer in crate + boats + dinghy] == [True, False, True, True, True]


def test_when_all_are_in_use_one_more_is_told_to_wait(stage: Stage, most: Patch) -> None:
    most(2)
    stage.enrol("crate")
    stage.open_channel()
    boats = opened(stage, "boat", 2)
    for peer in boats:
        peer.begin()
    stage.turn()
    assert are_told_to_wait(opened(stage, "crate", 1))
    assert all(peer.is_open for peer in boats)


def test_status_and_check_name_who_holds_how_many(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.open_channel()
    opened(stage, "boat", CONNECTIONS_A_PEER)
    place = ["--home", str(stage.home.path)]
    capsys.readouterr()
    main(["status", *place])
    assert f"; {CONNECTIONS_A_PEER} connections from it" in capsys.readouterr().out
    main(["status", "--json", *place])
    (peer,) = json.loads(capsys.readouterr().out)["peers"]
    assert peer["connections_from"] == CONNECTIONS_A_PEER
    main(["check", *place])
    assert f"boat holds {CONNECTIONS_A_PEER} connections here" in capsys.readouterr().out
