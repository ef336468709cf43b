"""BlockLog: what a power cut leaves of a disk with a volatile cache, for many seeds."""

import random

import pytest

from tests.crash.block_log import SECTOR_BYTES, BlockLog, Cut

SEEDS = range(200)
SECTORS = 8
OLD, NEW, NEWER = (bytes([letter]) * SECTOR_BYTES for letter in b"one")


def disk() -> BlockLog:
    """Return a disk with old, flushed content."""
    log = BlockLog(SECTORS * SECTOR_BYTES)
    log.write(0, OLD * SECTORS)
    log.flush()
    return log


def sectors(log: BlockLog) -> list[bytes]:
    """Return the visible content by sectors."""
    every = log.read(0, log.size_bytes)
    return [every[begin : begin + SECTOR_BYTES] for begin in range(0, len(every), SECTOR_BYTES)]


def after_cut(log: BlockLog, seed: int) -> tuple[Cut, list[bytes]]:
    """Cut the power; return the cut, and the content after power-on."""
    cut = log.cut(random.Random(seed))
    log.power_on()
    return cut, sectors(log)


def test_a_reader_sees_what_was_written_last() -> None:
    log = disk()
    log.write(SECTOR_BYTES, NEW)
    assert sectors(log) == [OLD, NEW] + [OLD] * 6


def test_what_was_flushed_always_survives() -> None:
    for seed in SEEDS:
        log = disk()
        log.write(0, NEW * 4)
        log.flush()
        log.write(4 * SECTOR_BYTES, NEW * 2)
        _, found = after_cut(log, seed)
        assert found[:4] == [NEW] * 4
        assert found[6:] == [OLD] * 2


def test_what_was_not_flushed_survives_or_is_lost_or_is_torn() -> None:
    cuts, seen = [], set()
    for seed in SEEDS:
        log = disk()
        log.write(0, NEW * SECTORS)
        cut, found = after_cut(log, seed)
        cuts.append(cut)
        seen.add(tuple(found))
        assert {*found} <= {OLD, NEW}
        kept = found.count(NEW)
        assert cut == Cut(1, kept == SECTORS, 0 < kept < SECTORS, kept == 0)
    assert [sum(each) > 10 for each in zip(*cuts, strict=True)] == [True] * 4
    # Torn after some sectors, and with gaps.
    assert (NEW,) * 3 + (OLD,) * 5 in seen
    assert any(found[0] == OLD and found[1] == NEW and found[2] == OLD for found in seen)


def test_a_later_write_may_survive_an_earlier_one() -> None:
    seen = set()
    for seed in SEEDS:
        log = disk()
        log.write(0, NEW)
        log.write(SECTOR_BYTES, NEW)
        seen.add(tuple(after_cut(log, seed)[1][:2]))
    assert seen == {(OLD, OLD), (OLD, NEW), (NEW, OLD), (NEW, NEW)}


def test_of_two_writes_to_one_place_either_may_be_left() -> None:
    seen = set()
    for seed in SEEDS:
        log = disk()
        log.write(0, NEW)
        log.write(0, NEWER)
        seen.add(after_cut(log, seed)[1][0])
    assert seen == {OLD, NEW, NEWER}


def test_the_same_seed_leaves_the_same() -> None:
    found = []
    for _ in range(2):
        log = disk()
        for sector in range(SECTORS):
            log.write(sector * SECTOR_BYTES, NEW)
        found.append(after_cut(log, 7))
    assert found[0] == found[1]


def test_without_power_nothing_is_written_any_more_not_even_by_a_flush() -> None:
    log = disk()
    log.cut(random.Random(1))
    log.write(0, NEW)
    log.flush()
    assert sectors(log)[0] == NEW, "who has it open goes on"
    log.power_on()
    assert sectors(log) == [OLD] * SECTORS
    log.write(0, NEWER)
    log.flush()
    assert after_cut(log, 1)[1][0] == NEWER, "it works again"


def test_it_counts_what_is_asked_since_the_power_came() -> None:
    log = disk()
    assert (log.writes, log.flushes) == (1, 1)
    after_cut(log, 1)
    assert (log.writes, log.flushes) == (0, 0)


@pytest.mark.parametrize(
    ("offset", "size_bytes"),
    [(1, SECTOR_BYTES), (0, SECTOR_BYTES - 1), (SECTORS * SECTOR_BYTES, SECTOR_BYTES)],
)
def test_what_is_no_whole_sector_of_the_disk_is_refused(offset: int, size_bytes: int) -> None:
    with pytest.raises(ValueError, match=f"{size_bytes} bytes at {offset}"):
        disk().write(offset, bytes(size_bytes))


@pytest.mark.parametrize("size_bytes", [0, -SECTOR_BYTES, SECTOR_BYTES + 1])
def test_a_disk_has_whole_sectors(size_bytes: int) -> None:
    with pytest.raises(ValueError, match=f"a disk of {size_bytes} bytes"):
        BlockLog(size_bytes)
