"""`netrelay budget` on running nodes: real connections, counted by the kernel and the database."""

import os

from netrelay.core.budget import wire_estimate_bytes
from tests.story.nodes import KIB, MIB, Homes, RunningNode, wait_for

FRAME_BYTES = wire_estimate_bytes(64 * KIB + 4096)
# Nothing sets the clock of a machine for tests.
DAY = ("--unsynchronised", "open")


def used_bytes(node: RunningNode) -> int:
    return node.number("SELECT coalesce(sum(used_bytes), 0) FROM budget_use")


def agreed(homes: Homes) -> tuple[RunningNode, RunningNode]:
    """Return two running nodes with a connection from shelf to boat."""
    pair = homes.pair(64 * KIB, 64 * KIB)
    pair.start()
    pair.boat.wait_for_delivery("shelf", pair.shelf.drop("boat", "first.txt", b"first"))
    pair.wait_until_settled()
    return pair.shelf, pair.boat


def test_data_stops_at_its_share_over_kills_and_goes_on_with_more(homes: Homes) -> None:
    shelf, boat = agreed(homes)
    shelf.line.good("budget", "boat", "2M/month", "--reserve", "256K", *DAY)
    dropped = shelf.drop("boat", "film.mkv", os.urandom(4 * MIB))
    wait_for("a part of it", lambda: boat.bytes_coming() > MIB // 2)
    # What was in flight is used: nobody can say what of it crossed.
    shelf.kill("sender")
    shelf.kill("processor_s")
    shelf.wait_for_rows("SELECT 1 FROM budgets WHERE closed = 1 AND held_bytes = 0")
    share_bytes = 2 * MIB - 2 * MIB // 100 - 256 * KIB
    # Both sides count one line: what one of them has counted did cross.
    assert share_bytes <= used_bytes(shelf) <= share_bytes + FRAME_BYTES
    assert boat.bytes_coming() < used_bytes(shelf)
    assert boat.inbox_names("shelf") == ["first.txt"]
    assert "budget with boat used up until" in shelf.line.good("jobs")
    # The reserve is for what is urgent, and its receipt comes back.
    shelf.line.good(
        "message", "the door is open", "--to", "boat", "--priority", "1", "--wait", "delivered"
    )
    assert not (boat.home.inbox / "shelf" / "film.mkv").exists()
    shelf.line.good("budget", "boat", "20M/month", *DAY)
    boat.wait_for_delivery("shelf", dropped)
    assert used_bytes(shelf) > 4 * MIB
    assert "boat: " in shelf.line("check").out.split("budgets")[1]
    assert [node.errors() for node in (shelf, boat)] == [[], []]


def test_what_comes_stops_too_and_receipts_go_on(homes: Homes) -> None:
    shelf, boat = agreed(homes)
    boat.line.good("budget", "shelf", "10M/month", *DAY)
    dropped = shelf.drop("boat", "film.mkv", os.urandom(32 * MIB))
    boat.wait_for_rows("SELECT 1 FROM budgets WHERE closed >= 2")
    shelf.wait_for_rows("SELECT 1 FROM connections WHERE reason LIKE '%BUSY%'")
    # What the kernel and the slots had taken is counted too.
    assert used_bytes(boat) < 20 * MIB
    assert not (boat.home.inbox / "shelf" / "film.mkv").exists()
    boat.line.good("budget", "shelf", "100M/month", *DAY)
    shelf.connect_now()
    boat.wait_for_delivery("shelf", dropped)
    assert used_bytes(boat) > 32 * MIB
    assert [node.errors() for node in (shelf, boat)] == [[], []]
