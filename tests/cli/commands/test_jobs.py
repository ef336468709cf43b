"""`netrelay jobs` and `netrelay show`."""

import json

import apsw
import pytest

from netrelay.cli.opening import reading
from netrelay.cli.queries.cases import cases
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node with four jobs: dead, waiting, delivered and arrived."""
    line = homes.pair()[0]
    with walks(line) as node:
        node.agree("boat")
        delivered = node.claim("boat", "delivered.txt", 10)
        node.report("handed", "processor_s", "state = 'S-4'")
        node.report("acked", "processor_s", "state = 'S-4W'")
        node.report("receipted", "engine", f"id = {delivered}")
        dead = node.claim("boat", "dead.txt", 10)
        node.report("failed", "engine", f"id = {dead}", "destination says: gone")
        node.claim("boat", "waits.mkv", 3 * MIB)
        node.arrive("boat", "came.mkv", MIB)
        node.report("exported", "exporter", "type = 3 AND state = 'N-4'")
    return line


def names(line: CommandLine, *options: str) -> list[str]:
    lines = line.good("jobs", *options, "--json").splitlines()
    return [json.loads(each)["name"] for each in lines]


def test_dead_ones_first_then_waiting_then_the_newest_finished(shelf: CommandLine) -> None:
    assert names(shelf) == ["dead.txt", "waits.mkv", "came.mkv", "delivered.txt"]
    with up(shelf):
        out = shelf.good("jobs")
    assert out.splitlines()[0].split() == ["JOB", "NAME", "SIZE", "FROM,", "TO", "STATE", "WHY"]
    for words in (
        "destination says: gone",
        "no connection to boat yet",
        "delivered",
        "boat to shelf",
    ):
        assert words in out


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--dead"], ["dead.txt"]),
        (["--waiting"], ["waits.mkv"]),
        (["--done"], ["came.mkv", "delivered.txt"]),
        (["--state", "S-2W"], ["waits.mkv"]),
        (["--from", "boat"], ["came.mkv"]),
        (["--to", "shelf"], ["came.mkv"]),
        (["--to", "boat", "--done"], ["delivered.txt"]),
        (["--limit", "2"], ["dead.txt", "waits.mkv"]),
    ],
)
def test_only_some(shelf: CommandLine, options: list[str], expected: list[str]) -> None:
    assert names(shelf, *options) == expected


def test_more_than_the_limit_is_said(shelf: CommandLine) -> None:
    assert "and 1 more" in shelf.good("jobs", "--limit", "1")


def test_what_cannot_be_listed(shelf: CommandLine) -> None:
    assert "did you mean S-2W?" in shelf.bad("jobs", "--state", "S2W")[1]
    assert shelf.bad("jobs", "--state", "X")[0] == 64
    assert shelf.bad("jobs", "--limit", "0")[0] == 64
    assert shelf.bad("jobs", "--to", "bot") == (
        65,
        "netrelay: there is no peer 'bot'; did you mean boat? (peers: boat)",
    )


def test_no_job(homes: Place) -> None:
    assert homes.node("alone").good("jobs") == "no job\n"


def test_one_in_full(shelf: CommandLine) -> None:
    out = shelf.good("show", "waits.mkv")
    for words in (
        "way         shelf -> boat",
        "file        waits.mkv, 3 MiB",
        "pieces      1 manifest S-4 ready to be sent; 3 pieces S-4 ready to be sent",
        "done        0 B of 3 MiB",
        "place       drop/.claimed/boat/1/waits.mkv",
        "given up    in 60 min",
        "waits.mkv (3 MiB, job ",
        "trace ",
    ):
        assert words in out, words
    found = json.loads(shelf.good("show", "waits.mkv", "--json"))
    assert found["pieces"][1] == {
        "type": 2,
        "state": "S-4",
        "count": 3,
        "bytes": 3 * MIB,
        "most_refusals": 0,
    }


def test_one_that_goes_by_a_relay(homes: Place) -> None:
    shelf = homes.pair()[0]
    buoy = homes.node("buoy", "--address", "127.0.0.3")
    buoy.good("id", "--card", str(homes.folder / "buoy.card"))
    shelf.good("peer", "add", str(homes.folder / "buoy.card"))
    shelf.good("peer", "route", "buoy", "--via", "boat")
    with walks(shelf) as node:
        node.claim("buoy", "film.mkv", 3 * MIB)
    assert "way         shelf -> boat -> buoy" in shelf.good("show", "film.mkv")
    assert "for the first word from boat" in shelf.good("why", "film.mkv")
    assert "What is for buoy goes by boat" in shelf.good("why", "buoy")


def test_the_query_of_a_job_is_compiled_once_for_all(shelf: CommandLine) -> None:
    compiled: list[object] = []

    def note(_operation: int, subject: str | None, *_rest: str | None) -> int:
        compiled.append(subject)
        return apsw.SQLITE_OK

    with reading(shelf.home) as database:
        jobs = [int(str(job)) for (job,) in database.rows("SELECT job FROM jobs")]
        # SQLite asks the authorizer while it compiles, and never while it runs.
        database._connection.authorizer = note
        assert len(cases(database, jobs)) == 4
        assert "causes" in compiled
        compiled.clear()
        assert len(cases(database, jobs[::-1])) == 4
    assert compiled == []
