"""A node is stopped, killed or started late during a transfer."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.story.nodes import KIB, MIB, Dropped, Homes, NodePair, RunningNode, homes, wait_for

SIZE_BYTES = 40 * MIB
CAPACITY_BYTES = 64 * KIB
TRIES = 5


@pytest.fixture(scope="module")
def slow_pair() -> Iterator[NodePair]:
    with homes() as found:
        pair = found.pair(CAPACITY_BYTES, CAPACITY_BYTES)
        pair.start()
        yield pair


def interrupt(pair: NodePair, node: RunningNode, how: Callable[[], object]) -> Dropped:
    """Drop files until one is in transfer when the node ends; return it."""
    for number in range(TRIES):
        dropped = pair.shelf.drop("boat", f"{node.name}-{number}", os.urandom(SIZE_BYTES))
        wait_for("the file to be under way", pair.boat.bytes_coming)
        how()
        if 0 < pair.boat.bytes_coming() < SIZE_BYTES:
            return dropped
        node.start()
        pair.wait_until_settled()
    raise AssertionError(f"{TRIES} files were there before {node.name} was gone")


def arrives_once(pair: NodePair, dropped: Dropped) -> None:
    name = dropped.name.decode()
    pair.boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    assert [each for each in pair.boat.inbox_names("shelf") if each.startswith(name)] == [name]
    assert (pair.shelf.home.sent / "boat" / name).exists()
    assert list(pair.boat.home.staging.iterdir()) == []
    assert [node.errors() for node in pair] == [[], []]
    for folder in (pair.boat.home.inbox / "shelf", pair.shelf.home.sent / "boat"):
        for path in folder.iterdir():
            path.unlink()


@pytest.mark.parametrize("side", ["shelf", "boat"])
def test_a_node_stopped_during_a_file_continues_where_it_was(
    slow_pair: NodePair, side: str
) -> None:
    node = slow_pair.shelf if side == "shelf" else slow_pair.boat
    codes: list[int | None] = []
    dropped = interrupt(slow_pair, node, lambda: codes.append(node.stop()))
    assert set(codes) == {0}
    durable_bytes = slow_pair.boat.bytes_coming()
    came_before = slow_pair.boat.number("SELECT count(*) FROM messages WHERE type = 2")
    node.start()
    arrives_once(slow_pair, dropped)
    # Durable chunks were not sent again.
    came_after = slow_pair.boat.number("SELECT count(*) FROM messages WHERE type = 2") - came_before
    assert came_after == (SIZE_BYTES - durable_bytes) // CAPACITY_BYTES


@pytest.mark.parametrize("side", ["shelf", "boat"])
def test_a_kill_of_up_ends_its_processes(slow_pair: NodePair, side: str) -> None:
    node = slow_pair.shelf if side == "shelf" else slow_pair.boat
    dropped = interrupt(slow_pair, node, node.kill_up)
    node.start()
    arrives_once(slow_pair, dropped)


def test_a_destination_that_is_off_gets_its_file_when_it_starts(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    shelf.start()
    dropped = shelf.drop("boat", "early.bin", os.urandom(3 * MIB))
    shelf.wait_for_rows("SELECT 1 FROM events WHERE event = 'unsent'")
    shelf.wait_for_rows("SELECT 1 FROM logs WHERE event = 'hello-failed'")
    assert shelf.rows("SELECT type, state FROM messages WHERE id > 0 ORDER BY id") == [
        (6, "S-1"),
        (4, "S-5"),
    ]
    boat.start()
    arrives_once(pair, dropped)

    # The same with an agreement, after another stop.
    boat.stop()
    dropped = shelf.drop("boat", "early-too.bin", os.urandom(3 * MIB))
    shelf.wait_for_rows("SELECT 1 FROM logs WHERE event = 'not-connected'")
    boat.start()
    arrives_once(pair, dropped)


def test_a_newer_netrelay_continues_the_queue_with_its_own_state_machine(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair
    shelf.start()
    dropped = shelf.drop("boat", "waits.bin", os.urandom(3 * MIB))
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE type = 6")
    shelf.stop()
    # The database as an older netrelay would leave it whose state machine could not send.
    shelf.change(
        "DELETE FROM transitions WHERE event IN ('fits', 'handed', 'withdrawn')",
        "DROP TRIGGER effect_cut",
        "DROP VIEW stuck",
        "DROP VIEW machine",
    )
    pair.start()
    boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    assert shelf.line.good("sql", "SELECT count(*) AS stuck FROM stuck", "--csv").split()[1] == "0"
    said = "SELECT count(*) FROM logs WHERE event = 'machine-renewed'"
    assert [node.number(said) for node in pair] == [1, 0]
