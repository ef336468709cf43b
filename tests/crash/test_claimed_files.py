"""A claimed file survives a power cut, although its writer did not flush it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from netrelay.runtime.home import Home
from netrelay.transfer.claims import Claimed, Claims, flush_claimed
from tests.crash.powered_disk import PoweredDisk, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

SIZE_BYTES = 100_000


def claim(disk: PoweredDisk, count: int, flush: Callable[[Path, list[Claimed]], None]) -> int:
    """Drop files as cp does, claim them, cut the power; return how many are complete."""
    home = Home(disk.mount)
    drop = home.drop / "boat"
    drop.mkdir(parents=True)
    home.claims.mkdir()
    contents = {b"%d" % number: os.urandom(SIZE_BYTES) for number in range(count)}
    for name, content in contents.items():
        (drop / os.fsdecode(name)).write_bytes(content)
    claimed = Claims(home.path, home.claims).claim(drop, "boat", contents)
    flush(home.path, claimed)
    disk.cut_now(0)
    disk.release()
    disk.power_on()
    found = {item.name: home.path / os.fsdecode(item.path) for item in claimed}
    return sum(found[name].read_bytes() == content for name, content in contents.items())


@pytest.mark.parametrize("count", [1, 20])
def test_a_claimed_file_is_complete_after_a_power_cut(disk: PoweredDisk, count: int) -> None:
    assert claim(disk, count, flush_claimed) == count


@pytest.mark.parametrize("count", [1, 20])
def test_without_the_flush_it_is_not(disk: PoweredDisk, count: int) -> None:
    assert claim(disk, count, lambda *_: None) < count
