"""Slots: allocation, access in place, and release of their memory."""

import mmap
import os
from pathlib import Path

import pytest

from netrelay.ring.layout import SLOT_COUNT_LIMIT, SLOT_LIMIT_BYTES
from netrelay.ring.slots import SlotPool, SlotWindow, slot_size_bytes, slots_file_bytes

SLOT_BYTES = 16 * mmap.PAGESIZE


def make_pool(slot_count: int = 3) -> SlotPool:
    memory = mmap.mmap(-1, slots_file_bytes(slot_count, SLOT_BYTES))
    return SlotPool(memory, slot_count, SLOT_BYTES)


def test_each_slot_is_allocated_once() -> None:
    pool = make_pool(3)
    assert {pool.allocate(), pool.allocate(), pool.allocate()} == {0, 1, 2}
    assert pool.free_count == 0
    assert pool.allocate() is None


def test_the_slot_freed_last_is_allocated_first() -> None:
    pool = make_pool(3)
    allocated = [pool.allocate() for _ in range(3)]
    assert None not in allocated
    pool.free(2)
    pool.free(0)
    assert [pool.allocate(), pool.allocate(), pool.allocate()] == [0, 2, None]


def test_freeing_a_free_slot_is_an_error() -> None:
    pool = make_pool(3)
    with pytest.raises(ValueError, match="slot 1: freed, but it is not allocated"):
        pool.free(1)
    slot = pool.allocate()
    assert slot is not None
    pool.free(slot)
    with pytest.raises(ValueError, match="not allocated"):
        pool.free(slot)
    assert pool.free_count == 3


@pytest.mark.parametrize("slot", [-1, 3, 1 << 64])
def test_numbers_out_of_bounds_are_refused(slot: int) -> None:
    pool = make_pool(3)
    with pytest.raises(ValueError, match=r"must lie in 0\.\.2"):
        pool.free(slot)
    with pytest.raises(ValueError, match=r"must lie in 0\.\.2"):
        pool.view(slot)


@pytest.mark.parametrize("length_bytes", [-1, SLOT_BYTES + 1])
def test_lengths_out_of_bounds_are_refused(length_bytes: int) -> None:
    with pytest.raises(ValueError, match=f"slot length {length_bytes}"):
        make_pool().view(0, length_bytes)


def test_slots_do_not_overlap_and_both_processes_see_the_same_bytes() -> None:
    memory = mmap.mmap(-1, slots_file_bytes(3, SLOT_BYTES))
    pool, window = SlotPool(memory, 3, SLOT_BYTES), SlotWindow(memory, 3, SLOT_BYTES)
    for slot in range(3):
        pool.view(slot)[:] = bytes([slot + 1]) * SLOT_BYTES
    for slot in range(3):
        assert window.view(slot) == bytes([slot + 1]) * SLOT_BYTES
    assert window.view(1, 5) == b"\2" * 5
    assert memory[: mmap.PAGESIZE] == bytes(mmap.PAGESIZE), "no slot overlaps the header"


def test_sizes_are_whole_pages_within_bounds() -> None:
    assert slot_size_bytes(1) == mmap.PAGESIZE
    assert slot_size_bytes(mmap.PAGESIZE) == mmap.PAGESIZE
    assert slot_size_bytes(mmap.PAGESIZE + 1) == 2 * mmap.PAGESIZE
    memory = mmap.mmap(-1, mmap.PAGESIZE)
    for count, size in (
        (0, SLOT_BYTES),
        (SLOT_COUNT_LIMIT + 1, SLOT_BYTES),
        (1, 0),
        (1, SLOT_BYTES + 1),
        (1, SLOT_LIMIT_BYTES + mmap.PAGESIZE),
    ):
        with pytest.raises(ValueError, match="must lie in 1"):
            SlotWindow(memory, count, size)


def test_releasing_memory_keeps_allocated_slots(directory: Path) -> None:
    path = directory / "slots"
    with path.open("w+b") as file:
        os.truncate(file.fileno(), slots_file_bytes(3, SLOT_BYTES))
        memory = mmap.mmap(file.fileno(), slots_file_bytes(3, SLOT_BYTES))
    pool = SlotPool(memory, 3, SLOT_BYTES)
    allocated = [pool.allocate(), pool.allocate(), pool.allocate()]
    for slot in allocated:
        assert slot is not None
        pool.view(slot)[:] = b"\xaa" * SLOT_BYTES
    memory.flush()
    allocated_before = path.stat().st_blocks * 512
    pool.free(0)
    pool.free(2)
    assert pool.release_memory() == 2 * SLOT_BYTES
    assert path.stat().st_blocks * 512 <= allocated_before - 2 * SLOT_BYTES
    assert pool.view(1) == b"\xaa" * SLOT_BYTES
    assert pool.view(0) == bytes(SLOT_BYTES)
    assert pool.release_memory() == 0, "nothing was touched since"
