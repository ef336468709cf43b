"""`netrelay plan`: allowed values, what it rests on, what it says that it does not know."""

import json
import time
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, Walks, walks

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def measure(node: Walks, rate: int, limit: int = 0, seconds: int = 100, ago_h: int = 0) -> None:
    """Store an hour in which boat took so many bytes a second."""
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO measured_rates SELECT ?, CAST(clock() / 3600 AS INTEGER) - ?, ?, ?, ?",
            (node.node("boat"), ago_h, limit, rate * seconds, float(seconds)),
        )


def use(node: Walks, count_bytes: int) -> None:
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO wire_reports VALUES (?, ?)", (node.node("boat"), count_bytes)
        )


def planned(shelf: CommandLine, *words: str) -> dict[str, object]:
    """Return the estimate of one file."""
    (line,) = shelf.good("plan", "--to", "boat", "--json", *words).splitlines()
    found: dict[str, object] = json.loads(line)
    return found


def ahead_s(shelf: CommandLine, *words: str) -> float:
    """Return how far ahead the likely time of one file is."""
    now_s = time.time()
    return float(str(planned(shelf, *words)["likely_unix_s"])) - now_s


@pytest.mark.parametrize(
    ("code", "words", "named"),
    [
        (64, ("--to", "boat"), "a file is missing: `netrelay plan FILE --to boat --home"),
        (64, ("--size", "1M"), "the following arguments are required: --to"),
        (64, ("--size", "0", "--to", "boat"), "a size of 0 is not allowed: 1 to 1048576T"),
        (64, ("--size", "-1", "--to", "boat"), "--size"),
        (64, ("--size", "many", "--to", "boat"), "'many' is no size; allowed: 500M, 20G"),
        (64, ("--size", "1M", "--to", "boat", "--priority", "10"), "allowed: 0 (first) to 9"),
        (65, ("--size", "1M", "--to", "bota"), "no peer 'bota'; did you mean boat? (peers: boat)"),
        (65, ("--size", "1M", "--to", "shelf"), "shelf is this node itself; peers: boat"),
        (66, ("nothing", "--to", "boat"), "nothing: No such file or directory"),
        (66, ("/dev/null", "--to", "boat"), "/dev/null is a device; allowed: files and"),
    ],
)
def test_what_is_not_allowed_is_named(
    shelf: CommandLine, code: int, words: tuple[str, ...], named: str
) -> None:
    found, line = shelf.bad("plan", *words)
    assert (found, named in line) == (code, True), line


def test_a_peer_without_a_route_is_named(shelf: CommandLine) -> None:
    with walks(shelf) as node, node.database.transaction():
        node.database.execute("UPDATE peers SET via = NULL")
    code, line = shelf.bad("plan", "--size", "1M", "--to", "boat")
    assert code == 65
    assert "there is no route to boat: `netrelay peer route boat --direct" in line


def test_nothing_measured_is_said(shelf: CommandLine) -> None:
    out = shelf.good("plan", "--size", "20M", "--to", "boat")
    assert "unknown  no rate measured yet: assuming 16 KiB/s to 1 MiB/s" in out
    assert "unknown  nothing is agreed with boat yet" in out
    found = planned(shelf, "--size", "20M")
    earliest, latest = (float(str(found[f"{each}_unix_s"])) for each in ("earliest", "latest"))
    assert latest - earliest > 1000


def test_files_directories_and_sizes_are_measured(shelf: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "leaf").write_bytes(bytes(5000))
    (tmp_path / "film").write_bytes(bytes(3000))
    (tmp_path / "empty").touch()
    paths = [str(tmp_path / name) for name in ("film", "tree", "empty")]
    lines = shelf.good("plan", *paths, "--size", "2K", "--to", "boat", "--json").splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["name"] for each in found] == [*paths, "2 KiB"]
    sizes = [each["size_bytes"] for each in found]
    assert (sizes[0], sizes[2], sizes[3]) == (3000, 0, 2048)
    assert 5000 < sizes[1] < 5500
    assert [each["before_bytes"] for each in found] == [
        0,
        sizes[0],
        sizes[0] + sizes[1],
        sum(sizes[:3]),
    ]
    assert list((shelf.home.drop / "boat").iterdir()) == []


def test_the_measured_rate_and_the_limit_count(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 1)
        measure(node, 100_000)
    assert ahead_s(shelf, "--size", "10M") == pytest.approx(105, abs=3)
    out = shelf.good("plan", "--size", "10M", "--to", "boat")
    assert "measured in 1 hour of the last days" in out
    assert "unknown" not in out
    shelf.good("limit", "boat", "50K")
    assert ahead_s(shelf, "--size", "10M") == pytest.approx(212, abs=5)
    assert "; limited to 50 KiB/s" in shelf.good("plan", "--size", "10M", "--to", "boat")


def test_what_waits_goes_first_by_priority(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 1)
        measure(node, MIB)
        node.claim("boat", "film.mkv", 60 * MIB)
    urgent = ahead_s(shelf, "--size", "60M", "--priority", "3")
    beside = ahead_s(shelf, "--size", "60M")
    behind = ahead_s(shelf, "--size", "60M", "--priority", "5")
    small = planned(shelf, "--size", "6M")
    # Two windows of three pieces are laid before it is its turn.
    assert urgent == pytest.approx(66, abs=3)
    assert beside == pytest.approx(120, abs=3)
    assert behind == pytest.approx(120, abs=3)
    # By turns, ten times as often.
    assert small["before_bytes"] == pytest.approx(6.6 * MIB, rel=0.05)
    assert "waiting  1 file (60 MiB) for boat" in shelf.good("plan", "--size", "1M", "--to", "boat")


def test_a_closed_window_is_waited_for(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 1)
        measure(node, MIB)
    tomorrow = DAYS[(time.localtime().tm_wday + 2) % 7]
    shelf.good("window", "boat", f"{tomorrow} 10:00-11:00", "--unsynchronised", "open")
    assert 86_400 * 0.4 < ahead_s(shelf, "--size", "1M") < 86_400 * 2.5
    out = shelf.good("plan", "--size", "1M", "--to", "boat")
    assert f"windows  {tomorrow} 10:00-11:00; data goes from {tomorrow} 10:00" in out
    # It does not fit the hour of one week.
    assert ahead_s(shelf, "--size", "5G") > 86_400 * 7


def test_a_budget_has_to_last(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 1)
        measure(node, MIB)
        shelf.good("budget", "boat", "100M/day", "--reserve", "20M", "--unsynchronised", "open")
        use(node, 70 * MIB)
    assert ahead_s(shelf, "--size", "1M") < 60
    assert "budget   9 MiB of 100 MiB are left this day for data of priority 4, and 20 MiB" in (
        shelf.good("plan", "--size", "1M", "--to", "boat")
    )
    midnight_s = float(str(json.loads(shelf.good("budget", "--json"))["until_unix_s"]))
    later = ahead_s(shelf, "--size", "20M") + time.time()
    assert midnight_s < later < midnight_s + 60
    assert ahead_s(shelf, "--size", "20M", "--priority", "2") < 60
    assert later + 2 * 86_400 < ahead_s(shelf, "--size", "200M") + time.time()


def test_the_reserve_carries_what_is_urgent_past_what_waits(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 1)
        measure(node, MIB)
        shelf.good("budget", "boat", "100M/day", "--reserve", "20M", "--unsynchronised", "open")
        use(node, 80 * MIB)
        # It is not laid into frames: its share is used up.
        node.claim("boat", "film.mkv", 200 * MIB)
    assert ahead_s(shelf, "--size", "17M", "--priority", "1") < 60
    assert planned(shelf, "--size", "17M", "--priority", "1")["before_bytes"] == 0
    midnight_s = float(str(json.loads(shelf.good("budget", "--json"))["until_unix_s"]))
    # More than the reserve, or not urgent: tomorrow.
    for words in (("19M", "--priority", "1"), ("1M", "--priority", "3")):
        later = ahead_s(shelf, "--size", *words) + time.time()
        assert midnight_s < later < midnight_s + 60
    with walks(shelf) as node:
        use(node, 19 * MIB)
    later = ahead_s(shelf, "--size", "1M", "--priority", "1") + time.time()
    assert midnight_s < later < midnight_s + 60


def test_how_many_periods_a_file_takes_is_said(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 1)
        measure(node, MIB)
        shelf.good("budget", "boat", "100M/day", "--reserve", "20M", "--unsynchronised", "open")
        use(node, 80 * MIB)
    # A twentieth more on the wire: 19 MiB now, 99 tomorrow, the rest on the day after.
    urgent = ("--to", "boat", "--priority", "1")
    out = shelf.good("plan", "--size", "180M", *urgent)
    assert "it takes what is left of this day, and 2 more; each has 99 MiB for data of" in out
    out = shelf.good("plan", "--size", "60M", *urgent)
    assert "it takes what is left of this day, and a part of the next" in out
    assert "  budget   " not in shelf.good("plan", "--size", "1M", *urgent)
    out = shelf.good("plan", "--size", "60M", "--to", "boat")
    assert "  budget   it waits for the next day" in out
    out = shelf.good("plan", "--size", "180M", "--to", "boat")
    assert "it takes the next 3 days; each has 79 MiB for data of priority 4" in out


def test_on_a_slow_line_an_urgent_file_waits_for_one_piece(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 1)
        measure(node, 64 * 1024)
        node.claim("boat", "film.mkv", 60 * MIB)
    for priority, pieces in (("2", 1), ("3", 3)):
        found = planned(shelf, "--size", "2M", "--priority", priority)
        assert found["before_bytes"] == pieces * MIB
    # A file that a closed window holds back does not go before it.
    tomorrow = DAYS[(time.localtime().tm_wday + 2) % 7]
    shelf.good("window", "boat", f"{tomorrow} 10:00-11:00", "--unsynchronised", "open")
    assert planned(shelf, "--size", "2M", "--priority", "2")["before_bytes"] == 0


def test_limits_by_window_are_followed(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 1)
        measure(node, MIB)
    shelf.good("limit", "boat", "64K")
    alone = ahead_s(shelf, "--size", "60M")
    assert alone == pytest.approx(60 * 16 / 0.97, abs=10)
    # From the next full minute but two on there is none.
    minute = int(time.time()) // 60 + 3
    begin, end = (f"{each // 60 % 24:02}:{each % 60:02}" for each in (minute, minute + 60))
    shelf.good("limit", "boat", "none", "--window", f"{begin}-{end} UTC")
    slow_s = minute * 60 - time.time()
    fast_s = 60 - slow_s * 0.97 / 16
    assert ahead_s(shelf, "--size", "60M") == pytest.approx(slow_s + fast_s, abs=8)


def test_what_is_not_within_a_year_is_said(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        measure(node, 1000)
    shelf.good("window", "boat", "Mon 10:00-10:01", "--unsynchronised", "open")
    bound = "not to be expected within 366 days, which is as far as an estimate looks"
    for size in ("1T", "99999T"):
        assert bound in shelf.good("plan", "--size", size, "--to", "boat")
        assert planned(shelf, "--size", size)["likely_unix_s"] is None


def test_a_size_that_no_line_carries_has_no_year(shelf: CommandLine) -> None:
    """An estimate reaches a year ahead, whatever the line."""
    out = shelf.good("plan", "--size", "99999T", "--to", "boat")
    assert "not to be expected within 366 days" in out
    with walks(shelf) as node:
        node.agree("boat")
        measure(node, MIB)
        shelf.good("budget", "boat", "10M/month", "--unsynchronised", "open")
    out = shelf.good("plan", "--size", "99999T", "--to", "boat")
    assert "not to be expected within 366 days" in out
    assert "  budget   it takes more months than that; each has 9.9 MiB for data of" in out
    # Ten pieces go into a month: the last one may exceed its share.
    out = shelf.good("plan", "--size", "100M", "--to", "boat")
    assert "it takes what is left of this month, and 9 more; each has 9.9 MiB for" in out
    times = [planned(shelf, "--size", "115M")[f"{which}_unix_s"] for which in ("likely", "latest")]
    assert times[0] is not None
    assert times[1] is None or float(str(times[1])) < time.time() + 367 * 86_400


def test_what_holds_a_line_up_is_said(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", -1, "No route to host")
        measure(node, MIB)
        out = shelf.good("plan", "--size", "1M", "--to", "boat")
        assert "unknown  boat cannot be reached for " in out
        shelf.good("pause", "boat")
        out = shelf.good("plan", "--size", "1M", "--to", "boat")
        assert "unknown  boat is paused: counted as if it were resumed now" in out
        with node.database.transaction():
            node.database.execute(
                "INSERT INTO windows (peer, texts) VALUES (?, '[\"Sat Europe/Nowhere\"]')",
                (node.node("boat"),),
            )
        out = shelf.good("plan", "--size", "1M", "--to", "boat")
        assert "unknown  there is no time zone 'Europe/Nowhere' on this machine" in out


def test_jobs_and_why_have_the_same_estimate(shelf: CommandLine) -> None:
    with walks(shelf) as node, up(shelf):
        node.agree("boat")
        node.claim("boat", "film.mkv", 60 * MIB)
        node.connection("boat", 1)
        # Nothing but assumptions: no time in the table, and all that is not known in `why`.
        assert "there about" not in shelf.good("jobs")
        assert "What is not known: no rate measured yet" in shelf.good("why", "film.mkv")
        measure(node, MIB // 4)
        (job,) = (json.loads(line) for line in shelf.good("jobs", "--json").splitlines())
        likely = job["estimate"]["likely_unix_s"]
        assert likely - time.time() == pytest.approx(240, abs=5)
        assert "; there about " in shelf.good("jobs")
        assert "Estimate: there " in shelf.good("why", "film.mkv")
        shelf.good(
            "window", "boat", "Mon 10:00-11:00", "Thu 10:00-11:00", "--unsynchronised", "open"
        )
        with node.database.transaction():
            node.database.execute("UPDATE windows SET is_open = 0, closed_s = clock()")
        assert "; there about " in shelf.good("jobs")
        shelf.good("cancel", "film.mkv")
        (job,) = (json.loads(line) for line in shelf.good("jobs", "--json").splitlines())
        assert job["estimate"] is None
