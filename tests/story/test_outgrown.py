"""A file that waits as a single while the message size on its route becomes smaller."""

import os

from tests.story.nodes import KIB, Homes
from tests.story.relays import row_of

SMALLEST_BYTES = 64 * KIB
SIZE_BYTES = 900 * KIB


def test_the_destination_comes_back_with_a_smaller_capacity(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair
    pair.start()
    boat.wait_for_delivery("shelf", shelf.drop("boat", "first", b"first"))
    pair.wait_until_settled()
    boat.stop()
    dropped = shelf.drop("boat", "second", os.urandom(SIZE_BYTES))
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE type = 1 AND size_bytes > ?", SIZE_BYTES - 1)
    boat.configure(capacity=SMALLEST_BYTES)
    boat.start()
    boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    assert boat.inbox_names("shelf") == ["first", "second"]
    chunks = shelf.number("SELECT count(*) FROM messages WHERE type = 2")
    assert chunks == -(-SIZE_BYTES // SMALLEST_BYTES)
    assert [node.errors() for node in pair] == [[], []]


def test_the_source_sends_chunks_if_a_relay_cannot_pass_a_single(homes: Homes) -> None:
    """The single was cut when its destination was a neighbour; now a relay stands between."""
    row = row_of(homes, "alba", "brno", "cork", capacities=(1024 * KIB, 1024 * KIB, SMALLEST_BYTES))
    source, relay, destination = row
    source.line.good("peer", "route", "cork", "--direct")
    source.start()
    # The agreement is older than cork's smaller capacity, so the file is one single.
    source.change(
        "INSERT INTO agreements SELECT node, '[]', 7411, '[7412]', 1048576, 2,"
        " x'0101010101010101' FROM peers WHERE name = 'cork'"
    )
    dropped = source.drop("cork", "file", os.urandom(SIZE_BYTES))
    source.wait_for_rows("SELECT 1 FROM messages WHERE type = 1 AND state = 'S-4'")
    source.line.good("peer", "route", "cork", "--via", "brno")
    relay.start()
    destination.start()
    destination.wait_for_delivery("alba", dropped)
    source.wait_for_rows("SELECT 1 FROM messages WHERE type = 6 AND state = 'F'")
    assert destination.inbox_names("alba") == ["file"]
    recut = source.rows("SELECT walk FROM events WHERE event = 'recut'")
    assert recut == [("S-2W S-2",)]
    assert [node.errors() for node in row] == [[], [], []]
