"""sender and a connection that has stalled: another one is dialled beside it."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic

import pytest

from netrelay.cli.main import main
from netrelay.core.frames import Verdict, VerdictCode
from netrelay.core.pace import VERDICT_DEADLINE_S
from netrelay.core.resumption import SESSION_BYTES
from netrelay.link.dialler import DialResult, Tried
from netrelay.link.link_closed import LinkClosed
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.link.outgoing_stream import OutgoingStream
from netrelay.processes.sender import Sender
from netrelay.ring.channel import ChannelListener
from netrelay.ring.conversation import Conversation
from netrelay.ring.handed_ends import EndKind, HandedEnds
from netrelay.ring.records import (
    Closed,
    Connect,
    EndOfLink,
    Moved,
    Moving,
    Opened,
    Record,
    SlotFree,
    Stalled,
    Unanswered,
    WayTried,
    WireBytes,
)
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_node
from netrelay.runtime.wiring import OUT

ADDRESS = "192.0.2.1"
WIRE_BYTES = 700
REST_S = 10


class HandDialler:
    """A Dialler whose attempts end when the test says so."""

    made: "HandDialler"

    def __init__(self, *_: object, **__: object) -> None:
        HandDialler.made = self
        self.under_way: list[int] = []
        self.ways: list[list[str]] = []
        self.ended: list[DialResult] = []

    def start(self, key: int, _peer: str, ways: Sequence[str], *_: object) -> None:
        self.under_way.append(key)
        self.ways.append(list(ways))

    def end(self, connection: object, *tried: Tried, address: str = ADDRESS) -> None:
        """End the oldest attempt; None: it failed."""
        key = self.under_way.pop(0)
        self.ended.append(
            DialResult(key, connection, address, "away", tried)  # type: ignore[arg-type]
        )

    def service(self, _now_s: float) -> list[DialResult]:
        ended, self.ended = self.ended, []
        return ended

    def interests(self) -> Iterator[object]:
        return iter(())

    def next_deadline_s(self) -> None:
        return None

    def cancel(self, key: int) -> None:
        self.under_way.remove(key)

    def cancel_all(self) -> None:
        self.under_way.clear()


class HandConnection:
    """A connection that has put WIRE_BYTES on the wire."""

    def wire_bytes(self) -> int:
        """Return them."""
        return WIRE_BYTES


class HandLink:
    """An OutgoingLink that is open, and stalls when the test says so."""

    made: list["HandLink"]
    verdict = Verdict(VerdictCode.OK)
    # Its state is changed by hand: it is served in each step.
    has_more = True
    is_throttled = wants_write = False
    is_open = is_answered = can_move = True
    is_outgrown = False
    has_gone_on = True
    deadline_s = look_s = None
    is_idle = False
    frame_bytes_out = 0
    slowness = 1.0
    resumed_frame = 5

    def __init__(self, *_: object) -> None:
        self.stalled = False
        self.unmoved = 0.0
        self.is_closed = False
        self.open_reverse: object = None
        HandLink.made.append(self)

    def service(self, *_: object) -> tuple[list[int], list[object]]:
        return [], []

    def is_stalled(self, _now_s: float) -> bool:
        return self.stalled

    def unmoved_s(self, _now_s: float) -> float:
        return self.unmoved

    awaited = "it has not said with which frame to go on"
    waited = 0.0
    verdict_within_s = VERDICT_DEADLINE_S

    def waited_s(self, _now_s: float) -> float:
        return self.waited

    def wait_again(self, _now_s: float) -> None:
        self.stalled = False

    def go_on_over(self, *given: object) -> tuple["HandLink", list[int]]:
        self.is_closed = True
        after = HandLink()
        after.open_reverse = given[-1]
        return after, [3]

    def reverse_interest(self) -> None:
        return None

    def has_ended_idle(self, _closed: LinkClosed) -> bool:
        return self.is_idle

    def suspend(self) -> None:
        return None

    def fileno(self) -> int:
        return 0

    def queued_slots(self) -> list[int]:
        return []

    def close(self) -> None:
        self.is_closed = True


class Stage:
    """A sender with one open connection, and its ring in the test's hands."""

    def __init__(self, node: Node) -> None:
        self.channel = ChannelListener(node.home.runtime, *OUT[:2], 4, 65536, OUT.filled_by)
        self.orders = Conversation(self.channel)
        self.node = node
        self.sender = Sender(node)
        self.turn()
        self.boat = boat = str(node.database.value("SELECT node FROM peers"))
        self.orders.put(Connect(boat, 1, ["127.0.0.1"], [7412], 1, 65536, 1, rest_s=REST_S))
        self.turn()
        self.dialler.end(HandConnection())
        assert [type(each) for each in self.turn()] == [Opened]
        (self.link,) = HandLink.made

    @property
    def dialler(self) -> HandDialler:
        return HandDialler.made

    def turn(self) -> list[Record]:
        """Let sender take some steps; return what it reported."""
        said: list[Record] = []
        for _ in range(5):
            self.orders.flush()
            self.node.poller.wait(0)
            self.sender.step()
            self.orders.service()
            said += self.orders.receive(64)
        return said


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name in ("shelf", "boat"):
        monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / f"run-{name}"))
        place = ["--home", str(tmp_path / name)]
        assert main(["init", name, *place]) == 0
        assert main(["id", "--card", str(tmp_path / f"{name}.card"), *place]) == 0
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run-shelf"))
    place = ["--home", str(tmp_path / "shelf")]
    assert main(["peer", "add", str(tmp_path / "boat.card"), *place]) == 0
    node = open_node("sender", Home(tmp_path / "shelf"))
    HandLink.made = []
    monkeypatch.setattr("netrelay.processes.sender.Dialler", HandDialler)
    monkeypatch.setattr("netrelay.processes.sender.OutgoingLink", HandLink)
    monkeypatch.setattr(node.poller, "set_interests", lambda _: None)
    hold = node.poller.hold

    def hold_real(owner: int, interests: Iterable[tuple[int, bool, bool]]) -> None:
        hold(owner, [each for each in interests if each[0] > 2])

    monkeypatch.setattr(node.poller, "hold", hold_real)
    made = Stage(node)
    yield made
    made.sender.close()
    made.channel.close()
    node.database.close()


def test_one_connection_is_dialled_beside_a_stalled_one_and_goes_on(stage: Stage) -> None:
    stage.link.stalled = True
    assert stage.turn() == []
    assert len(stage.dialler.under_way) == 1
    stage.dialler.end(HandConnection())
    # The slot of the frame that was cut is free.
    assert stage.turn() == [SlotFree(3), Moved(stage.boat, 1, ADDRESS)]
    assert stage.link.is_closed
    assert not HandLink.made[1].is_closed


def test_what_comes_in_reverse_after_a_move_comes_from_where_it_goes_on(stage: Stage) -> None:
    stage.link.stalled = True
    stage.turn()
    stage.dialler.end(HandConnection(), address="192.0.2.2")
    stage.turn()
    receiver = HandedEnds(stage.node.home.runtime, "receiver")
    open_reverse = HandLink.made[1].open_reverse
    assert callable(open_reverse)
    near = open_reverse()
    (end,) = receiver.receive(4)
    assert end[:3] == (EndKind.ACCEPT, stage.boat, "192.0.2.2")
    for each in (near, end.wire, receiver):
        each.close()


def test_the_stalled_one_goes_on_if_it_moves_first(stage: Stage) -> None:
    stage.link.stalled = True
    stage.turn()
    stage.link.stalled = False
    assert stage.turn() == []
    assert stage.dialler.under_way == []
    assert (len(HandLink.made), stage.link.is_closed) == (1, False)


def test_a_failed_attempt_is_repeated_only_after_another_stall(stage: Stage) -> None:
    stage.link.stalled = True
    stage.turn()
    stage.dialler.end(None)
    assert stage.turn() == []
    assert stage.dialler.under_way == []
    stage.link.stalled = True
    stage.turn()
    assert len(stage.dialler.under_way) == 1


def test_a_peer_that_does_not_go_on_loses_the_connection(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.link.stalled = True
    stage.turn()
    monkeypatch.setattr(HandLink, "has_gone_on", False)
    stage.dialler.end(HandConnection())
    assert stage.turn() == [SlotFree(3), Closed(1, "the peer does not go on", 0)]


def test_without_a_session_nothing_is_dialled_beside(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HandLink, "can_move", False)
    stage.link.stalled = True
    stage.turn()
    assert stage.dialler.under_way == []


def test_a_stalled_connection_of_a_peer_with_a_budget_ends(stage: Stage, tmp_path: Path) -> None:
    """What one beside it would send again is not held of the budget."""
    boat = str(stage.node.database.value("SELECT node FROM peers"))
    line = ["boat", "10M/day", "--unsynchronised", "open", "--home", str(tmp_path / "shelf")]
    assert main(["budget", *line]) == 0
    stage.node.poller.wait(5.0)  # for the bell, by which sender reads its peers again
    assert stage.turn() == [], "what it carried before the budget is not counted"
    stage.link.stalled = True
    assert stage.turn() == [Closed(1, "nothing moves on it", 0)]
    assert stage.dialler.under_way == []
    assert stage.link.is_closed
    stage.orders.put(Connect(boat, 2, ["127.0.0.1"], [7412], 1, 65536))
    stage.turn()
    stage.dialler.end(HandConnection())
    counted, opened = stage.turn()
    assert counted == WireBytes(boat, WIRE_BYTES)
    assert isinstance(opened, Opened)


def test_a_stall_that_lasts_is_reported_once_and_its_end_too(stage: Stage) -> None:
    stage.link.stalled, stage.link.unmoved = True, 9.0
    assert stage.turn() == [], "a line that comes and goes every few seconds writes nothing"
    stage.dialler.end(None)
    stage.link.unmoved = 11.0
    assert stage.turn() == [Stalled(1, 11, "another connection is dialled beside it")]
    stage.link.unmoved = 500.0
    assert stage.turn() == []
    stage.link.stalled, stage.link.unmoved = False, 0.0
    assert stage.turn() == [Moving(1)]
    assert stage.turn() == []


def test_a_stall_goes_on_over_another_connection_until_that_moves(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.link.stalled, stage.link.unmoved = True, 11.0
    stage.turn()
    monkeypatch.setattr(HandLink, "is_open", False)
    stage.dialler.end(HandConnection())
    assert stage.turn() == [SlotFree(3), Moved(stage.boat, 1, ADDRESS)]
    monkeypatch.setattr(HandLink, "is_open", True)
    assert stage.turn() == [Moving(1)]


def test_a_stall_says_what_is_done_about_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HandLink, "can_move", False)
    stage.link.stalled, stage.link.unmoved = True, 12.0
    assert stage.turn() == [Stalled(1, 12, "it is waited for until its deadline")]


def test_what_has_outgrown_a_connection_in_reverse_goes_on_over_one_that_is_dialled(
    stage: Stage,
) -> None:
    stage.link.is_outgrown = True
    stage.turn()
    assert len(stage.dialler.under_way) == 1
    stage.dialler.end(HandConnection())
    assert stage.turn() == [SlotFree(3), Moved(stage.boat, 1, ADDRESS)]
    assert stage.link.is_closed


def test_one_that_cannot_be_dialled_ends_it_with_the_reason(stage: Stage) -> None:
    stage.link.is_outgrown = True
    stage.turn()
    stage.dialler.end(None)
    assert stage.turn() == [Closed(1, "away", 0)]


def test_without_a_carrier_it_is_dialled_at_once(stage: Stage) -> None:
    """Nobody listens where receiver and the processes of greetings would."""
    boat = str(stage.node.database.value("SELECT node FROM peers"))
    stage.orders.put(Connect(boat, 2, ["127.0.0.1"], [7412], 1, 65536, 1, ADDRESS))
    stage.turn()
    assert len(stage.dialler.under_way) == 1


@pytest.mark.parametrize(
    ("on_commsport", "asked"),
    [(False, ["receiver"]), (True, ["receiver", "initial_receiver", "initial_sender"])],
)
def test_carriers_are_asked_one_after_another_and_then_it_is_dialled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, on_commsport: bool, asked: list[str]
) -> None:
    config = stage.node.config._replace(small_data_on_commsport=on_commsport)
    monkeypatch.setattr(stage.sender, "_node", stage.node._replace(config=config))
    listening = ["receiver", "initial_receiver", "initial_sender"]
    ends = {name: HandedEnds(stage.node.home.runtime, name) for name in listening}
    carriers = [ends.pop(name) for name in asked]
    monkeypatch.setattr("netrelay.processes.sender.OutgoingLink", OutgoingLink)
    boat = str(stage.node.database.value("SELECT node FROM peers"))
    stage.orders.put(Connect(boat, 2, ["127.0.0.1"], [7412], 1, 65536, 1, ADDRESS))
    stage.turn()
    for carrier in carriers:
        assert stage.dialler.under_way == []
        (end,) = carrier.receive(4)
        assert end[:3] == (EndKind.CARRY, boat, ADDRESS)
        end.wire.close()
        stage.turn()
        carrier.close()
    assert len(stage.dialler.under_way) == 1
    for other in ends.values():
        assert list(other.receive(1)) == []
        other.close()


def test_a_connection_on_which_nothing_is_on_its_way_rests(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = monotonic()
    monkeypatch.setattr("netrelay.processes.sender.monotonic", lambda: now_s)
    assert stage.turn() == []
    stage.link.is_idle = True
    now_s += REST_S - 1
    assert stage.turn() == []
    now_s += 1
    assert stage.turn() == [Closed(1, "nothing is left", 0, 1)]
    assert stage.link.is_closed


WAYS = ("192.168.1.20", "10.0.0.5", "boat.example.org")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time of sender, which the test sets."""
    now = [monotonic()]
    monkeypatch.setattr("netrelay.processes.sender.monotonic", lambda: now[0])
    return now


def command(stage: Stage, *words: str) -> None:
    """Run a command that rings the bell of sender."""
    assert main([*words, "--home", str(stage.node.home.path)]) == 0
    stage.node.poller.wait(5.0)
    stage.turn()


def connect(stage: Stage, *tried: Tried) -> None:
    """Open a connection to a peer with WAYS, the last of which was seen only."""
    command(stage, "peer", "address", "boat", *WAYS[:2])
    stage.orders.put(Connect(stage.boat, 2, list(WAYS), [7412], 1, 65536))
    stage.turn()
    stage.dialler.end(HandConnection(), *tried)
    stage.turn()


def failed(way: str) -> Tried:
    return Tried(way, "", "refused")


def reached(way: str) -> Tried:
    return Tried(way, ADDRESS, "")


def test_a_better_way_is_tried_again_and_taken_back(stage: Stage, clock: list[float]) -> None:
    connect(stage, failed(WAYS[0]), failed(WAYS[1]), reached(WAYS[2]))
    before = HandLink.made[-1]
    clock[0] += 59
    assert stage.turn() == []
    clock[0] += 1
    stage.turn()
    assert stage.dialler.ways[-1] == [WAYS[0], WAYS[1]]
    stage.dialler.end(HandConnection(), failed(WAYS[0]), reached(WAYS[1]))
    assert stage.turn() == [
        WayTried(stage.boat, WAYS[0], "refused"),
        WayTried(stage.boat, WAYS[1], ""),
        SlotFree(3),
        Moved(stage.boat, 2, ADDRESS),
    ]
    assert before.is_closed
    clock[0] += 120
    stage.turn()
    assert stage.dialler.ways[-1] == [WAYS[0]], "what is better still"
    stage.dialler.end(HandConnection(), reached(WAYS[0]))
    stage.turn()
    clock[0] += 100_000
    assert stage.turn() == []
    assert stage.dialler.under_way == []


def test_a_better_way_that_stays_away_is_tried_less_and_less(
    stage: Stage, clock: list[float]
) -> None:
    connect(stage, failed(WAYS[0]), reached(WAYS[1]))
    waits = []
    for _ in range(7):
        waits.append(0)
        while not stage.dialler.under_way:
            clock[0] += 10
            waits[-1] += 10
            stage.turn()
        stage.dialler.end(None, failed(WAYS[0]))
        # It is stored that it was tried; the connection stays.
        assert stage.turn() == [WayTried(stage.boat, WAYS[0], "refused"), Moved(stage.boat, 2, "")]
    assert waits == [60, 120, 240, 480, 900, 900, 900]
    assert not HandLink.made[-1].is_closed


@pytest.mark.parametrize("why", ["best", "budget", "cannot resume", "stalled"])
def test_better_ways_are_left_alone(stage: Stage, clock: list[float], why: str) -> None:
    connect(stage, reached(WAYS[0]) if why == "best" else reached(WAYS[2]))
    link = HandLink.made[-1]
    if why == "budget":
        command(stage, "budget", "boat", "10M/day", "--unsynchronised", "open")
    elif why == "cannot resume":
        link.can_move = False
    elif why == "stalled":
        link.stalled = True
    stage.turn()
    begun = len(stage.dialler.ways)
    clock[0] += 1000
    stage.turn()
    assert stage.dialler.ways[begun:] == []


def test_a_failure_beside_a_stall_is_told_once(stage: Stage) -> None:
    stage.link.stalled, stage.link.unmoved = True, 11.0
    assert [type(each) for each in stage.turn()] == [Stalled]
    for told in ([Moved(stage.boat, 1, "")], []):
        stage.link.stalled = True
        stage.turn()
        stage.dialler.end(None, failed(WAYS[0]))
        assert stage.turn() == [WayTried(stage.boat, WAYS[0], "refused"), *told]


AWAITED = HandLink.awaited + "; another connection is dialled if it does not within 20 s"


def test_a_peer_that_does_not_say_how_to_go_on_is_named(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.orders.put(Connect(stage.boat, 2, list(WAYS), [7412], 1, 65536))
    stage.turn()
    monkeypatch.setattr(HandLink, "is_answered", False)
    monkeypatch.setattr(HandLink, "is_open", False)
    stage.dialler.end(HandConnection(), reached(WAYS[0]))
    assert stage.turn() == [WayTried(stage.boat, WAYS[0], "")]
    HandLink.made[-1].waited = 11.0
    assert stage.turn() == [Unanswered(stage.boat, 2, 11, AWAITED)]
    assert stage.turn() == [], "once"


def test_a_moved_connection_that_is_not_answered_is_named(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.link.stalled = True
    stage.turn()
    monkeypatch.setattr(HandLink, "is_answered", False)
    monkeypatch.setattr(HandLink, "is_open", False)
    stage.dialler.end(HandConnection())
    stage.turn()
    HandLink.made[-1].waited = 11.0
    assert stage.turn() == [Stalled(1, 11, AWAITED)]
    monkeypatch.setattr(HandLink, "is_answered", True)
    monkeypatch.setattr(HandLink, "is_open", True)
    assert stage.turn() == [Moved(stage.boat, 1, ADDRESS), Moving(1)]


def open_by_another_way(stage: Stage) -> HandLink:
    """Open a connection by another way of the peer; return its link."""
    way = Connect(stage.boat, 2, [WAYS[1]], [7412], 1, 65536, rest_s=REST_S, is_beside=1)
    stage.orders.put(way)
    stage.turn()
    stage.dialler.end(HandConnection(), reached(WAYS[1]))
    (opened,) = stage.turn()
    assert isinstance(opened, Opened), "it says all that is to be said of its way"
    return HandLink.made[-1]


def test_the_session_of_the_first_is_kept_for_the_first(stage: Stage) -> None:
    kept = OutgoingStream(os.urandom(SESSION_BYTES), 65536)
    stage.sender._kept.keep(stage.boat, 65536, kept, monotonic())
    open_by_another_way(stage)
    found = stage.sender._kept.take(stage.boat)
    assert found is not None
    assert found.stream is kept


def test_it_gives_back_what_it_held_as_soon_as_it_stalls(stage: Stage) -> None:
    link = open_by_another_way(stage)
    link.stalled = True
    assert stage.turn() == [Closed(2, "nothing moves on it", 0, EndOfLink.SILENT)]
    assert link.is_closed
    assert stage.dialler.under_way == []


def test_the_first_gives_back_what_it_held_while_another_one_moves(stage: Stage) -> None:
    open_by_another_way(stage)
    stage.link.stalled = True
    assert stage.turn() == [Closed(1, "nothing moves on it", 0, EndOfLink.SILENT)]
    assert stage.dialler.under_way == []


def test_the_first_gives_back_what_it_held_to_one_that_is_idle(stage: Stage) -> None:
    """Nothing has moved there since it was served last, since nothing was to."""
    other = open_by_another_way(stage)
    other.is_idle = other.stalled = stage.link.stalled = True
    first = stage.sender._links[1]
    assert stage.sender._gives_back(first, monotonic())
    other.is_idle = False
    assert not stage.sender._gives_back(first, monotonic())


def test_better_ways_are_not_tried_while_others_are_open(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netrelay.link.better_ways.BETTER_WAY_FIRST_S", 0.0)
    dialled = stage.sender._links[1]
    dialled.better = ("192.0.2.9",)
    assert stage.sender._back_at_s(dialled) is not None
    open_by_another_way(stage)
    assert stage.sender._back_at_s(dialled) is None
