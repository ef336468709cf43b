"""Several jobs for one peer at once: fair queueing, and urgent jobs first.

NETRELAY_STORY_LARGE_MIB sets the size of the large file for campaigns (default 128).
"""

import os
from collections.abc import Iterator
from itertools import groupby

import pytest

from tests.story.nodes import KIB, MIB, Dropped, NodePair, RunningNode, homes, wait_for

CAPACITY_BYTES = 64 * KIB
LARGE_BYTES = int(os.environ.get("NETRELAY_STORY_LARGE_MIB", "128")) * MIB


@pytest.fixture(scope="module")
def pair() -> Iterator[NodePair]:
    with homes() as found:
        pair = found.pair(CAPACITY_BYTES, CAPACITY_BYTES)
        pair.start()
        pair.boat.wait_for_delivery("shelf", pair.shelf.drop("boat", "first", b"agree"))
        pair.wait_until_settled()
        yield pair


def drop_large(pair: NodePair) -> Dropped:
    """Drop the large file, and wait until its transfer has started."""
    large = pair.shelf.drop("boat", "large", os.urandom(LARGE_BYTES))
    wait_for("the large file to be under way", pair.boat.bytes_coming)
    return large


def remove(pair: NodePair, *files: Dropped) -> None:
    for folder in (pair.boat.home.inbox / "shelf", pair.shelf.home.sent / "boat"):
        for each in files:
            (folder / os.fsdecode(each.name)).unlink()


def exports(node: RunningNode) -> list[object]:
    """Return the names of exported files, in order."""
    rows = node.rows(
        "SELECT f.name FROM events e JOIN messages m ON m.id = e.message"
        " JOIN files f ON f.id = m.file WHERE e.event = 'exported' ORDER BY e.seq"
    )
    return [name for (name,) in rows]


def test_a_small_file_arrives_before_a_large_one_that_started_earlier(pair: NodePair) -> None:
    large = drop_large(pair)
    # sender is stopped until both are claimed: a fast machine would send the first before.
    pair.shelf.line.good("pause", "boat")
    middling = pair.shelf.drop("boat", "middling", os.urandom(20 * CAPACITY_BYTES))
    small = pair.shelf.drop("boat", "small", os.urandom(10 * KIB))
    pair.shelf.wait_for_rows(
        "SELECT 1 WHERE 3 = (SELECT count(*) FROM messages WHERE type = 6 AND state LIKE 'S-2%')"
    )
    pair.shelf.line.good("resume", "boat")
    for each in (small, middling, large):
        pair.boat.wait_for_delivery("shelf", each)
    pair.wait_until_settled()
    assert exports(pair.boat)[-3:] == ["small", "middling", "large"]
    remove(pair, small, middling, large)


def test_two_large_files_share_the_connection_fairly(pair: NodePair) -> None:
    before = pair.boat.number("SELECT max(seq) FROM events")
    # sender is stopped until both are claimed: a fast machine would send the first meanwhile.
    pair.shelf.line.good("pause", "boat")
    files = [pair.shelf.drop("boat", name, os.urandom(32 * MIB)) for name in ("one", "two")]
    wait_for(
        "both to be cut",
        lambda: (
            pair.shelf.number("SELECT count(*) FROM messages WHERE type = 3 AND state = 'S-4'") == 2
        ),
    )
    pair.shelf.line.good("resume", "boat")
    for each in files:
        pair.boat.wait_for_delivery("shelf", each)
    pair.wait_until_settled()
    order = [
        sequence
        for (sequence,) in pair.boat.rows(
            "SELECT m.sequence FROM events e JOIN messages m ON m.id = e.message"
            " WHERE m.type = 2 AND e.event = 'arrived' AND e.seq > ? ORDER BY e.seq",
            before,
        )
    ]
    first, second = dict.fromkeys(order)
    # From the first chunk of the second to the last of the first: more than one batch.
    both = order[order.index(second) : len(order) - order[::-1].index(first)]
    runs = [len(list(run)) for _, run in groupby(both)]
    assert len(both) > 100
    # Frames filled before the second was admitted contain only the first.
    assert max(runs) <= 24
    assert len(runs) > 0.8 * len(both)
    remove(pair, *files)
