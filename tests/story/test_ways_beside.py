"""One large file by two ways of its peer side by side: each carries what arrives by it soonest."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from tests.story.nodes import KIB, MIB, Dropped, Homes, NodePair, RunningNode, free_address
from tests.story.paced_proxy import PacedProxy, paced_proxy

RATES_BYTES_PER_S = (1 * MIB, 512 * KIB)
COMMSPORT, DATAPORT = 7411, 7412
SIZE_BYTES = 4 * MIB
# Overhead of seals, headers and handshakes.
SURPLUS = 1.05
HANDED = (
    "SELECT count(*) FROM events e JOIN messages m ON m.id = e.message"
    " WHERE m.type = 2 AND e.event = 'handed'"
)
BY_WAY = HANDED + " AND e.reason = 'over ' || ?"


class TwoWays(NamedTuple):
    """Two nodes; shelf reaches boat by two slow ways, the first of which is the faster one."""

    pair: NodePair
    ways: tuple[str, str]
    proxies: tuple[PacedProxy, PacedProxy]

    def pieces(self) -> int:
        """Return in how many pieces the file was cut."""
        return self.pair.shelf.number("SELECT count(*) FROM messages WHERE type = 2")

    def taken_bytes(self) -> int:
        return sum(proxy.taken_bytes for proxy in self.proxies)


@pytest.fixture
def two_ways(homes: Homes) -> Iterator[TwoWays]:
    shelf, boat = pair = homes.pair(64 * KIB, 64 * KIB)
    ways = free_address(), free_address()
    shelf.line.good("peer", "address", "boat", *ways)
    shelf.line.good("peer", "ways", "boat", "--beside", "2")
    with ExitStack() as stack:
        for way in ways:
            place = (way, COMMSPORT), (boat.address, COMMSPORT)
            stack.enter_context(paced_proxy(*place, 1 * MIB))
        first, second = (
            stack.enter_context(paced_proxy((way, DATAPORT), (boat.address, DATAPORT), rate))
            for way, rate in zip(ways, RATES_BYTES_PER_S, strict=True)
        )
        pair.start()
        yield TwoWays(pair, ways, (first, second))


def drop(two_ways: TwoWays) -> Dropped:
    """Drop a large file, and wait until both ways carry it."""
    shelf = two_ways.pair.shelf
    dropped = shelf.drop("boat", "large", os.urandom(SIZE_BYTES))
    for way in two_ways.ways:
        shelf.wait_for_rows(BY_WAY.replace("count(*)", "1") + " LIMIT 1", way)
    return dropped


def test_each_piece_goes_by_one_of_them(two_ways: TwoWays) -> None:
    shelf, boat = two_ways.pair
    dropped = drop(two_ways)
    first, second = two_ways.ways
    status = shelf.line.good("status")
    assert f"open at {first}, and beside it at {second}" in status
    assert shelf.line.good("peer", "ways", "boat").count("used now") == 2
    boat.wait_for_delivery("shelf", dropped)
    two_ways.pair.wait_until_settled()
    assert shelf.number(HANDED) == two_ways.pieces()
    assert two_ways.taken_bytes() <= SIZE_BYTES * SURPLUS
    slow, fast = shelf.number(BY_WAY, second), shelf.number(BY_WAY, first)
    assert 0 < slow < fast
    trace = shelf.line.good("trace", "large")
    assert f"{slow} pieces" in trace
    assert f"over {second}" in trace


@pytest.mark.parametrize("cut", [0, 1], ids=["the first", "the second"])
def test_a_way_that_dies_gives_back_what_it_held(two_ways: TwoWays, cut: int) -> None:
    shelf, boat = two_ways.pair
    proxy = two_ways.proxies[cut]
    dropped = drop(two_ways)
    proxy.cut_after_bytes = proxy.taken_bytes + 128 * KIB
    boat.wait_for_delivery("shelf", dropped)
    two_ways.pair.wait_until_settled()
    assert proxy.is_cut
    lost = shelf.number(HANDED.replace("'handed'", "'lost'"))
    assert lost > 0
    assert shelf.number(HANDED) == two_ways.pieces() + lost, "only what it held goes twice"
    assert acknowledged_twice(shelf) == 0


def acknowledged_twice(shelf: RunningNode) -> int:
    return shelf.number(
        "SELECT count(*) FROM events e JOIN messages m ON m.id = e.message WHERE m.type = 2"
        " AND e.event = 'handed' AND EXISTS (SELECT 1 FROM events a WHERE a.message = e.message"
        " AND a.event = 'acked' AND a.seq < e.seq)"
    )
