"""Sixteen peers at once, one of which stalls: the others get their share.

The peers have no processes (light_peers.py); the node is real.
"""

import os
from collections.abc import Iterator

import pytest

from tests.story.light_peers import Dribblers, Giver, Light, Taker, drive
from tests.story.nodes import MIB, Homes, RunningNode

OTHERS = 15
FILE_BYTES = 3 * MIB
STUCK_AFTER_BYTES = 24 * MIB
STUCK_FILE_BYTES = 72 * MIB


@pytest.fixture
def node(homes: Homes) -> Iterator[RunningNode]:
    node = homes.node("hub")
    node.start()
    yield node


def in_flight(node: RunningNode, peer: str) -> int:
    return node.number(
        "SELECT count(*) FROM messages m JOIN peers p ON p.node = m.next_hop"
        " WHERE m.state = 'S-4W' AND p.name = ?",
        peer,
    )


def test_a_peer_that_stops_reading_delays_no_other(node: RunningNode) -> None:
    stuck = Taker(node, "stuck", STUCK_AFTER_BYTES)
    others = [Taker(node, f"taker-{number}") for number in range(OTHERS)]
    everybody = [stuck, *others]
    try:
        node.drop("stuck", "large", os.urandom(STUCK_FILE_BYTES))
        drive(everybody, "one to be stuck", lambda: stuck.is_stuck)
        # More is in flight to it than slots and socket buffers hold.
        drive(everybody, "the pipe to be full", lambda: in_flight(node, "stuck") >= 12)
        for other in others:
            node.drop(other.name, "file", os.urandom(FILE_BYTES))
        drive(
            everybody,
            "all others to have their files",
            lambda: all(other.taken_bytes == FILE_BYTES for other in others),
        )
        assert in_flight(node, "stuck") >= 12, "it was stuck all the while"
        assert node.value(
            "SELECT handle FROM connections c JOIN peers p ON p.node = c.peer WHERE name = 'stuck'"
        ) not in (None, -1)
    finally:
        for each in everybody:
            each.close()


def test_peers_that_send_byte_by_byte_delay_no_other(node: RunningNode, homes: Homes) -> None:
    dribblers = Dribblers(node, homes.folder)
    others = [Giver(node, homes.folder, f"giver-{number}") for number in range(OTHERS)]
    everybody: list[Light] = [dribblers, *others]
    try:
        for other in others:
            other.drop("file", os.urandom(FILE_BYTES))
        drive(
            everybody,
            "all files to be in the inbox",
            lambda: all(node.inbox_names(other.name) == ["file"] for other in others),
        )
        # All their connections are open, and incomplete frames occupy slots.
        dribblers.step()
    finally:
        for each in everybody:
            each.close()
