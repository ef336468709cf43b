"""`netrelay limit`: allowed values, output, and where a limit is shown."""

import json

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def test_what_is_no_rate_is_named_with_what_is_allowed(shelf: CommandLine) -> None:
    code, line = shelf.bad("limit", "boat", "fast")
    assert code == 64
    assert "'fast' is no rate; allowed: 4K to 10G bytes a second" in line


def test_bits_and_nothing_at_all_are_understood_and_refused(shelf: CommandLine) -> None:
    assert "for bits a second divide by 8" in shelf.bad("limit", "boat", "8Mbit/s")[1]
    assert "`netrelay pause` sends nothing" in shelf.bad("limit", "boat", "0")[1]
    assert shelf.bad("limit", "boat", "-5K")[0] == 64
    assert "did you mean boat?" in shelf.bad("limit", "boot", "5M")[1]
    assert shelf.bad("limit", "bot")[0] == 65


def test_a_limit_is_set_changed_shown_and_lifted(shelf: CommandLine) -> None:
    def limit() -> object:
        return json.loads(shelf.good("peer", "ls", "boat", "--json"))["limit_bytes_per_s"]

    assert limit() is None
    assert "no peer is limited: `netrelay limit NODE RATE" in shelf.good("limit")
    assert shelf.good("limit", "boat").split() == ["PEER", "LIMIT", "boat", "none"]
    out = shelf.good("limit", "boat", "500K")
    assert out.startswith("boat is sent to at 500 KiB/s at most (512000 bytes a second); `netrelay")
    assert limit() == 512_000
    shelf.good("limit", "boat", "2M")
    assert shelf.good("limit").split() == ["PEER", "LIMIT", "boat", "2", "MiB/s"]
    assert "limit     sent to at 2 MiB/s at most" in shelf.good("peer", "ls", "boat")
    assert "It is sent to at 2 MiB/s at most; `netrelay limit boat none" in shelf.good(
        "why", "boat"
    )
    out = shelf.good("limit", "boat", "none")
    assert out == "boat is not limited any more (it was, to 2 MiB/s)\n"
    assert limit() is None
    assert shelf.good("limit", "boat", "none") == "boat was not limited\n"


def test_a_limit_is_seen_where_something_waits_for_it(shelf: CommandLine) -> None:
    with walks(shelf) as node, up(shelf):
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
        node.connection("boat", 1, "")
        assert "limited" not in shelf.good("status") + shelf.good("jobs")
        shelf.good("limit", "boat", "64K")
        assert "open; limited to 64 KiB/s" in shelf.good("status")
        assert "on its way to boat, 4 to go, limited to 64 KiB/s" in shelf.good("jobs")
        words = shelf.good("why", "film.mkv")
        assert "boat is sent to at 64 KiB/s at most, so it takes 48 s or more; `netrelay" in words


def test_who_is_reached_through_another_is_not_limited_by_it(
    homes: Place, shelf: CommandLine
) -> None:
    buoy = homes.node("buoy")
    buoy.good("id", "--card", str(homes.folder / "buoy.card"))
    shelf.good("peer", "add", str(homes.folder / "buoy.card"))
    shelf.good("peer", "route", "buoy", "--via", "boat")
    out = shelf.good("limit", "buoy", "1M")
    assert "what is for buoy goes by boat, which is not limited by this" in out
