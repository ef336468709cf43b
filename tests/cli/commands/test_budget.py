"""`netrelay budget`: allowed values, output, and where a used-up budget is shown."""

import json

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def use(shelf: CommandLine, count_bytes: int) -> None:
    with walks(shelf) as node, node.database.transaction():
        node.database.execute(
            "INSERT INTO wire_reports VALUES (?, ?)", (node.node("boat"), count_bytes)
        )


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("boat", "500M"), "'500M' is no budget; allowed: a size of 1M or more and a period"),
        (("boat", "0/month"), "a budget of 0 is not allowed: 1M to 1048576T; `netrelay pause`"),
        (("boat", "5M/year"), "'year' in '5M/year' is no period; allowed: day, week, month"),
        (
            ("boat", "5M/day", "--reserve", "5M"),
            "a reserve of 5 MiB leaves nothing of 5 MiB for other data; allowed: 0 to less than",
        ),
        (("boat", "--reserve", "5M"), "a budget is missing: `netrelay budget NODE 500M/month"),
        (
            ("boat", "off", "--reserve", "5M"),
            "--reserve is a part of a budget, and off lifts all of it: allowed without --reserve;"
            " `netrelay budget boat BUDGET --reserve 0",
        ),
        (
            ("boat", "off", "--unsynchronised", "open"),
            "--unsynchronised says when periods of a budget begin, and off lifts it: allowed",
        ),
        (("boat", "5M/day", "--unsynchronised", "maybe"), "invalid choice: 'maybe'"),
    ],
)
def test_what_is_not_allowed_is_named(
    shelf: CommandLine, words: tuple[str, ...], named: str
) -> None:
    code, line = shelf.bad("budget", *words)
    assert code == 64
    assert named in line


def test_an_interface_is_no_peer(shelf: CommandLine) -> None:
    code, line = shelf.bad("budget", "lo", "5M/day")
    assert code == 65
    assert "lo is a network interface of this machine, and a budget is for a peer" in line
    assert "allowed: boat" in line


def test_a_budget_is_set_shown_changed_and_lifted(shelf: CommandLine) -> None:
    assert "no peer has a budget: `netrelay budget NODE 500M/month" in shelf.good("budget")
    assert "boat has no budget: `netrelay budget boat 500M/month" in shelf.good("budget", "boat")
    out = shelf.good("budget", "boat", "500M/month", "--reserve", "50M")
    assert out.startswith(
        "boat: 500 MiB a month, 50 MiB of it for priority 0 to 2, and 5 MiB of it for receipts;"
        " 0 B are used until "
    )
    use(shelf, 100 * MIB)
    heading, line, *_ = shelf.good("budget").splitlines()
    assert heading.split() == ["PEER", "BUDGET", "USED", "LEFT", "RESERVE", "UNTIL", "STATE"]
    assert line.split()[:9] == ["boat", "500", "MiB/month", "100", "MiB", "400", "MiB", "50", "MiB"]
    # What is used stays used.
    shelf.good("budget", "boat", "600M/month")
    (found,) = [json.loads(each) for each in shelf.good("budget", "--json").splitlines()]
    assert (found["peer"], found["used_bytes"]) == ("boat", 100 * MIB)
    shown = "budget    600 MiB a month, 50 MiB in reserve; 100 MiB are used"
    assert shown in shelf.good("peer", "ls", "boat")
    # So do its reserve and its clock, unless others are said: `why` names this command.
    assert (found["reserve_bytes"], found["unsynchronised"]) == (50 * MIB, "closed")
    shelf.good("budget", "boat", "600M/month", "--unsynchronised", "open")
    code, refused = shelf.bad("budget", "boat", "20M/month")
    assert code == 64
    assert "; it is that of before: --reserve says another" in refused
    shelf.good("budget", "boat", "600M/month")
    again = "netrelay budget boat 600M/month --reserve 50M --unsynchronised open"
    assert f"boat has no budget any more; `{again}" in shelf.good("budget", "boat", "off")
    assert shelf.good("budget", "boat", "off") == "boat had no budget\n"
    shelf.good("budget", "boat", "600M/month", "-q")
    assert "100 MiB" in shelf.good("budget", "boat")


def test_a_reserve_that_is_used_up_too_is_not_left(shelf: CommandLine) -> None:
    shelf.good("budget", "boat", "50M/month", "--reserve", "10M", "--unsynchronised", "open")
    use(shelf, 45 * MIB)
    left = "0 B of 50 MiB are left this month for data of priority 4"
    plan = ("plan", "--size", "1M", "--to", "boat")
    assert f"{left}, and 4.5 MiB in reserve; the next month begins" in shelf.good(*plan)
    use(shelf, 5 * MIB)
    assert f"{left}; the next month begins" in shelf.good(*plan)


def test_a_used_up_budget_is_named_with_its_end(shelf: CommandLine) -> None:
    with walks(shelf) as node, up(shelf):
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
        node.connection("boat", 1, "")
        shelf.good("budget", "boat", "500M/month", "--unsynchronised", "open")
        assert "on its way to boat" in shelf.good("jobs")
        with node.database.transaction():
            node.database.execute(
                "INSERT INTO wire_reports VALUES (?, ?)", (node.node("boat"), 496 * MIB)
            )
        used = "496.0 of 500.0 MiB of this month are used, and the rest is for receipts"
        assert f" 00:00: {used}" in shelf.good("jobs").split("used up until ")[1]
        assert used in shelf.good("jobs")
        assert "budget used up until " in shelf.good("status")
        words = shelf.good("why", "film.mkv")
        assert "waits because the budget with boat is used up since " in words
        assert f"): {used}. It goes on at " in words
        assert "`netrelay budget boat 600M/month" in words
        assert "lets it go on now." in words
        assert "Data for it waits: budget used up until " in shelf.good("why", "boat")
        assert shelf.good("sql", "SELECT count(*) FROM stuck").split()[-1] == "0"
        out = shelf("check").out
        assert "boat: 496 MiB of 500 MiB a month used; data waits until " in out
        shelf.good("budget", "boat", "600M/month", "--unsynchronised", "open")
        assert "on its way to boat" in shelf.good("jobs")
        out = shelf("check").out
        assert "boat: 496 MiB of 600 MiB a month used; it has to last until " in out
