"""Small data and receipts on the connection that is there: of a greeting, or of the peer's data."""

import os
from pathlib import Path

import pytest

from tests.story.nodes import MIB, Homes, NodePair
from tests.story.test_frugal import text

_ESTABLISHED = "01"  # include/net/tcp_states.h


def connections(pair: NodePair, port: int) -> int:
    """Return how many connections to a port of two nodes are open: each has a listener's end."""
    listening = {
        f"{int.from_bytes(bytes(map(int, node.address.split('.'))), 'little'):08X}:{port:04X}"
        for node in pair
    }
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ends = [line.split()[1:4] for line in lines]
    return sum(local in listening and state == _ESTABLISHED for local, _, state in ends)


def start_again(pair: NodePair, on_commsport: tuple[bool, bool] = (True, True)) -> None:
    """Let the nodes meet, and start them anew: each was dialled where it is."""
    pair.start()
    text(pair, "one")
    pair.wait_until_settled()
    for node, chosen in zip(pair, on_commsport, strict=True):
        node.stop()
        node.configure(small_data_on_commsport=chosen)
    pair.start()
    pair.wait_until_settled()


def test_a_text_and_its_receipt_go_on_the_connection_of_the_greeting(homes: Homes) -> None:
    pair = homes.pair()
    start_again(pair)
    for words in ("two", "three"):
        text(pair, words)
        # Both may have said hello at once: each keeps the connection of its own.
        assert connections(pair, 7411) in (1, 2)
        assert connections(pair, 7412) == 0
    pair.boat.line.good("message", "--to", "shelf", "back")
    pair.shelf.wait_for_rows("SELECT 1 FROM texts WHERE text = 'back'")
    pair.wait_until_settled()
    assert connections(pair, 7412) == 0
    assert pair.boat.value("SELECT reached_address FROM connections") == pair.shelf.address
    assert [node.errors() for node in pair] == [[], []]


def test_no_data_crosses_the_commsport_unless_both_nodes_say_so(homes: Homes) -> None:
    pair = homes.pair()
    start_again(pair, (False, True))
    text(pair, "two")
    pair.wait_until_settled()
    assert connections(pair, 7411) == 0
    assert connections(pair, 7412) == 1, "its receipt goes back on it"


def test_receipts_go_back_on_the_connection_that_brought_the_data(homes: Homes) -> None:
    pair = homes.pair()
    start_again(pair)
    sent = pair.shelf.drop("boat", "large.bin", os.urandom(5 * MIB + 3))
    pair.boat.wait_for_delivery("shelf", sent)
    pair.wait_until_settled()
    text(pair, "two")
    pair.wait_until_settled()
    assert connections(pair, 7412) == 1
    back = pair.boat.drop("shelf", "back.bin", os.urandom(5 * MIB + 3))
    pair.shelf.wait_for_delivery("boat", back)
    assert connections(pair, 7412) == 2, "what is large has a connection of its own"
    text(pair, "three")
    pair.wait_until_settled()
    assert [node.errors() for node in pair] == [[], []]


@pytest.mark.parametrize("process", ["initial_receiver", "initial_sender", "sender", "receiver"])
def test_what_one_process_carried_is_dialled_when_it_ends(homes: Homes, process: str) -> None:
    pair = homes.pair()
    start_again(pair)
    text(pair, "two")
    pair.shelf.kill(process)
    pair.boat.line.good("message", "--to", "shelf", "back")
    pair.shelf.wait_for_rows("SELECT 1 FROM texts WHERE text = 'back'")
    text(pair, "three")
    pair.wait_until_settled()
    texts = "SELECT count(*) FROM texts"
    assert (pair.boat.value(texts), pair.shelf.value(texts)) == (3, 1)
