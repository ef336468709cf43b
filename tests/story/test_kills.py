"""Each of the sixteen processes is killed once while a file is on its way."""

import os
from collections.abc import Iterator

import pytest

from netrelay.core.words import PROCESSES
from tests.story.nodes import KIB, MIB, Dropped, Pair, homes, wait_for

SIZE_BYTES = 40 * MIB
# The smallest messages make the longest way.
CAPACITY_BYTES = 64 * KIB
TRIES = 5
MANY = 1000


@pytest.fixture(scope="module")
def slow_pair() -> Iterator[Pair]:
    with homes() as found:
        pair = found.pair(CAPACITY_BYTES, CAPACITY_BYTES)
        pair.start()
        yield pair


def is_under_way(pair: Pair) -> bool:
    """Tell whether some of the file is durable there, and some is not."""
    return 0 < pair.boat.bytes_coming() < SIZE_BYTES


def kill_under_way(pair: Pair, side: str, process: str) -> tuple[Dropped, int]:
    """Drop files until one is under way after the process was killed; gives it and the old pid."""
    node = pair.shelf if side == "shelf" else pair.boat
    for number in range(TRIES):
        dropped = pair.shelf.drop("boat", f"{side}-{process}-{number}", os.urandom(SIZE_BYTES))
        wait_for("the file to be under way", pair.boat.bytes_coming)
        pid = node.kill(process)
        if is_under_way(pair):
            return dropped, pid
        node.wait_until_ready()
        pair.wait_until_settled()
    raise AssertionError(f"{TRIES} files were there before {process} was killed")


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("side", ["shelf", "boat"])
def test_a_killed_process_comes_back_and_the_file_arrives_once(
    slow_pair: Pair, side: str, process: str
) -> None:
    shelf, boat = slow_pair
    node = shelf if side == "shelf" else boat
    dropped, old_pid = kill_under_way(slow_pair, side, process)
    node.wait_until_ready()
    assert node.process_pid(process) != old_pid
    boat.wait_for_delivery("shelf", dropped)
    slow_pair.wait_until_settled()
    name = dropped.name.decode()
    assert [each for each in boat.inbox_names("shelf") if each.startswith(name)] == [name]
    assert list(boat.home.staging.iterdir()) == []
    assert [each.errors() for each in slow_pair] == [[], []]
    for folder in (boat.home.inbox / "shelf", shelf.home.sent / "boat"):
        for path in folder.iterdir():
            path.unlink()


@pytest.mark.parametrize(
    ("side", "process"),
    [
        ("shelf", "importer"),
        ("shelf", "processor_s"),
        ("boat", "processor_r"),
        ("boat", "exporter"),
    ],
)
def test_killed_among_many_small_files_none_is_lost_and_none_is_twice(
    slow_pair: Pair, side: str, process: str
) -> None:
    shelf, boat = slow_pair
    node = shelf if side == "shelf" else boat
    names = [f"{process}-{number:04}" for number in range(MANY)]
    dropped = [shelf.drop("boat", name, name.encode() * 50) for name in names]
    wait_for("the first to be there", lambda: boat.inbox_names("shelf"))
    node.kill(process)
    assert len(boat.inbox_names("shelf")) < MANY
    node.wait_until_ready()
    for each in dropped:
        boat.wait_for_delivery("shelf", each)
    slow_pair.wait_until_settled()
    assert boat.inbox_names("shelf") == names
    assert list(boat.home.staging.iterdir()) == []
    assert [each.errors() for each in slow_pair] == [[], []]
    for folder in (boat.home.inbox / "shelf", shelf.home.sent / "boat"):
        for path in folder.iterdir():
            path.unlink()
