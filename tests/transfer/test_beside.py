"""Outbound with two connections to one peer: who sends what, and what becomes of it."""

import os

import pytest

from netrelay.core.header import PRIORITY_DEFAULT
from netrelay.core.message_frames import messages_frame_limit_bytes
from netrelay.store.outgoing import NO_CONNECTION, RESTED, Neighbour
from netrelay.transfer.flight import Flight
from netrelay.transfer.frame_filler import Slot
from netrelay.transfer.outbound import Outbound
from tests.transfer.linked_pair import SIZE, Pair

FIRST, SECOND = 1, 2
LAN, WIFI = "10.0.0.2", "10.1.0.2"


class TwoConnections:
    """A source with one connection by each of two ways, and a file of eight pieces."""

    def __init__(self, pair: Pair, priority: int = PRIORITY_DEFAULT) -> None:
        self.pair = pair
        self.source = source = pair.source
        self.outbound: Outbound = source.outbound
        to = pair.destination
        source.write(f'UPDATE peers SET addresses = \'["{LAN}", "{WIFI}"]\'')
        source.write("UPDATE peers SET beside = 2, resumes = 1")
        source.drop_file(to, b"name", os.urandom(8 * SIZE), priority)
        self.to = Neighbour(to.id, to.name, (), (), 2, SIZE)
        self.open_first()
        self.send(FIRST)
        self.decide(FIRST, 1)

    def open_first(self) -> None:
        self.outbound.call_answered(
            self.to, FIRST, 0, 0, "::1", "", self.source.time_s, 0, {LAN: ""}
        )
        self.store()

    def open_second(self, handle: int = SECOND) -> None:
        self.outbound.call_answered(
            self.to._replace(beside=WIFI, rest_s=10), handle, 0, 0, "::2", "", self.source.time_s
        )
        self.store()

    def store(self) -> None:
        self.outbound.commit([], self.source.time_s)

    def decide(self, handle: int, frame: int) -> None:
        self.source.time_s += 1.0
        self.outbound.decided(handle, frame, self.source.time_s)
        self.store()

    def send(self, *handles: int, most: int = 1) -> dict[int, list[int]]:
        """Send what these connections take, at most so many frames each; return the messages."""
        left = dict.fromkeys(handles, most)

        def take_slot(flight: Flight) -> Slot | None:
            if not left.get(flight.handle):
                return None
            left[flight.handle] -= 1
            memory = bytearray(messages_frame_limit_bytes(SIZE))
            return Slot(100 * flight.handle + left[flight.handle], memoryview(memory))

        fills = self.outbound.fill(take_slot, self.source.time_s)
        self.outbound.commit(fills, self.source.time_s)
        return {
            flight.handle: [each.id for frame in filled.frames for each in frame.messages]
            for flight, filled in fills
            if flight.handle in handles
        }

    def reasons(self, *messages: int) -> list[object]:
        """Return what is said of the last time each was handed over."""
        return [
            self.source.value(
                "SELECT reason FROM events WHERE message = ? AND event = 'handed'"
                " ORDER BY seq DESC LIMIT 1",
                message,
            )
            for message in messages
        ]


@pytest.fixture(name="two")
def _two(pair: Pair) -> TwoConnections:
    two = TwoConnections(pair)
    two.open_second()
    return two


def test_no_piece_goes_by_both(two: TwoConnections) -> None:
    sent = two.send(FIRST, SECOND)
    assert len(sent[FIRST]) == len(sent[SECOND]) == 1
    assert sent[FIRST] != sent[SECOND]
    assert two.reasons(*sent[FIRST], *sent[SECOND]) == [f"over {LAN}", f"over {WIFI}"]


def test_a_way_is_not_named_where_there_is_one(pair: Pair) -> None:
    two = TwoConnections(pair)
    assert two.reasons(*two.send(FIRST)[FIRST]) == [None]


def test_a_slow_way_leaves_the_rest_to_the_other(two: TwoConnections) -> None:
    two.send(FIRST, SECOND)
    two.decide(FIRST, 2)
    two.source.time_s += 20.0
    two.decide(SECOND, 1)
    assert two.send(SECOND)[SECOND] == [], "six would be there by the other way before"
    assert len(two.send(FIRST)[FIRST]) == 1


def test_nothing_waits_for_a_way_that_has_stopped(two: TwoConnections) -> None:
    """Its peer may be frozen behind something that acknowledges what is sent."""
    two.send(FIRST, SECOND)
    two.decide(FIRST, 2)
    two.source.time_s += 20.0
    two.decide(SECOND, 1)
    two.send(FIRST)
    two.source.time_s += 2.0
    assert two.send(SECOND)[SECOND] == [], "the other one is hardly late"
    two.source.time_s += 200.0
    assert len(two.send(SECOND)[SECOND]) == 1
    assert two.send(FIRST)[FIRST] == []


def test_what_is_urgent_goes_by_one_connection(pair: Pair) -> None:
    two = TwoConnections(pair, priority=0)
    two.open_second()
    assert two.send(SECOND)[SECOND] == []
    assert len(two.send(FIRST)[FIRST]) == 1


def test_a_small_file_goes_by_one_connection(two: TwoConnections) -> None:
    two.source.drop_file(two.pair.destination, b"small", b"small", PRIORITY_DEFAULT - 1)
    sent = two.send(FIRST, SECOND)
    types = "SELECT type FROM messages WHERE id = ?"
    assert [two.source.value(types, each) for each in sent[SECOND]] == [2]


def test_what_a_way_held_goes_by_the_other(two: TwoConnections) -> None:
    sent = two.send(FIRST, SECOND)
    two.outbound.ended(SECOND, "reset", two.source.time_s)
    two.store()
    (lost,) = sent[SECOND]
    assert two.source.value("SELECT state FROM messages WHERE id = ?", lost) == "S-4"
    assert two.outbound.handle_of(two.to.node) == FIRST
    assert lost in two.send(FIRST, most=8)[FIRST]
    assert two.source.value("SELECT reason FROM connections_beside") == "reset"


def test_the_second_takes_the_place_of_the_first(two: TwoConnections) -> None:
    sent = two.send(FIRST, SECOND)
    two.outbound.ended(FIRST, "reset", two.source.time_s, begun=2)
    assert two.outbound.handle_of(two.to.node) == SECOND
    assert not two.outbound.may_go_on(two.to.node), "the other one sends what it had begun"
    two.store()
    assert two.source.value("SELECT handle FROM connections") == SECOND
    assert two.outbound.neighbours_to_call() == []
    # It carries all now, also what is no piece.
    two.source.drop_file(two.pair.destination, b"small", b"small", PRIORITY_DEFAULT - 1)
    again = [message for _ in range(3) for message in two.send(SECOND, most=8)[SECOND]]
    assert sent[FIRST][0] in again
    two.decide(SECOND, 20)
    assert two.source.value("SELECT state FROM messages WHERE id = ?", sent[FIRST][0]) == "F"


def test_nothing_goes_on_with_a_session_that_was_given_up(two: TwoConnections) -> None:
    """The one that has taken its place has none, and has sent what that had begun."""
    two.send(FIRST, SECOND)
    two.outbound.ended(FIRST, "reset", two.source.time_s, begun=2)
    two.outbound.ended(SECOND, "reset", two.source.time_s)
    two.store()
    assert not two.outbound.may_go_on(two.to.node)
    two.outbound.call_answered(two.to, 3, 0, 0, "::1", "", two.source.time_s, 0, {LAN: ""})
    two.outbound.ended(3, "reset", two.source.time_s)
    assert two.outbound.may_go_on(two.to.node), "that one has a session of its own"


def test_what_the_first_had_begun_goes_by_either_once_it_is_back(pair: Pair) -> None:
    two = TwoConnections(pair)
    ((begun,),) = two.send(FIRST).values()
    two.outbound.ended(FIRST, "reset", two.source.time_s, begun=2)
    two.store()
    assert two.outbound.may_go_on(two.to.node)
    two.outbound.call_answered(two.to, 3, 0, 0, "::1", "", two.source.time_s, 0, {LAN: ""})
    two.store()
    two.open_second(4)
    sent = two.send(3, 4)
    assert begun in sent[3] + sent[4]
    two.decide(3, 2)
    two.decide(4, 2)
    assert two.source.value("SELECT state FROM messages WHERE id = ?", begun) == "F"


def test_one_that_rests_is_no_failure(two: TwoConnections) -> None:
    two.outbound.ended(SECOND, "nothing is left", two.source.time_s, how=RESTED)
    two.store()
    row = "SELECT handle = ?, failures FROM connections_beside"
    assert two.source.value(row, NO_CONNECTION) == 1
    assert two.source.value("SELECT failures FROM connections_beside") == 0


def test_a_start_forgets_it(two: TwoConnections) -> None:
    two.send(FIRST, SECOND)
    two.outbound.start_anew()
    assert two.source.value("SELECT max(handle) FROM connections_beside") == NO_CONNECTION
    assert two.source.value("SELECT count(*) FROM messages WHERE state = 'S-4W'") == 0


def test_the_database_asks_for_it_once_pieces_are_under_way(pair: Pair) -> None:
    two = TwoConnections(pair)
    assert two.outbound.ways_to_open() == []
    two.send(FIRST)
    (asked,) = two.outbound.ways_to_open()
    assert (asked.hosts, asked.beside, asked.rest_s) == ((WIFI,), WIFI, 10)
    two.open_second()
    assert two.outbound.ways_to_open() == []


def test_the_rate_of_a_peer_is_that_of_all_its_ways_together(two: TwoConnections) -> None:
    """`netrelay plan` reckons with it."""
    two.source.time_s += 100.0
    two.send(FIRST, SECOND)
    two.decide(FIRST, 2)
    two.decide(SECOND, 1)
    assert two.source.value("SELECT sum(bytes) >= ? FROM measured_rates", 2 * SIZE) == 1
    assert two.source.value("SELECT sum(busy_s) FROM measured_rates") == 2.0
