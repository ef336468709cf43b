"""Many files of all sizes and names, in both directions."""

import os
import random

import pytest

from netrelay.store.database import Row
from tests.story.nodes import CAPACITY_BYTES, MIB, NodePair, RunningNode

# Overhead of a single (netrelay/core/single.py): length of the inner header 2,
# array 1, kind 1, name 2 + its bytes, modification time 9.
INNER_BYTES = 15


def pieces(node: RunningNode, name: str) -> list[Row]:
    """Return types and sizes of the messages of a file at its source."""
    return node.rows(
        "SELECT m.type, m.size_bytes FROM messages m JOIN files f ON f.id = m.file"
        " WHERE f.name = ? AND m.parent > 0 ORDER BY m.id",
        name,
    )


def settled_well(pair: NodePair) -> None:
    pair.wait_until_settled()
    assert [node.errors() for node in pair] == [[], []]


@pytest.mark.parametrize("size_bytes", [0, 1, 70_000])
def test_a_small_file_is_sent_as_one_single(running_pair: NodePair, size_bytes: int) -> None:
    shelf, boat = running_pair
    name = f"small-{size_bytes}.bin"
    dropped = shelf.drop("boat", name, os.urandom(size_bytes))
    boat.wait_for_delivery("shelf", dropped)
    settled_well(running_pair)
    assert pieces(shelf, name) == [(1, size_bytes + INNER_BYTES + len(name))]


def test_the_largest_single_and_one_byte_more(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    room_bytes = CAPACITY_BYTES - INNER_BYTES - len("fits.bin")
    fits = shelf.drop("boat", "fits.bin", os.urandom(room_bytes))
    over = shelf.drop("boat", "over.bin", os.urandom(room_bytes + 1))
    for dropped in (fits, over):
        boat.wait_for_delivery("shelf", dropped)
    settled_well(running_pair)
    assert pieces(shelf, "fits.bin") == [(1, CAPACITY_BYTES)]
    assert pieces(shelf, "over.bin") == [(3, 0), (2, room_bytes + 1)]


def test_whole_chunks_and_one_byte_more(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    whole = shelf.drop("boat", "whole.bin", os.urandom(2 * CAPACITY_BYTES))
    more = shelf.drop("boat", "more.bin", os.urandom(2 * CAPACITY_BYTES + 1))
    for dropped in (whole, more):
        boat.wait_for_delivery("shelf", dropped)
    settled_well(running_pair)
    chunk = (2, CAPACITY_BYTES)
    assert pieces(shelf, "whole.bin") == [(3, 0), chunk, chunk]
    assert pieces(shelf, "more.bin") == [(3, 0), chunk, chunk, (2, 1)]


def test_many_small_files_at_once(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    before = boat.inbox_names("shelf")
    dropped = [
        shelf.drop("boat", f"many-{number:03}", os.urandom(number * 37)) for number in range(300)
    ]
    for each in dropped:
        boat.wait_for_delivery("shelf", each)
    settled_well(running_pair)
    names = [each.name.decode() for each in dropped]
    assert sorted(set(boat.inbox_names("shelf")) - set(before)) == names
    sent = {entry.name for entry in (shelf.home.sent / "boat").iterdir()}
    assert sent.issuperset(names)


def test_small_and_large_files_in_both_directions_at_once(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    sizes = [9 * MIB, 7 * MIB, 3 * MIB, *random.Random(1).sample(range(50_000), 20)]
    dropped = [
        (node, other, node.drop(other.name, f"{node.name}-{number}", os.urandom(size_bytes)))
        for number, size_bytes in enumerate(sizes)
        for node, other in ((shelf, boat), (boat, shelf))
    ]
    for node, other, each in dropped:
        other.wait_for_delivery(node.name, each)
    settled_well(running_pair)
    for node, other in ((shelf, boat), (boat, shelf)):
        names = [name for name in other.inbox_names(node.name) if name.startswith(node.name)]
        assert len(names) == len(sizes)


def test_two_large_files_share_the_connection(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    both = [shelf.drop("boat", f"share-{n}.bin", os.urandom(12 * MIB)) for n in range(2)]
    for each in both:
        boat.wait_for_delivery("shelf", each)
    settled_well(running_pair)
    handles = shelf.rows("SELECT handle FROM connections WHERE handle >= 0")
    assert len(handles) == 1


LONG = b"l" * 251 + b".txt"


@pytest.mark.parametrize(
    ("name", "inbox_name"),
    [
        pytest.param(b"caf\xe9.txt", "caf%E9.txt", id="not UTF-8"),
        pytest.param("grüße 北.txt".encode(), "grüße 北.txt", id="UTF-8"),
        pytest.param(b"two\nlines.txt", "two_lines.txt", id="newline"),
        pytest.param(b"-rf", "_-rf", id="leading dash"),
        pytest.param(b"a\\b.txt", "a_b.txt", id="backslash"),
        pytest.param(LONG, "l" * 236 + ".txt", id="255 bytes"),
    ],
)
def test_a_name_is_made_safe_at_the_destination_and_kept_at_the_source(
    running_pair: NodePair, name: bytes, inbox_name: str
) -> None:
    shelf, boat = running_pair
    dropped = shelf.drop("boat", name, b"what it says " + name)
    boat.wait_for_delivery("shelf", dropped, inbox_name)
    settled_well(running_pair)
    assert (shelf.home.sent / "boat" / os.fsdecode(name)).exists()


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        (b"same.txt", "same.txt", "same (2).txt"),
        (b"k" * 251 + b".txt", "k" * 236 + ".txt", "k" * 236 + " (2).txt"),
    ],
    ids=["short", "255 bytes"],
)
def test_the_same_name_twice_is_two_files(
    running_pair: NodePair, name: bytes, first: str, second: str
) -> None:
    shelf, boat = running_pair
    boat.wait_for_delivery("shelf", shelf.drop("boat", name, b"the first"), first)
    settled_well(running_pair)
    boat.wait_for_delivery("shelf", shelf.drop("boat", name, b"the second"), second)
    settled_well(running_pair)
    sent = [entry.read_bytes() for entry in (shelf.home.sent / "boat").iterdir()]
    assert {b"the first", b"the second"} <= set(sent)


def test_entries_that_are_not_sent_stay_in_the_drop_folder(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    folder = shelf.home.drop / "boat"
    shelf.drop("boat", ".hidden", b"not ready")
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("/etc/hostname")
    dropped = shelf.drop("boat", "after-them.txt", b"seen after them")
    boat.wait_for_delivery("shelf", dropped)
    for name in ("pipe", "link"):
        shelf.wait_for_rows(
            "SELECT 1 FROM logs WHERE event = 'left-alone' AND text LIKE ?", f"%{name}%"
        )
    settled_well(running_pair)
    assert sorted(entry.name for entry in folder.iterdir()) == [".hidden", "link", "pipe"]
