"""`netrelay cancel`: jobs that are not delivered are withdrawn, and their files are in failed/."""

from collections.abc import Iterator

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.dead_jobs import Keeper, keeper
from tests.cli.walks import MIB, walks


@pytest.fixture
def pair(homes: Place) -> tuple[CommandLine, CommandLine]:
    return homes.pair()


@pytest.fixture
def shelf(pair: tuple[CommandLine, CommandLine]) -> Iterator[Keeper]:
    with keeper(pair[0]) as found:
        yield found


def test_a_job_that_waits_is_taken_back(shelf: Keeper) -> None:
    job = shelf.drop("a.txt")
    out = shelf.line.good("cancel", "a.txt")
    assert f"a.txt (job {job}) to boat is cancelled" in out
    assert f"{shelf.line.home.failed / 'boat'}" in out
    assert "cannot be called back" not in out
    shelf.step()
    assert shelf.state(job) == "D"
    assert set(shelf.files("failed")) == {
        "failed/boat/a.txt",
        "failed/boat/a.txt.reason.txt",
    }
    assert "taken back by a person" in shelf.line.good("why", str(job))
    code, line = shelf.line.bad("cancel", "a.txt")
    assert code == 65
    assert "is D" in line


def test_a_text_needs_no_folder(shelf: Keeper) -> None:
    shelf.line.good("message", "text", "--to", "boat")
    job = shelf.number("SELECT max(id) FROM messages WHERE type = 1")
    out = shelf.line.good("cancel", str(job))
    assert "failed" not in out
    assert shelf.state(job) == "D"


def test_what_is_out_cannot_be_called_back_and_its_pieces_die(shelf: Keeper) -> None:
    with walks(shelf.line) as walk:
        walk.agree("boat")
        job = walk.claim("boat", "large.bin", 3 * MIB)
        walk.report("handed", "processor_s", "type = 3 AND state = 'S-4'")
        walk.report("acked", "processor_s", "type = 3 AND state = 'S-4W'")
    out = shelf.line.good("cancel", "large.bin")
    assert "cannot be called back" in out
    assert shelf.state(job) == "D"
    states = shelf.node.database.rows("SELECT type, state FROM messages WHERE parent > 0")
    assert sorted(states) == [(2, "D")] * 3 + [(3, "F")]
    with walks(shelf.line) as walk:
        walk.report("receipted", "engine", f"id = {job}")
    assert shelf.state(job) == "F"


def test_what_comes_can_be_taken_back_too(pair: tuple[CommandLine, CommandLine]) -> None:
    _, boat = pair
    with walks(boat) as walk:
        manifest = walk.arrive("shelf", "coming.bin", 5 * MIB)
        with walk.database.transaction():
            walk.database.execute("DELETE FROM ranges")
        assert "from shelf is cancelled" in boat.good("cancel", "coming.bin")
        assert walk.database.rows(
            "SELECT m.state, r.verdict, r.reason FROM messages m, receipts_due r WHERE m.id = ?",
            (manifest,),
        ) == [("D", 3, "taken back by a person")]
    assert "coming from shelf and D" in boat.bad("cancel", "coming.bin")[1]


def test_all_for_one_node(shelf: Keeper) -> None:
    jobs = [shelf.drop(f"{number}.txt") for number in range(3)]
    shelf.die(jobs[0])
    out = shelf.line.good("cancel", "--all", "--to", "boat")
    assert out.count("is cancelled") == 2
    assert "nothing to cancel" in shelf.line.good("cancel", "--all", "--to", "boat")
    assert shelf.line.bad("cancel", "--all")[0] == 64
    assert shelf.line.bad("cancel", "a", "--all", "--to", "boat")[0] == 64
    assert "did you mean boat?" in shelf.line.bad("cancel", "--all", "--to", "bota")[1]


def test_one_wrong_word_cancels_nothing(shelf: Keeper) -> None:
    job = shelf.drop("a.txt")
    assert shelf.line.bad("cancel", "a.txt", "b.txt")[0] == 65
    assert shelf.state(job) == "S-1"
