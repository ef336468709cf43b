"""Shares of a pool: a holder that frees nothing cannot starve the others."""

import random

import pytest

from netrelay.ring.slot_shares import SlotShares
from tests.ring.test_slots import make_pool


def allocate_all(
    shares: SlotShares, holder: str, *, alone: bool = False, owner: str = ""
) -> list[int]:
    """Allocate slots until none is granted; return them."""
    slots: list[int] = []
    while (slot := shares.allocate(holder, alone=alone, owner=owner)) is not None:
        slots.append(slot)
    return slots


@pytest.mark.parametrize(("count", "most"), [(4, 3), (16, 12), (64, 48)])
def test_a_lone_holder_leaves_a_quarter_free(count: int, most: int) -> None:
    shares = SlotShares(make_pool(count))
    assert len(allocate_all(shares, "anna", alone=True)) == most


@pytest.mark.parametrize(("count", "kept"), [(4, [2, 1]), (16, [8, 4, 2, 1]), (64, [32, 16, 8])])
def test_a_stuck_holder_leaves_as_much_free_as_it_keeps(count: int, kept: list[int]) -> None:
    shares = SlotShares(make_pool(count))
    for number, expected in enumerate(kept):
        assert len(allocate_all(shares, f"stuck {number}")) == expected
        quick = allocate_all(shares, "quick")
        assert quick
        for slot in quick:
            shares.free(slot)


@pytest.mark.parametrize("count", [4, 16, 64])
def test_an_owner_of_several_holders_leaves_a_quarter_free(count: int) -> None:
    shares = SlotShares(make_pool(count))
    slots: list[int] = []
    for number in range(4):
        slots += allocate_all(shares, f"anna {number}", owner="anna")
    assert len(slots) == count * 3 // 4
    assert allocate_all(shares, "bert 1", owner="bert")
    for slot in slots:
        shares.free(slot)
    assert allocate_all(shares, "anna 4", owner="anna")


def test_a_slow_holder_leaves_one_to_another_of_its_owner() -> None:
    shares = SlotShares(make_pool(4))
    for number in range(2):
        assert shares.allocate(f"slow {number}", alone=False, owner="anna") is not None
    assert len(allocate_all(shares, "fast", owner="anna")) == 1
    assert len(allocate_all(shares, "bert")) == 1


def test_the_slots_of_a_holder_are_counted() -> None:
    shares = SlotShares(make_pool(4))
    slot = shares.allocate("anna", alone=False)
    assert slot is not None
    assert (shares.held_by("anna"), shares.held_by("bert")) == (1, 0)
    shares.free(slot)
    assert shares.held_by("anna") == 0


def test_a_stuck_lone_holder_leaves_slots_for_all_others() -> None:
    shares = SlotShares(make_pool(16))
    allocate_all(shares, "stuck", alone=True)
    for number in range(15):
        slots = allocate_all(shares, f"peer {number}")
        assert len(slots) == 2
        for slot in slots:
            shares.free(slot)
    assert not shares.allocate("stuck", alone=False)


def test_a_freed_slot_can_be_allocated_again() -> None:
    shares = SlotShares(make_pool(4))
    first, second = allocate_all(shares, "anna")
    shares.free(first)
    assert shares.allocate("anna", alone=False) == first
    assert not shares.are_all_free
    shares.free(first)
    shares.free(second)
    assert shares.are_all_free


def test_a_slot_is_freed_only_once() -> None:
    shares = SlotShares(make_pool(4))
    slot = shares.allocate("anna", alone=True)
    assert slot is not None
    shares.free(slot)
    with pytest.raises(ValueError, match="not allocated"):
        shares.free(slot)


def test_the_shares_hold_over_any_history() -> None:
    choose = random.Random(5)
    pool = make_pool(16)
    shares, held = SlotShares(pool), list[tuple[str, int]]()
    for _ in range(5_000):
        if held and choose.random() < 0.5:
            shares.free(held.pop(choose.randrange(len(held)))[1])
            continue
        holder = choose.choice("abcdef")
        slot = shares.allocate(holder, alone=False)
        mine = sum(each == holder for each, _ in held)
        assert (slot is None) == (not 16 - len(held) or (mine > 0 and mine >= 16 - len(held)))
        if slot is not None:
            held.append((holder, slot))
    assert pool.free_count == 16 - len(held)
