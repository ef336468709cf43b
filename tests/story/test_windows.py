"""`netrelay window` on running nodes: data waits, receipts and what comes do not."""

import time

from tests.story.nodes import Homes

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def closed_now() -> str:
    """Return a window that is closed for two days at least, whatever the zone."""
    return f"{DAYS[(time.gmtime().tm_wday + 3) % 7]} 10:00-11:00"


def test_data_waits_for_its_window_and_receipts_do_not(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair.shelf, pair.boat
    pair.start()
    boat.wait_for_delivery("shelf", shelf.drop("boat", "first.txt", b"first"))
    pair.wait_until_settled()
    # Nothing sets the clock of a machine for tests.
    shelf.line.good("window", "boat", closed_now(), "--unsynchronised", "open")
    waiting = shelf.drop("boat", "second.txt", b"second")
    shelf.wait_for_rows("SELECT 1 FROM queue WHERE name = 'second.txt' AND cause = 'window'")
    # Its receipt comes back meanwhile.
    back = boat.drop("shelf", "back.txt", b"back")
    shelf.wait_for_delivery("boat", back)
    boat.wait_for_rows("SELECT 1 FROM deliveries WHERE name = 'back.txt' AND direction = 'out'")
    assert boat.inbox_names("shelf") == ["first.txt"]
    assert "window of boat closed until" in shelf.line.good("jobs")
    assert shelf.rows("SELECT * FROM stuck") == []
    shelf.stop()
    shelf.start()
    shelf.wait_for_rows("SELECT 1 FROM queue WHERE name = 'second.txt' AND cause = 'window'")
    shelf.line.good("window", "boat", "00:00-24:00", "--unsynchronised", "open")
    boat.wait_for_delivery("shelf", waiting)
    assert [node.errors() for node in (shelf, boat)] == [[], []]
