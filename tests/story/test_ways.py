"""Two addresses of a peer: the second serves while the first is away, which is used again later."""

import json
import os

from tests.story.cutting_proxy import cutting_proxy
from tests.story.nodes import MIB, Homes, RunningNode, free_address, wait_for

DATAPORT = 7412


def ways(shelf: RunningNode) -> dict[str, dict[str, object]]:
    """Return what `netrelay peer ways` says of each address of boat."""
    lines = shelf.line.good("peer", "ways", "boat", "--json").splitlines()
    return {way["way"]: way for way in map(json.loads, lines)}


def test_a_file_goes_on_over_the_second_address_when_the_first_is_cut(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    first, second = free_address(), boat.address
    shelf.line.good("peer", "address", "boat", first, second)
    pair.start()
    # The first connection is cut after a megabyte; then nobody listens there.
    with cutting_proxy((first, DATAPORT), (second, DATAPORT), [MIB]) as proxy:
        dropped = shelf.drop("boat", "large.bin", os.urandom(3 * MIB))
        wait_for("the first address to be cut", lambda: proxy.cuts)
    shelf.connect_now()
    boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    assert boat.inbox_names("shelf") == ["large.bin"]
    shelf.kill("sender")
    shelf.wait_until_ready()
    boat.wait_for_delivery("shelf", shelf.drop("boat", "small.txt", b"over the second"))
    found = ways(shelf)
    assert found[first]["failures"]
    assert "refused" in str(found[first]["reason"])
    assert [found[way]["is_open"] for way in (first, second)] == [False, True]
    with cutting_proxy((first, DATAPORT), (second, DATAPORT), []):
        shelf.kill("sender")
        shelf.wait_until_ready()
        boat.wait_for_delivery("shelf", shelf.drop("boat", "again.txt", b"over the first"))
        found = ways(shelf)
        assert [found[way]["is_open"] for way in (first, second)] == [True, False]
        assert found[first]["failures"] == 0


def test_a_connection_goes_back_to_the_first_address_and_loses_nothing(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    first, second = free_address(), boat.address
    shelf.module = "tests.story.soon_back"
    shelf.line.good("peer", "address", "boat", first, second)
    shelf.line.good("limit", "boat", "1M")
    pair.start()
    dropped = shelf.drop("boat", "large.bin", os.urandom(8 * MIB))
    shelf.wait_for_rows("SELECT 1 FROM connections WHERE handle >= 0")
    (handle,) = shelf.rows("SELECT handle FROM connections")
    assert shelf.value("SELECT last_address FROM peer_overview") == second
    with cutting_proxy((first, DATAPORT), (second, DATAPORT), []) as proxy:
        is_back = "SELECT 1 FROM peer_overview WHERE last_address = ? AND in_flight > 0"
        wait_for("the first address to be used", lambda: shelf.rows(is_back, first))
        found = ways(shelf)
        assert [found[way]["is_open"] for way in (first, second)] == [True, False]
        boat.wait_for_delivery("shelf", dropped)
        pair.wait_until_settled()
        assert proxy.cuts == 0
        assert shelf.rows("SELECT handle FROM connections") == [handle], "it is the same one"
        assert shelf.rows("SELECT * FROM events WHERE event = 'lost'") == []
    assert boat.inbox_names("shelf") == ["large.bin"]
