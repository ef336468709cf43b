"""Peers that were off, moved, changed or lost their database reach each other again."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.story.nodes import KIB, MIB, Homes, NodePair, RunningNode, homes
from tests.story.test_restarts import arrives_once, interrupt

FAR_S = 1_000_000.0  # longer than any test waits


@pytest.fixture(scope="module")
def pair() -> Iterator[NodePair]:
    with homes() as found:
        pair = found.pair(64 * KIB, 64 * KIB)
        pair.start()
        yield pair


def test_a_peer_that_was_off_for_long_is_served_as_soon_as_it_is_back(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    pair.start()
    arrives_once(pair, shelf.drop("boat", "before", os.urandom(KIB)))
    boat.stop()
    dropped = shelf.drop("boat", "while it was away", os.urandom(3 * MIB))
    shelf.wait_for_rows("SELECT 1 FROM connections WHERE failures >= 2")
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE type = 4 AND state = 'S-5'")
    shelf.put_off(FAR_S)
    # Nothing is due for long: boat has to connect first.
    boat.start()
    arrives_once(pair, dropped)


# The order matters: each test starts in the state that the previous one left.
CHANGES: list[tuple[str, str, Callable[[RunningNode], None]]] = [
    ("shelf", "more than the other takes", lambda node: node.configure(capacity=128 * KIB)),
    ("boat", "larger messages", lambda node: node.configure(capacity=128 * KIB)),
    ("boat", "smaller messages", lambda node: node.configure(capacity=64 * KIB)),
    ("boat", "dataport", lambda node: node.configure(dataports=[7425, 7426])),
    ("shelf", "dataport", lambda node: node.configure(dataports=[7427])),
    ("boat", "commsport", lambda node: node.configure(commsport=7431)),
    ("boat", "address", RunningNode.move),
    ("shelf", "address", RunningNode.move),
]


@pytest.mark.parametrize(
    ("side", "change"),
    [(side, change) for side, _, change in CHANGES],
    ids=[f"{side}: {what}" for side, what, _ in CHANGES],
)
def test_a_change_during_a_file_leads_to_a_new_agreement_and_the_file_continues(
    pair: NodePair, side: str, change: Callable[[RunningNode], None]
) -> None:
    changed, other = pair if side == "shelf" else pair[::-1]
    dropped = interrupt(pair, changed, changed.stop)
    change(changed)
    changed.start()
    arrives_once(pair, dropped)
    own = changed.rows("SELECT json_array(ipaddress), commsport, json(dataports) FROM selfinfo")
    assert other.rows("SELECT ipaddress, commsport, json(dataports) FROM sysinfo") == own
    size = min(node.number("SELECT capacity FROM selfinfo") for node in pair)
    assert [node.number("SELECT message_size FROM sysinfo") for node in pair] == [size, size]


@pytest.mark.parametrize("side", ["shelf", "boat"])
def test_a_peer_that_moved_and_has_nothing_to_send_is_found(pair: NodePair, side: str) -> None:
    moved, other = pair if side == "shelf" else pair[::-1]
    moved.stop()
    moved.move()
    moved.start()
    other.wait_for_rows("SELECT 1 FROM sysinfo WHERE ipaddress = json_array(?)", moved.address)
    arrives_once(pair, pair.shelf.drop("boat", f"after {side} moved", os.urandom(3 * MIB)))


@pytest.mark.parametrize("side", ["shelf", "boat"])
def test_a_node_that_loses_its_database_during_a_file_still_transfers_it(
    homes: Homes, side: str
) -> None:
    shelf, boat = pair = homes.pair(64 * KIB, 64 * KIB)
    pair.start()
    lost, other = pair if side == "shelf" else pair[::-1]
    dropped = interrupt(pair, lost, lost.stop)
    lost.lose_database()
    lost.enrol(other, "deliver")
    lost.start()
    name = dropped.name.decode()
    if lost is boat:
        # Without a receipt, acknowledged messages are sent again; due now, not in half a minute.
        # If some were not acknowledged yet, the manifest was asked for at once and all is over.
        shelf.wait_for_rows(
            "SELECT 1 FROM messages WHERE type = 6"
            " AND (state = 'S-2W' AND pieces_left = 0 OR state = 'F')"
        )
        shelf.due_now()
    boat.wait_for_delivery("shelf", dropped)
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE type = 6 AND state = 'F'")
    assert [each for each in boat.inbox_names("shelf") if each.startswith(name)] == [name]
    assert shelf.rows("SELECT agreement_number FROM sysinfo") == boat.rows(
        "SELECT agreement_number FROM sysinfo"
    )
