"""One large file by two ways of its peer side by side: each carries what arrives by it soonest.

`make ways-beside` measures the rate of a larger one, and kills each process on its way;
NETRELAY_BESIDE_MIB sets its size.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from tests.story.nodes import KIB, MIB, Dropped, Homes, NodePair, free_address, homes
from tests.story.paced_proxy import PacedProxy, paced_proxy

COMMSPORT, DATAPORT = 7411, 7412
CAMPAIGN_BYTES = int(os.environ.get("NETRELAY_BESIDE_MIB", "0")) * MIB
SIZE_BYTES = CAMPAIGN_BYTES or 3 * MIB
RATES_BYTES_PER_S = (1 * MIB, 512 * KIB) if CAMPAIGN_BYTES else (2 * MIB, 1 * MIB)
LEAST_RATE_BYTES_PER_S = 1.35 * MIB  # of 1.5 MiB/s that both carry
# Overhead of seals, headers and handshakes.
SURPLUS = 1.05
EVENTS = (
    "SELECT count(*) FROM events e JOIN messages m ON m.id = e.message"
    " WHERE m.type = 2 AND m.parent = (SELECT max(id) FROM messages WHERE type = 6)"
    " AND e.event = ?"
)
BY_WAY = EVENTS + " AND e.reason = 'over ' || ?"
AFTER_ACKNOWLEDGED = (
    EVENTS + " AND EXISTS (SELECT 1 FROM events a WHERE a.message = e.message"
    " AND a.event = 'acked' AND a.seq < e.seq)"
)
campaign = pytest.mark.skipif(not CAMPAIGN_BYTES, reason="a campaign: make ways-beside")


class TwoWays(NamedTuple):
    """Two nodes; shelf reaches boat by two slow ways, the first of which is the faster one."""

    pair: NodePair
    ways: tuple[str, str]
    proxies: tuple[PacedProxy, PacedProxy]

    def drop(self, name: str) -> Dropped:
        """Drop a large file, and wait until both ways carry it."""
        dropped = self.pair.shelf.drop("boat", name, os.urandom(SIZE_BYTES))
        for way in self.ways:
            look = BY_WAY.replace("count(*)", "1") + " LIMIT 1"
            self.pair.shelf.wait_for_rows(look, "handed", way)
        return dropped

    def arrives(self, dropped: Dropped) -> None:
        """Wait until a file is in the inbox, once, and nothing is under way."""
        self.pair.boat.wait_for_delivery("shelf", dropped)
        self.pair.wait_until_settled()
        name = dropped.name.decode()
        assert [each for each in self.pair.boat.inbox_names("shelf") if name in each] == [name]

    def count(self, event: str) -> int:
        """Return how often this happened to pieces of the newest file."""
        return self.pair.shelf.number(EVENTS, event)

    def carried(self) -> list[int]:
        """Return how many pieces of the newest file each way was given, while both were open."""
        return [self.pair.shelf.number(BY_WAY, "handed", way) for way in self.ways]

    def twice(self) -> int:
        """Return how often a piece of the newest file was sent after it was acknowledged."""
        return self.pair.shelf.number(AFTER_ACKNOWLEDGED, "handed")

    def taken_bytes(self) -> int:
        """Return what both ways have carried."""
        return sum(proxy.taken_bytes for proxy in self.proxies)


@pytest.fixture(scope="module")
def two_ways() -> Iterator[TwoWays]:
    with homes() as found, ExitStack() as stack:
        yield begin(found, stack)


def begin(found: Homes, stack: ExitStack) -> TwoWays:
    """Return two nodes that have an agreement."""
    shelf, boat = pair = found.pair() if CAMPAIGN_BYTES else found.pair(64 * KIB, 64 * KIB)
    ways = free_address(), free_address()
    back = free_address()
    shelf.line.good("peer", "address", "boat", *ways)
    # shelf sees it call from where nobody listens, and has these two ways alone.
    boat.line.good("peer", "address", "shelf", back)
    shelf.line.good("peer", "ways", "boat", "--beside", "2")
    for way in ways:
        place = (way, COMMSPORT), (boat.address, COMMSPORT)
        stack.enter_context(paced_proxy(*place, 1 * MIB))
    for port in (COMMSPORT, DATAPORT):
        place = (back, port), (shelf.address, port)
        stack.enter_context(paced_proxy(*place, 1 * MIB))
    first, second = (
        stack.enter_context(paced_proxy((way, DATAPORT), (boat.address, DATAPORT), rate))
        for way, rate in zip(ways, RATES_BYTES_PER_S, strict=True)
    )
    pair.start()
    small = shelf.drop("boat", "small", b"so that they are agreed")
    boat.wait_for_delivery("shelf", small)
    pair.wait_until_settled()
    return TwoWays(pair, ways, (first, second))


@campaign
def test_each_piece_goes_by_one_of_them(two_ways: TwoWays) -> None:
    shelf = two_ways.pair.shelf
    before_bytes = two_ways.taken_bytes()
    began_s = time.monotonic()
    dropped = two_ways.drop("large")
    first, second = two_ways.ways
    assert f"open at {first}, and beside it at {second}" in shelf.line.good("status")
    assert shelf.line.good("peer", "ways", "boat").count("used now") == 2
    two_ways.pair.boat.wait_for_delivery("shelf", dropped)
    rate = SIZE_BYTES / (time.monotonic() - began_s)
    two_ways.arrives(dropped)
    fast, slow = two_ways.carried()
    assert 0 < slow < fast
    assert two_ways.count("lost") == 0
    assert two_ways.count("handed") == two_ways.count("acked")
    wire_bytes = two_ways.taken_bytes() - before_bytes
    assert SIZE_BYTES < wire_bytes <= SIZE_BYTES * SURPLUS
    trace = shelf.line.good("trace", "large")
    assert f"{slow} pieces" in trace
    assert f"over {second}" in trace
    print(
        f"{rate / MIB:.2f} MiB/s, pieces {fast} and {slow}, {wire_bytes / MIB:.2f} MiB on the wire"
    )
    assert not CAMPAIGN_BYTES or rate >= LEAST_RATE_BYTES_PER_S


@campaign
@pytest.mark.parametrize("cut", [pytest.param(0, id="the first"), pytest.param(1, id="the second")])
def test_a_way_that_dies_gives_back_what_it_held(two_ways: TwoWays, cut: int) -> None:
    proxy = two_ways.proxies[cut]
    # Before the file is there: a slow machine may have sent it by the time this is set.
    proxy.cut_after_bytes = proxy.taken_bytes + SIZE_BYTES // 24
    dropped = two_ways.drop(f"cut {cut}")
    two_ways.arrives(dropped)
    assert proxy.is_cut
    proxy.cut_after_bytes = None
    assert two_ways.count("lost") > 0
    assert two_ways.count("handed") == two_ways.count("acked") + two_ways.count("lost")
    assert two_ways.twice() == 0
    print(f"given back: {two_ways.count('lost')} of {two_ways.count('acked')} pieces")


@campaign
@pytest.mark.parametrize("side", ["shelf", "boat"])
@pytest.mark.parametrize("process", ["sender", "processor_s", "receiver", "processor_r"])
def test_a_process_that_is_killed_loses_nothing(two_ways: TwoWays, side: str, process: str) -> None:
    node = two_ways.pair.shelf if side == "shelf" else two_ways.pair.boat
    dropped = two_ways.drop(f"{process} of {side}")
    node.kill(process)
    two_ways.arrives(dropped)
    node.wait_until_ready()
    print(f"pieces by each way: {two_ways.carried()}; twice: {two_ways.twice()}")
