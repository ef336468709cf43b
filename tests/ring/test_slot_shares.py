"""Shares of a pool: who gives nothing back leaves something for everybody else."""

import random

import pytest

from netrelay.ring.slot_shares import SlotShares
from tests.ring.test_slots import make_pool


def take_all(shares: SlotShares, holder: str, *, alone: bool = False) -> list[int]:
    """Take until there is no more; gives the slots."""
    slots: list[int] = []
    while (slot := shares.take(holder, alone=alone)) is not None:
        slots.append(slot)
    return slots


@pytest.mark.parametrize(("count", "most"), [(4, 3), (16, 12), (64, 48)])
def test_who_is_alone_leaves_a_quarter_for_who_comes(count: int, most: int) -> None:
    shares = SlotShares(make_pool(count))
    assert len(take_all(shares, "anna", alone=True)) == most


@pytest.mark.parametrize(("count", "kept"), [(4, [2, 1]), (16, [8, 4, 2, 1]), (64, [32, 16, 8])])
def test_who_keeps_all_it_gets_leaves_as_much_free(count: int, kept: list[int]) -> None:
    shares = SlotShares(make_pool(count))
    for number, expected in enumerate(kept):
        assert len(take_all(shares, f"stuck {number}")) == expected
        quick = take_all(shares, "quick")
        assert quick
        for slot in quick:
            shares.give_back(slot)


def test_what_a_holder_has_is_counted() -> None:
    shares = SlotShares(make_pool(4))
    slot = shares.take("anna", alone=False)
    assert slot is not None
    assert (shares.held_by("anna"), shares.held_by("bert")) == (1, 0)
    shares.give_back(slot)
    assert shares.held_by("anna") == 0


def test_who_was_alone_and_is_stuck_leaves_all_others_some() -> None:
    shares = SlotShares(make_pool(16))
    take_all(shares, "stuck", alone=True)
    for number in range(15):
        slots = take_all(shares, f"peer {number}")
        assert len(slots) == 2
        for slot in slots:
            shares.give_back(slot)
    assert not shares.take("stuck", alone=False)


def test_what_is_given_back_may_be_taken_again() -> None:
    shares = SlotShares(make_pool(4))
    first, second = take_all(shares, "anna")
    shares.give_back(first)
    assert shares.take("anna", alone=False) == first
    assert not shares.are_all_free
    shares.give_back(first)
    shares.give_back(second)
    assert shares.are_all_free


def test_a_slot_is_given_back_once() -> None:
    shares = SlotShares(make_pool(4))
    slot = shares.take("anna", alone=True)
    assert slot is not None
    shares.give_back(slot)
    with pytest.raises(ValueError, match="not taken"):
        shares.give_back(slot)


def test_shares_are_counted_right_over_any_history() -> None:
    choose = random.Random(5)
    pool = make_pool(16)
    shares, held = SlotShares(pool), list[tuple[str, int]]()
    for _ in range(5_000):
        if held and choose.random() < 0.5:
            shares.give_back(held.pop(choose.randrange(len(held)))[1])
            continue
        holder = choose.choice("abcdef")
        slot = shares.take(holder, alone=False)
        mine = sum(each == holder for each, _ in held)
        assert (slot is None) == (not 16 - len(held) or (mine > 0 and mine >= 16 - len(held)))
        if slot is not None:
            held.append((holder, slot))
    assert pool.free_count == 16 - len(held)
