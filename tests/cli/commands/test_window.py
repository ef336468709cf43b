"""`netrelay window`: allowed values, output, and where a closed window is shown."""

import json

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("Mon 22:00-22:00",), "'22:00-22:00' in 'Mon 22:00-22:00' never opens"),
        (("Mno 22:00-06:00",), "'Mno' in 'Mno 22:00-06:00' is no day; allowed: Mon, Tue"),
        (("Sat,Sun Europe/Nowhere",), "there is no time zone 'Europe/Nowhere' on this machine"),
        (("night",), "'night' is no day and no time; allowed: days, times or both"),
        (("Sat", "off"), "'off' is no day and no time"),
        (("Sat",) * 17, "17 windows; allowed: 1 to 16"),
        (("--unsynchronised", "open"), "a window is missing: `netrelay window boat 'Mon..Fri"),
        (
            ("always", "--unsynchronised", "open"),
            "--unsynchronised says how windows follow the clock, and always lifts them: allowed",
        ),
    ],
)
def test_what_is_not_allowed_is_named(
    shelf: CommandLine, words: tuple[str, ...], named: str
) -> None:
    code, line = shelf.bad("window", "boat", *words)
    assert code == 64
    assert named in line


def test_windows_are_set_shown_and_lifted(shelf: CommandLine) -> None:
    assert "no peer has windows: `netrelay window NODE 'Mon..Fri 22:00-06:00'" in shelf.good(
        "window"
    )
    out = shelf.good("window", "boat", "Mon..Fri 22:00-06:00", "Sat,Sun Europe/Berlin")
    assert out.startswith("boat is sent data Mon..Fri 22:00-06:00, Sat,Sun Europe/Berlin: ")
    assert "`netrelay window boat always" in out
    heading, line = shelf.good("window", "boat").splitlines()
    assert heading.split() == ["PEER", "WINDOWS", "NOW"]
    assert line.startswith("boat  Mon..Fri 22:00-06:00, Sat,Sun Europe/Berlin  ")
    assert shelf.good("window", "boat", "off") == "boat is sent data at any time\n"
    assert shelf.good("window", "boat", "always") == "boat had no windows\n"


def test_a_window_in_place_of_the_peer_is_no_peer(shelf: CommandLine) -> None:
    outcome = shelf("window", "22:00-06:00")
    assert outcome.code == 65
    assert "there is no peer '22:00-06:00' (peers: boat)" in outcome.err


def test_a_window_that_the_shell_took_apart_is_named(shelf: CommandLine) -> None:
    out = shelf.good("window", "boat", "Mon..Fri", "22:00-06:00")
    assert "if one was meant: `netrelay window boat 'Mon..Fri 22:00-06:00'" in out
    assert "if one was meant" not in shelf.good("window", "boat", "Mon..Fri 22:00-06:00", "Sat,Sun")


def test_whether_an_unset_clock_is_believed_stays_unless_it_is_said(shelf: CommandLine) -> None:
    def believed() -> object:
        return json.loads(shelf.good("window", "--json"))["unsynchronised"]

    shelf.good("window", "boat", "22:00-06:00")
    assert believed() == "closed"
    shelf.good("window", "boat", "22:00-06:00", "--unsynchronised", "open")
    shelf.good("window", "boat", "23:00-05:00")
    assert believed() == "open"
    shelf.good("window", "boat", "23:00-05:00", "--unsynchronised", "closed")
    assert believed() == "closed"
    shelf.good("window", "boat", "always")
    shelf.good("window", "boat", "22:00-06:00")
    assert believed() == "closed"


@pytest.mark.parametrize("is_set", [True, False])
def test_a_clock_that_nothing_has_set_keeps_windows_closed_at_once(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch, is_set: bool
) -> None:
    monkeypatch.setattr("netrelay.cli.commands.window.is_clock_set", lambda: is_set)
    out = shelf.good("window", "boat", "00:00-24:00")
    assert f": {'open' if is_set else 'closed until something sets the clock'}; `" in out
    assert f'"is_open": {str(is_set).lower()}' in shelf.good("window", "--json")
    believed = shelf.good("window", "boat", "00:00-24:00", "--unsynchronised", "open")
    assert ": open; `" in believed


def test_a_closed_window_is_named_with_its_end(shelf: CommandLine) -> None:
    with walks(shelf) as node, up(shelf):
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
        node.connection("boat", 1, "")
        shelf.good("window", "boat", "00:00-24:00", "--unsynchronised", "open")
        assert "on its way to boat" in shelf.good("jobs")
        assert "windows    boat: 00:00-24:00: open" in shelf("check").out
        with node.database.transaction():
            node.database.execute(
                "UPDATE windows SET is_open = 0, closed_s = clock(),"
                " until_unix_s = unixepoch('now') + 86400"
            )
        assert "window of boat closed until " in shelf.good("jobs")
        assert "window closed until " in shelf.good("status")
        shown = shelf.good("show", "film.mkv")
        assert "\nreason      open 00:00-24:00\n" in shown
        assert "last error" not in shown
        words = shelf.good("why", "film.mkv")
        assert "waits because the window of boat is closed since " in words
        assert "): open 00:00-24:00. It goes on at " in words
        assert "`netrelay window boat always" in words
        assert "Data for it waits: window closed until " in shelf.good("why", "boat")
        assert shelf.good("sql", "SELECT count(*) FROM stuck").split()[-1] == "0"
        assert "windows    boat: 00:00-24:00: closed until " in shelf("check").out
        # Of two causes the later end is named.
        shelf.good("budget", "boat", "500M/month", "--unsynchronised", "open")
        with node.database.transaction():
            node.database.execute(
                "INSERT INTO wire_reports VALUES (?, ?)", (node.node("boat"), 496 * MIB)
            )
            node.database.execute("UPDATE budgets SET until_unix_s = unixepoch('now') + 90000")
        assert "budget with boat used up until " in shelf.good("jobs")
        assert len(shelf.good("jobs").splitlines()) == 3


def test_why_names_what_opens_a_window_while_nothing_has_set_the_clock(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("commands.window", "wording.explain"):
        monkeypatch.setattr(f"netrelay.cli.{room}.is_clock_set", lambda: False)
    with walks(shelf) as node, up(shelf):
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
        node.connection("boat", 1, "")
        shelf.good("window", "boat", "00:00-24:00")
        words = shelf.good("why", "film.mkv")
        assert (
            "): nothing has set the clock since the boot; open 00:00-24:00. NTP sets it;" in words
        )
        assert "`netrelay window boat WINDOW --unsynchronised open" in words
