"""A line that breaks faster than a frame crosses it: what crossed is kept on both sides.

The proxy resets every connection after so many bytes from the caller, the handshake included.
"""

import os
from collections.abc import Sequence
from itertools import repeat

import pytest

from tests.story.cutting_proxy import CuttingProxy, cutting_proxy
from tests.story.nodes import KIB, MIB, Homes, NodePair, RunningNode, free_address

DATAPORT = 7412
BREAKS = 2000
# Handshakes, small records, and what a break takes; the goal is 2.
MOST_BYTES_A_PAYLOAD_BYTE = 1.5


def agreed_pair(homes: Homes) -> tuple[NodePair, str]:
    """Return a running pair that has an agreement, and the address of a proxy before boat."""
    shelf, boat = pair = homes.pair()
    here = free_address()
    # The proxy is preferred; while it does not listen, the other address is used.
    shelf.line.good("peer", "address", "boat", here, boat.address)
    pair.start()
    first = shelf.drop("boat", "first.txt", b"now they are agreed")
    boat.wait_for_delivery("shelf", first)
    pair.wait_until_settled()
    return pair, here


def lead_through_proxy(shelf: RunningNode) -> None:
    """Make shelf connect anew, through the proxy, which listens now."""
    shelf.kill("sender")
    shelf.wait_until_ready()


def deliver_over(homes: Homes, size_bytes: int, cuts: Sequence[int]) -> CuttingProxy:
    """Send one file over a line with these cuts; return the proxy with its counts."""
    pair, here = agreed_pair(homes)
    shelf, boat = pair
    with cutting_proxy((here, DATAPORT), (boat.address, DATAPORT), cuts) as proxy:
        lead_through_proxy(shelf)
        dropped = shelf.drop("boat", "large.bin", os.urandom(size_bytes))
        boat.wait_for_delivery("shelf", dropped)
        pair.wait_until_settled()
    assert [node.errors() for node in pair] == [[], []]
    assert boat.inbox_names("shelf") == ["first.txt", "large.bin"]
    return proxy


@pytest.mark.parametrize(("size_bytes", "cut_bytes"), [(MIB, 64 * KIB), (96 * KIB, 16 * KIB)])
def test_a_line_that_breaks_within_each_frame_delivers(
    homes: Homes, size_bytes: int, cut_bytes: int
) -> None:
    proxy = deliver_over(homes, size_bytes, list(repeat(cut_bytes, BREAKS)))
    assert proxy.cuts >= size_bytes // cut_bytes
    crossed_bytes = sum(proxy.taken_bytes)
    print(f"{crossed_bytes} bytes in {proxy.cuts} connections for {size_bytes}")
    assert crossed_bytes <= MOST_BYTES_A_PAYLOAD_BYTE * size_bytes
