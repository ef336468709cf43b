"""Frames in flight on a connection: every message is decided once or lost."""

from collections import deque

import pytest

from netrelay.core.frames import RefusedMessage
from netrelay.core.words import Refusal
from netrelay.store.outgoing import Ready
from netrelay.transfer.flight import LARGEST_WINDOW_BYTES, Flight

HANDLE = 3
KIB = 1024
MIB = 1024 * KIB


def message(number: int) -> Ready:
    """Return a message with this id; its other fields have no meaning."""
    return Ready(
        *(number, 1, "source", "destination", b"epoch678", number, 1, 0, 0, 0, 0, None),
        *(4, 60, 0.0, 0, None, None, None, None),
    )


def flight_with(*frames: list[int]) -> Flight:
    """Return a flight with frames of these messages, of 100 bytes each."""
    flight = Flight("peer", HANDLE, 65_536, 2)
    for number, frame in enumerate(frames, 1):
        assert flight.add([message(each) for each in frame], 100, 0.0) == number
    return flight


def refusal(frame: int, position: int) -> RefusedMessage:
    """Return a refusal of one message of a frame."""
    return RefusedMessage(frame, position, Refusal.NO_ROOM, 60)


def decided(flight: Flight, frame: int) -> list[tuple[int, bool]]:
    """Decide up to a frame; return each message's id, and True if it was not refused."""
    return [(outcome.message.id, outcome.refused is None) for outcome in flight.decide(frame, 1.0)]


def test_a_decision_is_cumulative() -> None:
    flight = flight_with([1, 2], [3], [4])
    assert decided(flight, 2) == [(1, True), (2, True), (3, True)]
    assert [each.id for each in flight.lost()] == [4]


def test_each_message_is_decided_once() -> None:
    flight = flight_with([1], [2])
    assert decided(flight, 1) == [(1, True)]
    assert decided(flight, 1) == []
    assert decided(flight, 2) == [(2, True)]
    assert flight.lost() == []


def test_a_refusal_applies_to_one_message_of_one_frame() -> None:
    flight = flight_with([1, 2], [3, 4])
    flight.refuse(refusal(1, 1))
    flight.refuse(refusal(2, 0))
    assert decided(flight, 2) == [(1, True), (2, False), (3, False), (4, True)]


def test_a_refusal_takes_effect_when_its_frame_is_decided() -> None:
    flight = flight_with([1])
    flight.refuse(refusal(1, 0))
    assert [each.id for each in flight.lost()] == [1]


def test_undecided_frames_use_up_the_window() -> None:
    flight = flight_with([1], [2])
    assert flight.room_bytes == flight.window_bytes - 200
    assert not flight.is_idle
    decided(flight, 1)
    assert flight.room_bytes == flight.window_bytes - 100
    decided(flight, 2)
    assert flight.room_bytes == flight.window_bytes
    assert flight.is_idle


def test_a_decision_beyond_the_last_frame_decides_all_frames() -> None:
    flight = flight_with([1])
    assert decided(flight, 99) == [(1, True)]
    assert flight.add([message(2)], 100, 1.0) == 2


def test_refusals_of_unknown_messages_are_not_stored() -> None:
    """A hostile peer may send any number of them."""
    flight = flight_with([1], [2])
    decided(flight, 1)
    for frame, index in ((1, 0), (2, 1), (2, 65_535), (3, 0), (2**60, 0)):
        flight.refuse(refusal(frame, index))
    assert flight._refused == {}
    assert decided(flight, 2) == [(2, True)]


class Line:
    """A simulated line that the flight keeps full, and a peer that decides after a delay.

    waits_s: the time that each frame was in flight.
    """

    def __init__(self, message_bytes: int) -> None:
        self.flight = Flight("peer", HANDLE, message_bytes, 2)
        self.frame_bytes = message_bytes + 300
        self.now_s = 0.0
        self.free_s = 0.0
        self.on_way: deque[tuple[int, float, float]] = deque()
        self.waits_s: list[float] = []

    def run(self, seconds: float, bytes_per_s: float, delay_s: float) -> int:
        """Simulate seconds in which the window is always full; return the decided bytes."""
        end_s, decided_bytes = self.now_s + seconds, 0
        while self.now_s < end_s:
            while self.flight.room_bytes >= self.frame_bytes:
                number = self.flight.add([], self.frame_bytes, self.now_s)
                self.free_s = max(self.free_s, self.now_s) + self.frame_bytes / bytes_per_s
                self.on_way.append((number, self.now_s, self.free_s + delay_s))
            number, sent_s, self.now_s = self.on_way.popleft()
            assert list(self.flight.decide(number, self.now_s)) == []
            self.waits_s.append(self.now_s - sent_s)
            decided_bytes += self.frame_bytes
        return decided_bytes


@pytest.mark.parametrize("message_bytes", [65_536, 1 << 20])
@pytest.mark.parametrize("rate_bytes_per_s", [64 * KIB, 1 * MIB, 10 * MIB])
def test_on_a_slow_line_an_urgent_message_waits_for_two_seconds_at_most(
    message_bytes: int, rate_bytes_per_s: int
) -> None:
    line = Line(message_bytes)
    line.run(20, rate_bytes_per_s, 0.05)
    line.waits_s.clear()
    decided_bytes = line.run(60, rate_bytes_per_s, 0.05)
    # Two seconds, or the two frames that keep a line busy.
    assert max(line.waits_s) < max(2.1, 2 * line.frame_bytes / rate_bytes_per_s + 0.2)
    assert decided_bytes > 0.97 * 60 * rate_bytes_per_s


@pytest.mark.parametrize(
    ("rate_bytes_per_s", "delay_s"), [(400 * MIB, 0.01), (20 * MIB, 0.9), (100 * MIB, 0.2)]
)
def test_a_fast_line_has_the_largest_window_within_seconds(
    rate_bytes_per_s: int, delay_s: float
) -> None:
    line = Line(1 << 20)
    line.run(10 * delay_s, rate_bytes_per_s, delay_s)
    assert line.flight.window_bytes == LARGEST_WINDOW_BYTES


def test_the_window_adapts_to_a_line_that_becomes_slow_and_fast_again() -> None:
    line = Line(65_536)
    line.run(1, 100 * MIB, 0.01)
    assert line.flight.window_bytes == LARGEST_WINDOW_BYTES
    line.run(60, 1 * MIB, 0.01)
    assert line.flight.window_bytes < 2.1 * MIB
    line.run(5, 100 * MIB, 0.01)
    assert line.flight.window_bytes == LARGEST_WINDOW_BYTES


def test_a_window_that_shrinks_below_the_bytes_in_flight_has_no_room() -> None:
    flight = Flight("peer", HANDLE, 65_536, 2)
    flight.add([], 100, 0.0)
    for _ in range(3):
        flight.add([], 65_536, 0.0)
    assert list(flight.decide(1, 60.0)) == []
    assert flight.room_bytes == 0


def test_a_decision_in_no_time_leads_to_the_largest_window() -> None:
    flight = Flight("peer", HANDLE, 65_536, 2)
    flight.add([], 65_536, 5.0)
    assert list(flight.decide(1, 5.0)) == []
    assert flight.window_bytes == LARGEST_WINDOW_BYTES


def test_a_rate_limited_frame_of_small_messages_takes_a_second_at_most() -> None:
    flight = flight_with()
    assert not flight.is_enough(16 * MIB)
    flight.limit_bytes_per_s = 64 * KIB
    assert not flight.is_enough(64 * KIB - 1)
    assert flight.is_enough(64 * KIB)


def test_a_slow_line_gets_one_frame_at_a_time_and_a_fast_one_many() -> None:
    line = Line(1 << 20)
    assert line.flight.takes_one_frame, "nothing is known yet"
    line.run(10, 10 * MIB, 0.05)
    assert not line.flight.takes_one_frame
    line.run(300, 128 * KIB, 0.05)
    assert line.flight.takes_one_frame
    line.run(60, 10 * MIB, 0.05)
    assert not line.flight.takes_one_frame
    line.flight.limit_bytes_per_s = 10 * MIB
    assert line.flight.takes_one_frame


def test_the_rate_of_a_way_is_that_of_pieces() -> None:
    """A manifest that is decided alone would make a fast way seem slow for the next file."""
    flight = Flight("boat", 1, 65536, 2)
    assert flight.load(0.0) == (0, 0.0)
    flight.add([], 65536, 1.0)
    assert flight.load(2.0) == (65536, 0.0)
    assert list(flight.decide(1, 2.0)) == []
    assert flight.load(2.0) == (0, 65536)
    flight.add([], 200, 3.0)
    assert flight.load(4.0) == (200, 65536)
    assert list(flight.decide(2, 4.0)) == []
    assert flight.load(100.0) == (0, 65536), "nothing is awaited of it"


def test_a_way_on_which_nothing_is_decided_becomes_slower() -> None:
    flight = Flight("boat", 1, 65536, 2)
    flight.add([], 65536, 1.0)
    assert list(flight.decide(1, 2.0)) == []
    flight.add([], 65536, 50.0)
    flight.add([], 65536, 51.0)
    assert flight.load(52.0) == (131072, 65536)
    assert flight.load(54.0) == (131072, 32768)
    assert flight.load(250.0) == (131072, 655.36)
    assert list(flight.decide(2, 250.0)) == []
    assert flight.load(250.0).held_bytes == 65536
