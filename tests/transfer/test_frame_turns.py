"""The order in which frames of several peers are judged."""

from typing import NamedTuple

import pytest

from netrelay.transfer.frame_turns import BATCH_S, FrameTurns


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
    assert len(turns) == 0


def test_a_batch_of_several_peers_ends_after_its_time() -> None:
    now_s = 0.0
    turns: FrameTurns[Sent] = FrameTurns(lambda: now_s)
    for number in range(3):
        turns.add(Sent("a", number))
        turns.add(Sent("b", number))

    def batch(cost_s: float) -> list[str]:
        nonlocal now_s
        found = []
        for frame in turns.batch(64):
            found.append(f"{frame.peer}{frame.number}")
            now_s += cost_s
        return found

    assert batch(BATCH_S * 0.6) == ["a0", "b0"]
    assert batch(BATCH_S * 2) == ["a1"]
    assert batch(BATCH_S * 2) == ["b1"]
    assert sorted(batch(0.0)) == ["a2", "b2"]


def test_a_batch_of_one_peer_has_the_frames_that_it_may_have() -> None:
    now_s = iter(range(1_000))
    turns: FrameTurns[Sent] = FrameTurns(lambda: next(now_s))
    for number in range(5):
        turns.add(Sent("a", number))
    assert [frame.number for frame in turns.batch(3)] == [0, 1, 2]
    assert [frame.number for frame in turns.batch(3)] == [3, 4]


def test_a_frame_that_comes_during_a_batch_may_be_in_it_and_makes_it_no_longer() -> None:
    now_s = iter(n * BATCH_S / 100 for n in range(1_000))
    turns: FrameTurns[Sent] = FrameTurns(lambda: next(now_s))
    for number in range(3):
        turns.add(Sent("a", number))
    found = []
    for frame in turns.batch(64):
        found.append(f"{frame.peer}{frame.number}")
        if len(found) == 1:
            turns.add(Sent("b", 0))
    assert found == ["a0", "b0", "a1"]
    assert len(turns) == 1
