"""`netrelay retry`: the file in failed/ is claimed again, and the job is a new attempt."""

import os
from collections.abc import Iterator

import pytest

from netrelay.cli.commands import retry
from tests.cli.command_line import Place
from tests.cli.dead_jobs import Keeper, keeper
from tests.transfer.test_claims import NAMES


@pytest.fixture
def shelf(homes: Place) -> Iterator[Keeper]:
    with keeper(homes.pair()[0]) as found:
        yield found


def test_the_file_of_a_dead_job_goes_to_failed_and_a_retry_takes_it_back(shelf: Keeper) -> None:
    job = shelf.drop("a.txt")
    shelf.die(job)
    assert shelf.files("failed") == {
        "failed/boat/a.txt": b"content",
        "failed/boat/a.txt.reason.txt": b"a.txt did not get to boat: lifetime used up\n"
        b"netrelay retry %d tries again.\n" % job,
    }
    assert shelf.files("drop/.claimed") == {}
    assert "failed/boat/a.txt" in shelf.line.good("why", "a.txt")
    out = shelf.line.good("retry", "a.txt")
    assert out.splitlines()[0] == f"a.txt (job {job}) to boat is tried again, attempt 2"
    assert shelf.state(job) == "S-1"
    assert shelf.files("failed") == {}
    assert shelf.files("drop/.claimed") == {f"drop/.claimed/boat/retry-{job}-2/a.txt": b"content"}
    shelf.step()
    assert shelf.number("SELECT count(*) FROM files") == 1

    # It dies again, and is delivered by the next attempt.
    shelf.die(job)
    assert "failed/boat/a.txt" in shelf.files("failed")
    shelf.line.good("retry", str(job))
    shelf.report("receipted", "engine", job)
    assert shelf.files("sent") == {"sent/boat/a.txt": b"content"}
    assert shelf.files("drop/.claimed") == {}
    assert shelf.said() == []


@pytest.mark.parametrize("name", NAMES)
def test_every_name_comes_back(shelf: Keeper, name: bytes) -> None:
    job = shelf.drop(os.fsdecode(name))
    shelf.die(job)
    assert len(shelf.files("failed")) == 2
    shelf.line.good("retry", str(job))
    (path,) = shelf.files("drop/.claimed")
    assert os.fsencode(path).endswith(b"/" + name)
    assert shelf.files("failed") == {}


def test_files_of_one_name_are_numbered_and_need_their_numbers(shelf: Keeper) -> None:
    jobs = [shelf.drop("a.txt", b"%d" % number) for number in range(3)]
    (shelf.line.home.failed / "boat").mkdir(mode=0o750)
    (shelf.line.home.failed / "boat" / "a (2).txt").write_bytes(b"a person's")
    for job in jobs:
        shelf.die(job)
    found = shelf.files("failed")
    assert found["failed/boat/a (2).txt"] == b"a person's"
    assert [found[f"failed/boat/a{n}.txt"] for n in ("", " (3)", " (4)")] == [b"0", b"1", b"2"]
    code, line = shelf.line.bad("retry", "a.txt")
    assert code == 65
    assert f"say which of {jobs[2]}, {jobs[1]}, {jobs[0]}" in line
    # Claimed under the name that it has at the destination.
    shelf.line.good("retry", str(jobs[1]))
    assert shelf.files("drop/.claimed") == {f"drop/.claimed/boat/retry-{jobs[1]}-2/a.txt": b"1"}


def test_all_that_is_dead_for_one_node(shelf: Keeper) -> None:
    shelf.line.good("message", "text", "--to", "boat")
    text = shelf.number("SELECT max(id) FROM messages WHERE type = 1")
    jobs = [shelf.drop(f"{number}.txt") for number in range(3)]
    for job in (*jobs[:2], text):
        shelf.die(job)
    out = shelf.line.good("retry", "--all", "--to", "boat")
    assert out.count("attempt 2") == 3
    assert [shelf.state(job) for job in (*jobs, text)] == ["S-1"] * 4
    assert "nothing is dead" in shelf.line.good("retry", "--all", "--to", "boat")
    assert shelf.line.bad("retry", "--all")[0] == 64
    assert shelf.line.bad("retry")[0] == 64


def test_a_file_that_changed_or_went_is_not_sent(shelf: Keeper) -> None:
    job = shelf.drop("a.txt")
    shelf.die(job)
    path = shelf.line.home.failed / "boat" / "a.txt"
    before = path.stat()
    path.write_bytes(b"changed")
    os.utime(path, ns=(before.st_mtime_ns, before.st_mtime_ns + 1))
    code, line = shelf.line.bad("retry", "a.txt")
    assert code == 65
    assert "netrelay send FILE --to boat" in line
    path.unlink()
    code, line = shelf.line.bad("retry", "a.txt")
    assert code == 66
    assert "failed/boat/a.txt" in line
    assert shelf.state(job) == "D"
    assert shelf.number("SELECT attempt FROM messages WHERE type = 6") == 1


def test_what_is_being_put_away_has_to_wait(shelf: Keeper) -> None:
    job = shelf.drop("a.txt")
    shelf.die(job)
    with shelf.node.database.transaction():
        shelf.node.database.execute("UPDATE files SET closed = 0")
    assert shelf.line.bad("retry", "a.txt")[0] == 75
    assert shelf.state(job) == "D"
    # The state after a power cut between the rename and the commit.
    shelf.step()
    shelf.line.good("retry", "a.txt")
    assert shelf.state(job) == "S-1"


def test_a_node_that_is_down_has_not_put_it_away_yet(shelf: Keeper) -> None:
    job = shelf.drop("a.txt")
    with shelf.node.database.transaction():
        shelf.node.database.execute(
            "INSERT INTO facts VALUES (?, 'expired', 'processor_s', NULL, NULL)", (job,)
        )
    shelf.line.good("retry", "a.txt")
    shelf.step()
    assert shelf.state(job) == "S-1"
    assert shelf.files("drop/.claimed") == {"drop/.claimed/boat/1/a.txt": b"content"}


def test_what_cannot_be_stored_is_put_back(shelf: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.die(shelf.drop("a.txt"))
    before = shelf.files("failed")["failed/boat/a.txt"]

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(retry, "claim_again", fail)
    assert shelf.line.bad("retry", "a.txt")[0] == 74
    assert shelf.files("failed")["failed/boat/a.txt"] == before
    assert shelf.files("drop/.claimed") == {}
    monkeypatch.undo()
    shelf.line.good("retry", "a.txt")


def test_a_retry_cut_short_sends_the_file_as_a_new_job(
    shelf: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = shelf.drop("a.txt")
    shelf.die(job)

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(retry, "claim_again", fail)
    monkeypatch.setattr(retry, "rename_to_new", fail)
    shelf.line.bad("retry", "a.txt")
    shelf.node.database.close()
    with keeper(shelf.line) as again:
        again.step()
        assert again.number("SELECT count(*) FROM messages WHERE type = 6") == 2
        assert again.state(job) == "D"
    shelf.node = again.node


def test_a_late_receipt_moves_the_file_on(shelf: Keeper) -> None:
    job = shelf.drop("a.txt")
    shelf.die(job)
    shelf.report("receipted", "engine", job)
    assert shelf.files("failed") == {}
    assert shelf.files("sent") == {"sent/boat/a.txt": b"content"}
    code, line = shelf.line.bad("retry", "a.txt")
    assert code == 65
    assert "is F (finished); allowed: dead jobs of this node" in line


def test_only_dead_jobs_of_ours(shelf: Keeper) -> None:
    job = shelf.drop("a.txt")
    code, line = shelf.line.bad("retry", str(job))
    assert code == 65
    assert f"a.txt (job {job}) is S-1" in line
    assert "did you mean a.txt?" in shelf.line.bad("retry", "b.txt")[1]
