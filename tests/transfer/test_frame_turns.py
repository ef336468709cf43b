"""The order in which frames of several peers are judged."""

from typing import NamedTuple

import pytest

from netrelay.transfer.frame_turns import FrameTurns


class Sent(NamedTuple):
    """A frame, and how long it takes to judge it."""

    peer: str
    number: int
    cost_s: float = 1.0


def judged(turns: FrameTurns[Sent], count: int) -> list[str]:
    """Judge so many frames; return them as they come."""
    found = []
    for _ in range(count):
        frame = turns.take()
        turns.used(frame.peer, frame.cost_s)
        found.append(f"{frame.peer}{frame.number}")
    return found


def turns_of(*frames: Sent) -> FrameTurns[Sent]:
    turns: FrameTurns[Sent] = FrameTurns()
    for frame in frames:
        turns.add(frame)
    return turns


def test_frames_of_one_peer_keep_their_order() -> None:
    turns = turns_of(*(Sent("a", number) for number in range(5)))
    assert judged(turns, 5) == ["a0", "a1", "a2", "a3", "a4"]
    assert len(turns) == 0
    with pytest.raises(KeyError):
        turns.take()


def test_each_peer_gets_as_much_time_as_another() -> None:
    dear = [Sent("a", number, 10.0) for number in range(4)]
    cheap = [Sent("b", number, 5.0) for number in range(6)]
    turns = turns_of(*dear, *cheap)
    assert judged(turns, 7) == ["a0", "b0", "b1", "a1", "b2", "b3", "a2"]
    assert turns.peers == 2


def test_a_peer_with_a_dear_frame_waits_for_those_that_came_later() -> None:
    turns = turns_of(Sent("a", 0, 10.0), Sent("a", 1, 10.0))
    assert judged(turns, 1) == ["a0"]
    turns.add(Sent("b", 0))
    assert judged(turns, 2) == ["b0", "a1"]


def test_nobody_saves_time_up() -> None:
    turns = turns_of(Sent("b", 0), *(Sent("a", number, 10.0) for number in range(9)))
    assert judged(turns, 9)[-1] == "a7"
    for number in range(1, 30):
        turns.add(Sent("b", number))
    # b was away, and does not get all of the time that a has used meanwhile.
    assert "a8" in judged(turns, 12)


def test_who_was_away_is_not_remembered() -> None:
    turns = turns_of(*(Sent(f"peer {number}", 0) for number in range(100)))
    judged(turns, 100)
    for number in range(1_000):
        turns.add(Sent("a", number))
        judged(turns, 1)
    assert len(turns._used_s) <= 2


def test_a_new_generation_has_no_frames() -> None:
    turns = turns_of(Sent("a", 0))
    turns.clear()
    assert (len(turns), turns.peers) == (0, 0)
