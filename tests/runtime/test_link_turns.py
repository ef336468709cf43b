"""Which connections a step serves: of a thousand idle ones none."""

import socket
from collections.abc import Iterator

import pytest

from netrelay.runtime.link_turns import LinkTurns
from netrelay.runtime.poller import Poller


@pytest.fixture
def poller() -> Iterator[Poller]:
    poller = Poller()
    yield poller
    poller.close()


class Pair:
    """A connection with both ends."""

    def __init__(self) -> None:
        self.here, self.there = socket.socketpair()

    def interests(self) -> list[tuple[int, bool, bool]]:
        return [(self.here.fileno(), True, False)]

    def close(self) -> None:
        self.here.close()
        self.there.close()


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    made = [Pair() for _ in range(50)]
    yield made
    for pair in made:
        pair.close()


@pytest.fixture
def turns(poller: Poller, pairs: list[Pair]) -> LinkTurns:
    """All are followed, and wait for their other end."""
    turns = LinkTurns(poller)
    for handle, pair in enumerate(pairs):
        turns.follow(handle, pair.interests(), None)
    return turns


def test_only_what_is_ready_is_served(poller: Poller, turns: LinkTurns, pairs: list[Pair]) -> None:
    poller.wait(0)
    assert turns.take(0.0) == []
    pairs[7].there.send(b"x")
    poller.wait(0)
    assert turns.take(0.0) == [7]


def test_what_was_touched_is_served_once(turns: LinkTurns) -> None:
    for handle in (3, 1, 3):
        turns.touch(handle)
    assert turns.is_any_touched
    assert turns.take(0.0) == [3, 1]
    assert not turns.is_any_touched
    assert turns.take(0.0) == []


def test_each_is_served_at_the_time_that_it_said_last(turns: LinkTurns, pairs: list[Pair]) -> None:
    turns.follow(1, pairs[1].interests(), 10.0)
    turns.follow(2, pairs[2].interests(), 5.0)
    assert turns.next_s == 5.0
    turns.follow(2, pairs[2].interests(), 20.0)
    turns.follow(3, pairs[3].interests(), 30.0)
    turns.follow(3, pairs[3].interests(), None)
    assert turns.next_s == 10.0
    assert turns.take(9.0) == []
    assert turns.take(25.0) == [1, 2]
    assert turns.next_s is None


def test_times_that_are_no_longer_true_take_no_room(turns: LinkTurns, pairs: list[Pair]) -> None:
    for second in range(10_000):
        turns.follow(1, pairs[1].interests(), float(second))
    assert len(turns._times) < 200
    assert turns.take(1e6) == [1]


def test_one_that_was_forgotten_is_not_served(
    poller: Poller, turns: LinkTurns, pairs: list[Pair]
) -> None:
    turns.follow(7, pairs[7].interests(), 1.0)
    turns.touch(7)
    pairs[7].there.send(b"x")
    poller.wait(0)
    turns.forget(7)
    poller.wait(0)
    assert turns.take(2.0) == []


def test_the_number_of_a_closed_descriptor_is_another_connection(
    poller: Poller, turns: LinkTurns, pairs: list[Pair]
) -> None:
    """One is closed and forgotten only when another one has its number already."""
    number = pairs[7].here.fileno()
    pairs[7].close()
    fresh = Pair()
    try:
        assert number in (fresh.here.fileno(), fresh.there.fileno())
        wanted = fresh.here if fresh.here.fileno() == number else fresh.there
        other = fresh.there if wanted is fresh.here else fresh.here
        turns.follow(100, [(number, True, False)], None)
        turns.forget(7)
        other.send(b"x")
        poller.wait(0)
        assert turns.take(0.0) == [100]
    finally:
        fresh.close()


def test_interests_beside_it_are_their_own(
    poller: Poller, turns: LinkTurns, pairs: list[Pair]
) -> None:
    """A connection that was dialled is polled by number first, then by its handle."""
    dialled = Pair()
    try:
        poller.set_interests(dialled.interests())
        turns.follow(100, dialled.interests(), None)
        poller.set_interests([])
        dialled.there.send(b"x")
        poller.wait(0)
        assert turns.take(0.0) == [100]
        assert pairs
    finally:
        dialled.close()
