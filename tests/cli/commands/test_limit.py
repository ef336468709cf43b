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
    assert "It is sent to at 2 MiB/s at most; `netrelay limit boat off" in shelf.good("why", "boat")
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


def now_bytes_per_s(shelf: CommandLine) -> object:
    return json.loads(shelf.good("peer", "ls", "boat", "--json"))["limit_bytes_per_s"]


def test_a_limit_holds_in_its_windows_and_another_one_at_other_times(shelf: CommandLine) -> None:
    shelf.good("limit", "boat", "64K")
    out = shelf.good("limit", "boat", "none", "--window", "00:00-24:00")
    assert "at the rate of the line in 00:00-24:00, at 64 KiB/s at most at other times" in out
    assert now_bytes_per_s(shelf) is None
    shelf.good("limit", "boat", "1M", "--window", "Mon..Sun", "--window", "00:00-24:00 UTC")
    assert now_bytes_per_s(shelf) == MIB, "the lowest of those that are open"
    assert [line.split() for line in shelf.good("limit").splitlines()] == [
        ["PEER", "LIMIT", "WHEN"],
        ["boat", "1", "MiB/s", "now"],
        ["boat", "none", "00:00-24:00"],
        ["boat", "1", "MiB/s", "Mon..Sun,", "00:00-24:00", "UTC"],
        ["boat", "64", "KiB/s", "at", "other", "times"],
    ]
    (state,) = map(json.loads, shelf.good("limit", "--json").splitlines())
    assert (state["limit_bytes_per_s"], state["now_bytes_per_s"]) == (65_536, MIB)
    shelf.good("limit", "boat", "off", "--window", "Mon..Sun", "--window", "00:00-24:00 UTC")
    assert now_bytes_per_s(shelf) is None
    code, line = shelf.bad("limit", "boat", "off", "--window", "Mon..Sun")
    assert (code, "there is no limit in Mon..Sun" in line) == (65, True)
    out = shelf.good("limit", "boat", "off")
    assert out == "boat is not limited any more (it was, to 64 KiB/s)\n"
    assert shelf.good("limit", "boat").split() == ["PEER", "LIMIT", "boat", "none"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("64K", "--window", "Mon 22:00-22:00"), "never opens"),
        (("64K", "--window", "Mno"), "'Mno' is no day and no time"),
        (("64K", "--window", "Sat Europe/Nowhere"), "no time zone 'Europe/Nowhere'"),
        (("64K", *["--window", "Sat"] * 17), "17 windows; allowed: 1 to 16"),
        (("--window", "Sat"), "--window needs a RATE: 64K, none or off"),
    ],
)
def test_a_limit_by_window_that_is_not_allowed_is_named(
    shelf: CommandLine, words: tuple[str, ...], named: str
) -> None:
    code, line = shelf.bad("limit", "boat", *words)
    assert code == 64
    assert named in line
    assert "no peer is limited" in shelf.good("limit")
