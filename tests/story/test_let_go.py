"""A reservation that makes no progress is given back, and its file arrives all the same.

The rows are set to the end of their time by the test, which cannot wait for an hour.
"""

from tests.story.nodes import MIB, Homes, RunningNode, wait_for

HOUR_IS_OVER = "UPDATE messages SET expires_s = 0 WHERE type = 3 AND state = 'N-4'"
EVENTS = "SELECT 1 FROM events WHERE event = ?"


def used_bytes(node: RunningNode, peer: str) -> int:
    """Return what counts against the quota of a peer."""
    return node.number("SELECT used_bytes FROM peer_overview WHERE peer = ?", peer)


def test_a_place_for_a_file_that_does_not_come_is_free_again(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair.shelf, pair.boat
    boat.line.good("peer", "quota", "shelf", "8M")
    # The first chunk takes four minutes; its manifest is there at once.
    shelf.line.good("limit", "boat", "4K")
    pair.start()
    large = shelf.drop("boat", "large.bin", b"x" * (8 * MIB))
    boat.wait_for_rows("SELECT 1 FROM messages WHERE type = 3 AND state = 'N-4'")
    assert used_bytes(boat, "shelf") == 8 * MIB
    boat.change(HOUR_IS_OVER, "SELECT wake('exporter')")
    boat.wait_for_rows(EVENTS, "unbegun")
    assert used_bytes(boat, "shelf") == 0
    wait_for("an empty staging folder", lambda: not list(boat.home.staging.iterdir()))
    # Its job at the source goes on.
    assert shelf.rows("SELECT 1 FROM messages WHERE type = 6 AND state = 'D'") == []
    shelf.line.good("limit", "boat", "none")
    boat.wait_for_delivery("shelf", large)
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE type = 6 AND state = 'F'")
    assert not boat.errors()
    assert not shelf.errors()
