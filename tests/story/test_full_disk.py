"""A node on a disk without a free byte: nothing ends, and all goes on when there is room."""

import json
from collections.abc import Iterator

import pytest

from netrelay.core.words import PROCESSES
from netrelay.runtime.full_disk import RETRY_S
from tests.small_disk import SmallDisk, small_disk
from tests.story.nodes import Homes, NodePair, RunningNode, wait_for

MIB = 1 << 20


@pytest.fixture
def disk(homes: Homes) -> Iterator[SmallDisk]:
    """Boat's home, larger than the reserve for the database; its runtime folder is elsewhere."""
    with small_disk(homes.folder / "boat", 48 * MIB) as found:
        if found is None:
            pytest.skip("only root may mount a tmpfs")
        yield found
        for node in homes.nodes:
            node.stop()


@pytest.fixture
def pair(homes: Homes, disk: SmallDisk) -> NodePair:
    shelf = homes.node("shelf")
    boat = homes.node("boat")
    # What is dropped is renamed, so it is made on the same file system.
    boat.made = disk.path / "made"
    boat.made.mkdir()
    for node in (shelf, boat):
        node.configure(capacity=65_536)
    shelf.enrol(boat, "deliver")
    boat.enrol(shelf, "deliver")
    pair = NodePair(shelf, boat)
    pair.start()
    wait_for("the reserve", boat.home.reserve.exists)
    return pair


def pids(node: RunningNode) -> dict[str, int]:
    return {process: node.process_pid(process) for process in PROCESSES}


def test_a_full_disk_is_a_state_of_a_node(pair: NodePair, disk: SmallDisk) -> None:
    shelf, boat = pair
    boat.wait_for_delivery("shelf", shelf.drop("boat", "before.bin", b"before"))
    pair.wait_until_settled()
    before = pids(boat)
    ours = [boat.drop("shelf", f"ours-{number}.bin", b"ours") for number in range(2)]
    boat.wait_until_settled()
    # The rows fit that are stored before; no more than a page is left for what follows.
    disk.fill()
    theirs = [shelf.drop("boat", f"theirs-{number}.bin", b"theirs") for number in range(20)]
    ours += [boat.drop("shelf", "late.bin", b"")]
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE refusal = 4")
    wait_for("importer to report it", lambda: "importer: " in reported(boat))
    wait_for("processor_r to report it", lambda: "netrelay processor_r: " in reported(boat))
    found = map(json.loads, boat.line("check", "--json").out.splitlines())
    assert [each["subject"] for each in found if each["level"] == "fail"] == ["disk"]
    assert "the disk is full" in boat.line.good("status")
    assert pids(boat) == before
    disk.make_room()
    for dropped in theirs:
        shelf.due_now()
        boat.wait_for_delivery("shelf", dropped)
    for dropped in ours:
        shelf.wait_for_delivery("boat", dropped)
    pair.wait_until_settled()
    assert pids(boat) == before
    assert boat.rows("SELECT DISTINCT process FROM logs WHERE event = 'crashed'") == []
    assert boat.rows("SELECT 1 FROM logs WHERE event = 'disk-full'")
    assert sorted(boat.inbox_names("shelf")) == sorted(
        ["before.bin", *(f"theirs-{number}.bin" for number in range(20))]
    )
    wait_for("its end to be reported", lambda: "the disk has room again" in reported(boat))
    assert RETRY_S <= 1


def test_a_person_has_room_when_the_disk_is_full(pair: NodePair, disk: SmallDisk) -> None:
    """Whoever filled it: what ends that can be typed, with the node up or down."""
    shelf, boat = pair
    text = "SELECT id FROM texts"
    shelf.line.good("message", "--to", "boat", "hello")
    boat.wait_for_rows(text)
    pair.wait_until_settled()
    disk.fill()
    boat.line.good("peer", "deny", "shelf", "deliver")
    assert not boat.home.reserve.exists()
    boat.line.good("peer", "quota", "shelf", "1M")
    assert boat.line.good("inbox", "--forget", "1")
    assert boat.rows(text) == []
    boat.line.good("peer", "rm", "shelf", "--keep-jobs")
    assert boat.rows("SELECT 1 FROM peers") == []


def test_a_node_that_is_down_on_a_full_disk_can_be_changed(pair: NodePair, disk: SmallDisk) -> None:
    _, boat = pair
    boat.stop()
    disk.fill()
    boat.line.good("peer", "rm", "shelf")
    assert boat.rows("SELECT 1 FROM peers") == []


def reported(node: RunningNode) -> str:
    """Return what the processes said to standard error about the full disk."""
    lines = node.log.read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if "the disk" in line)
