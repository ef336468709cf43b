"""The line breaks five times during one file: only messages in flight are sent again.

`make broken-connections` uses 512 MiB; NETRELAY_BROKEN_BYTES sets the size of the file.
"""

import os
from itertools import pairwise

from netrelay.ring.counters import CounterPage
from netrelay.transfer.flight import LARGEST_WINDOW_BYTES
from tests.story.cutting_proxy import CuttingProxy, cutting_proxy
from tests.story.nodes import KIB, MIB, Homes, RunningNode, free_address, wait_for

SIZE_BYTES = int(os.environ.get("NETRELAY_BROKEN_BYTES", 96 * MIB))
BREAKS = 5
# Overhead of seals, headers and handshakes.
SURPLUS = 1.02
DATAPORT = 7412

OF_CHUNKS = (
    "SELECT coalesce(sum(m.size_bytes), 0) FROM events e JOIN messages m ON m.id = e.message"
    " WHERE m.type = 2 AND e.event = ?"
)
SENT_AFTER_ACKNOWLEDGED = (
    OF_CHUNKS + " AND EXISTS (SELECT 1 FROM events a WHERE a.message = e.message"
    " AND a.event = 'acked' AND a.seq < e.seq)"
)


def wire_bytes(node: RunningNode) -> int:
    counters = CounterPage.open_for_reading(node.line.runtime)
    return counters.snapshot()["sender"]["wire_bytes_out"]


def lead_through_proxy(shelf: RunningNode) -> None:
    """Make shelf connect anew, through the proxy, which listens now."""
    shelf.kill("sender")
    shelf.wait_until_ready()


def wait_for_break(number: int, proxy: CuttingProxy, shelf: RunningNode, lost_bytes: int) -> int:
    """Block until shelf has recorded a reset; return the number of lost bytes so far.

    Bytes that cross the line at the reset are not acknowledged, so the number always increases.
    """
    wait_for(f"cut {number}", lambda: proxy.cuts >= number)
    wait_for(f"loss {number}", lambda: shelf.number(OF_CHUNKS, "lost") > lost_bytes)
    shelf.connect_now()
    return shelf.number(OF_CHUNKS, "lost")


def test_five_breaks_repeat_only_messages_in_flight(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    here = free_address()
    # The proxy is preferred; while it does not listen, the other address is used.
    shelf.line.good("peer", "address", "boat", here, boat.address)
    pair.start()
    first = shelf.drop("boat", "first.txt", b"now they are agreed")
    boat.wait_for_delivery("shelf", first)
    pair.wait_until_settled()

    cuts = [SIZE_BYTES // (BREAKS + 1) - 123 * KIB * number for number in range(BREAKS)]
    with cutting_proxy((here, DATAPORT), (boat.address, DATAPORT), cuts) as proxy:
        lead_through_proxy(shelf)
        before = wire_bytes(shelf)
        dropped = shelf.drop("boat", "large.bin", os.urandom(SIZE_BYTES))
        lost_bytes = [0]
        for number in range(1, BREAKS + 1):
            lost_bytes.append(wait_for_break(number, proxy, shelf, lost_bytes[-1]))
            assert boat.inbox_names("shelf") == ["first.txt"]
        boat.wait_for_delivery("shelf", dropped)
        pair.wait_until_settled()
        sent_bytes = wire_bytes(shelf) - before
        taken_bytes = proxy.taken_bytes

    # Five breaks, within the file.
    assert len(taken_bytes) == BREAKS + 1
    assert all(taken >= cut for taken, cut in zip(taken_bytes, cuts, strict=False))
    assert boat.inbox_names("shelf") == ["first.txt", "large.bin"]

    assert sent_bytes <= SIZE_BYTES * SURPLUS + BREAKS * LARGEST_WINDOW_BYTES
    # For a small file that is a large part, so check that each break lost at most a window, ...
    assert max(after - before for before, after in pairwise(lost_bytes)) <= LARGEST_WINDOW_BYTES
    # ... that lost messages were sent once more, and acknowledged ones were not, ...
    assert shelf.number(OF_CHUNKS, "lost") == lost_bytes[-1]
    assert shelf.number(OF_CHUNKS, "handed") == SIZE_BYTES + lost_bytes[-1]
    assert shelf.number(SENT_AFTER_ACKNOWLEDGED, "handed") == 0
    # ... and that nothing else was sent, by the counters of sender and proxy.
    expected_bytes = (SIZE_BYTES + lost_bytes[-1]) * SURPLUS
    assert sent_bytes <= expected_bytes
    assert SIZE_BYTES < sum(taken_bytes) <= expected_bytes
    assert [node.errors() for node in pair] == [[], []]
    print(f"{sent_bytes / MIB:.1f} MiB for {SIZE_BYTES / MIB:.0f}: lost at each break", end=" ")
    print([round((after - before) / MIB) for before, after in pairwise(lost_bytes)], "MiB")
