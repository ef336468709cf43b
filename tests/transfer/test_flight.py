"""What is in flight on a connection: every message is decided once or lost, none is forgotten."""

from netrelay.core.words import Refusal
from netrelay.ring.records import Refused
from netrelay.store.outgoing import Ready
from netrelay.transfer.flight import WINDOW_BYTES, Flight

HANDLE = 3


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
        assert flight.add([message(each) for each in frame], 100) == number
    return flight


def refusal(frame: int, index: int) -> Refused:
    """A refusal of one message."""
    return Refused(HANDLE, frame, index, int(Refusal.NO_ROOM), 60)


def decided(flight: Flight, frame: int) -> list[tuple[int, bool]]:
    """Decide up to a frame; give each message's number and whether it was taken."""
    return [(outcome.message.id, outcome.refused is None) for outcome in flight.decide(frame)]


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
    assert flight.room_bytes == WINDOW_BYTES - 200
    assert not flight.is_idle
    decided(flight, 1)
    assert flight.room_bytes == WINDOW_BYTES - 100
    decided(flight, 2)
    assert flight.room_bytes == WINDOW_BYTES
    assert flight.is_idle


def test_a_decision_of_a_frame_that_was_never_sent_decides_what_was() -> None:
    flight = flight_with([1])
    assert decided(flight, 99) == [(1, True)]
    assert flight.add([message(2)], 100) == 2


def test_refusals_of_nothing_are_not_kept() -> None:
    """A peer may send as many as it likes."""
    flight = flight_with([1], [2])
    decided(flight, 1)
    for frame, index in ((1, 0), (2, 1), (2, 65_535), (3, 0), (2**60, 0)):
        flight.refuse(refusal(frame, index))
    assert flight._refused == {}
    assert decided(flight, 2) == [(2, True)]
