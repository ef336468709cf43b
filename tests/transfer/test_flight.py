"""What is in flight on a connection: every message is decided once or lost, none is forgotten."""

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
    """A message that only has to be told from the others."""
    return Ready(
        *(number, 1, "source", "destination", b"epoch678", number, 1, 0, 0, 0, 0, None),
        *(4, 60, 0.0, 0, None, None, None, None),
    )


def flight_with(*frames: list[int]) -> Flight:
    """A flight with these messages in its frames, each frame of 100 bytes."""
    flight = Flight("peer", HANDLE, 65_536, 2)
    for number, frame in enumerate(frames, 1):
        assert flight.add([message(each) for each in frame], 100, 0.0) == number
    return flight


def refusal(frame: int, position: int) -> RefusedMessage:
    """Return a refusal of one message of a frame."""
    return RefusedMessage(frame, position, Refusal.NO_ROOM, 60)


def decided(flight: Flight, frame: int) -> list[tuple[int, bool]]:
    """Decide up to a frame; give each message's number and whether it was taken."""
    return [(outcome.message.id, outcome.refused is None) for outcome in flight.decide(frame, 1.0)]


def test_a_decided_frame_decides_all_before_it() -> None:
    flight = flight_with([1, 2], [3], [4])
    assert decided(flight, 2) == [(1, True), (2, True), (3, True)]
    assert [each.id for each in flight.lost()] == [4]


def test_each_message_is_decided_once() -> None:
    flight = flight_with([1], [2])
    assert decided(flight, 1) == [(1, True)]
    assert decided(flight, 1) == []
    assert decided(flight, 2) == [(2, True)]
    assert flight.lost() == []


def test_a_refusal_is_of_one_message_of_one_frame() -> None:
    flight = flight_with([1, 2], [3, 4])
    flight.refuse(refusal(1, 1))
    flight.refuse(refusal(2, 0))
    assert decided(flight, 2) == [(1, True), (2, False), (3, False), (4, True)]


def test_a_refusal_counts_only_when_its_frame_is_decided() -> None:
    flight = flight_with([1])
    flight.refuse(refusal(1, 0))
    assert [each.id for each in flight.lost()] == [1]


def test_the_window_is_what_is_not_decided() -> None:
    flight = flight_with([1], [2])
    assert flight.room_bytes == flight.window_bytes - 200
    assert not flight.is_idle
    decided(flight, 1)
    assert flight.room_bytes == flight.window_bytes - 100
    decided(flight, 2)
    assert flight.room_bytes == flight.window_bytes
    assert flight.is_idle


def test_a_decision_of_a_frame_that_was_never_sent_decides_what_was() -> None:
    flight = flight_with([1])
    assert decided(flight, 99) == [(1, True)]
    assert flight.add([message(2)], 100, 1.0) == 2


def test_refusals_of_nothing_are_not_kept() -> None:
    """A peer may send as many as it likes."""
    flight = flight_with([1], [2])
    decided(flight, 1)
    for frame, index in ((1, 0), (2, 1), (2, 65_535), (3, 0), (2**60, 0)):
        flight.refuse(refusal(frame, index))
    assert flight._refused == {}
    assert decided(flight, 2) == [(2, True)]


class Line:
    """A line of so many bytes a second that the flight keeps full, and a peer that decides later.

    Time is counted, not waited for. waits_s: how long each frame was in flight.
    """

    def __init__(self, message_bytes: int) -> None:
        self.flight = Flight("peer", HANDLE, message_bytes, 2)
        self.frame_bytes = message_bytes + 300
        self.now_s = 0.0
        self.free_s = 0.0
        self.on_way: deque[tuple[int, float, float]] = deque()
        self.waits_s: list[float] = []

    def run(self, seconds: float, bytes_per_s: float, delay_s: float) -> int:
        """Send as much as the window allows for a while; gives the bytes that were decided."""
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
def test_on_a_slow_line_little_waits_before_what_is_urgent(
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


def test_a_line_that_gets_slow_and_fast_again_is_followed() -> None:
    line = Line(65_536)
    line.run(1, 100 * MIB, 0.01)
    assert line.flight.window_bytes == LARGEST_WINDOW_BYTES
    line.run(60, 1 * MIB, 0.01)
    assert line.flight.window_bytes < 2.1 * MIB
    line.run(5, 100 * MIB, 0.01)
    assert line.flight.window_bytes == LARGEST_WINDOW_BYTES


def test_what_has_shrunk_below_what_is_in_flight_has_no_room() -> None:
    flight = Flight("peer", HANDLE, 65_536, 2)
    flight.add([], 100, 0.0)
    for _ in range(3):
        flight.add([], 65_536, 0.0)
    assert list(flight.decide(1, 60.0)) == []
    assert flight.room_bytes == 0


def test_an_answer_without_any_time_is_no_endless_window() -> None:
    flight = Flight("peer", HANDLE, 65_536, 2)
    flight.add([], 65_536, 5.0)
    assert list(flight.decide(1, 5.0)) == []
    assert flight.window_bytes == LARGEST_WINDOW_BYTES


def test_a_frame_of_small_messages_takes_no_longer_than_a_second_of_a_limit() -> None:
    flight = flight_with()
    assert not flight.is_enough(16 * MIB)
    flight.limit_bytes_per_s = 64 * KIB
    assert not flight.is_enough(64 * KIB - 1)
    assert flight.is_enough(64 * KIB)
