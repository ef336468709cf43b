"""Receipts and small data on the connection that the peer has dialled: one handshake in place of two."""

import os
from pathlib import Path

from tests.story.nodes import MIB, Homes, NodePair
from tests.story.test_frugal import text

_ESTABLISHED = "01"  # include/net/tcp_states.h


def data_connections(pair: NodePair) -> int:
    """Return how many data connections are open between two nodes: each has a listener's end."""
    dataports = {
        f"{int.from_bytes(bytes(map(int, node.address.split('.'))), 'little'):08X}:{7412:04X}"
        for node in pair
    }
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ends = [line.split()[1:4] for line in lines]
    return sum(local in dataports and state == _ESTABLISHED for local, _, state in ends)


def start_again(pair: NodePair) -> None:
    """Let the nodes meet, and start them anew: each was dialled where it is."""
    pair.start()
    text(pair, "one")
    pair.wait_until_settled()
    for node in pair:
        node.stop()
    pair.start()
    pair.wait_until_settled()


def test_a_text_and_its_receipt_take_one_connection(homes: Homes) -> None:
    pair = homes.pair()
    start_again(pair)
    for words in ("two", "three"):
        text(pair, words)
        assert data_connections(pair) == 1
    pair.boat.line.good("message", "--to", "shelf", "back")
    pair.shelf.wait_for_rows("SELECT 1 FROM texts WHERE text = 'back'")
    pair.wait_until_settled()
    assert data_connections(pair) == 1
    assert pair.boat.value("SELECT reached_address FROM connections") == pair.shelf.address
    assert [node.errors() for node in pair] == [[], []]


def test_what_is_large_goes_over_a_connection_of_its_own(homes: Homes) -> None:
    pair = homes.pair()
    start_again(pair)
    text(pair, "two")
    sent = pair.boat.drop("shelf", "large.bin", os.urandom(5 * MIB + 3))
    pair.shelf.wait_for_delivery("boat", sent)
    assert data_connections(pair) == 2
    text(pair, "three")
    pair.wait_until_settled()
    assert [node.errors() for node in pair] == [[], []]


def test_the_way_back_is_dialled_when_the_connection_is_gone(homes: Homes) -> None:
    pair = homes.pair()
    start_again(pair)
    text(pair, "two")
    pair.shelf.kill("sender")
    pair.boat.line.good("message", "--to", "shelf", "back")
    pair.shelf.wait_for_rows("SELECT 1 FROM texts WHERE text = 'back'")
    text(pair, "three")
    pair.wait_until_settled()
