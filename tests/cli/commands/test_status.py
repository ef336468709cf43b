"""`netrelay status`: processes, peers, messages, and the first jobs that wait."""

import json
import socket
from typing import Any

import pytest

from netrelay.cli.queries import overview
from netrelay.core.words import PROCESSES
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def status(line: CommandLine) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line.good("status", "--json"))
    return found


def test_a_new_node(homes: Place) -> None:
    out = homes.node("shelf").good("status")
    for words in ("shelf", "down", "netrelay up", "no peer yet", "netrelay peer add CARD"):
        assert words in out
    assert "no message yet" in out


def test_what_runs_is_known_without_waking_it(shelf: CommandLine) -> None:
    shelf.runtime.mkdir(exist_ok=True)
    bells: list[socket.socket] = []
    for process in PROCESSES:
        assert ("down" in shelf.good("status")) is (not bells)
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        bell.bind(str(shelf.runtime / f"{process}.bell"))
        bells.append(bell)
    assert "all eight processes run" in shelf.good("status")
    for bell in bells:
        with pytest.raises(BlockingIOError):
            bell.recv(1)
    bells[0].close()
    assert f"but {PROCESSES[0]} does not run" in shelf.good("status")
    assert status(shelf)["running"] == {process: process != PROCESSES[0] for process in PROCESSES}
    for bell in bells:
        bell.close()


def test_no_connection_is_open_on_a_node_that_is_down(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 7)
        node.database.execute("UPDATE connections SET failures = 0")
        job = node.claim("boat", "film.mkv", 3 * MIB)
    with up(shelf):
        (peer,) = status(shelf)["peers"]
        assert peer["handle"] == 7
        out = shelf.good("status")
        assert out.count("  open\n") == 1
        assert "on its way to boat, 4 to go" in out
        assert "boat is connected" in shelf.good("why", "boat")
    (peer,) = status(shelf)["peers"]
    assert (peer["handle"], peer["reason"]) == (-1, "none: this node is down")
    for command in ("status", "jobs"):
        out = shelf.good(command)
        assert "open" not in out
        assert "this node is down; 4 pieces left" in out
    assert "is on its way" not in shelf.good("why", str(job))
    for words in (("why", "boat"), ("peer", "ls", "boat")):
        said = shelf.good(*words)
        assert "boat is known and agreed with; no connection is open." in said
    assert json.loads(shelf.good("why", "boat", "--json"))["connection"] == "none"
    assert json.loads(shelf.good("peer", "ls", "--json"))["connection"] == "none"


def test_the_address_of_a_connection_is_shown(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", -1, "it answers BUSY", "192.0.2.7")
        node.claim("boat", "film.mkv", 3 * MIB)
        (peer,) = status(shelf)["peers"]
        assert peer["last_address"] == "192.0.2.7"
        assert "192.0.2.7" not in shelf.good("status")
        said = "The last error, at 192.0.2.7, was: it answers BUSY."
        assert said in shelf.good("why", "boat")
        with node.database.transaction():
            node.database.execute("UPDATE connections SET reason = '192.0.2.7 port 7412: refused'")
        said = "The last error was: 192.0.2.7 port 7412: refused."
        assert said in shelf.good("why", "boat")
        with node.database.transaction():
            node.database.execute("UPDATE connections SET handle = 7, failures = 0, reason = ''")
    with up(shelf):
        assert shelf.good("status").count("  open at 192.0.2.7\n") == 1
        assert shelf.good("why", "boat").startswith("boat is connected at 192.0.2.7; at once")
        assert "dialled   last at 192.0.2.7\n" in shelf.good("peer", "ls", "boat")
        assert json.loads(shelf.good("peer", "ls", "--json"))["last_address"] == "192.0.2.7"


def why(line: CommandLine) -> str:
    (waiting,) = status(line)["waiting"]
    assert waiting["why"] in line.good("status")
    return str(waiting["why"])


def test_it_says_why_a_file_waits_at_each_step_of_its_way(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.claim("boat", "film.mkv", 3 * MIB)
        assert why(shelf) == "no agreement with boat yet"
        node.report("unsent", "initial_sender", "type = 4", "boat: connection refused")
        assert why(shelf) == "no agreement with boat yet: boat: connection refused"
        node.agree("boat")
        assert why(shelf) == "this node is down; 4 pieces left"
        with up(shelf):
            assert why(shelf) == "no connection to boat yet"
        node.connection("boat", -1, "timed out")
        assert why(shelf) == "no connection to boat: timed out"
        node.database.execute("UPDATE connections SET handle = 7")
        with up(shelf):
            assert why(shelf) == "on its way to boat, 4 to go"
        node.report("handed", "processor_s", "state = 'S-4'")
        node.report("acked", "processor_s", "state = 'S-4W' AND type = 3")
        full = "NO_ROOM: the disk of boat is full"
        node.report(
            "deferred",
            "processor_s",
            "state = 'S-4W' AND \"offset\" = 0",
            full,
            600,
        )
        assert why(shelf) == full
        node.report("handed", "processor_s", "state = 'S-4'")
        node.report("acked", "processor_s", "state = 'S-4W'")
        assert why(shelf) == "all of it was taken; the receipt is not here yet"
        node.report("receipted", "engine", "type = 6")
        assert status(shelf)["waiting"] == []


def test_a_dead_file_comes_first_with_its_reason(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("boat", "one", 3 * MIB)
        dead = node.claim("boat", "two", 3 * MIB)
        node.report("failed", "engine", f"id = {dead}", "its destination says: disk gone\x1b[2J")
    found = status(shelf)
    assert [waiting["name"] for waiting in found["waiting"]] == ["two", "one"]
    assert found["waiting"][0]["why"] == "its destination says: disk gone\x1b[2J"
    out = shelf.good("status")
    assert "disk gone\\x1b[2J" in out
    assert "\x1b" not in out
    assert "dead: a person may look and retry: 1 file" in out


def test_what_expires_soonest_comes_first_after_the_dead(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        jobs = [node.claim("boat", f"file {number}", 100) for number in range(12)]
        node.report("failed", "engine", f"id = {jobs[5]}", "no")
        node.report("failed", "engine", f"id = {jobs[3]}", "no")
        node.database.execute(
            "UPDATE messages SET expires_s = expires_s - 60 WHERE id = ?", (jobs[11],)
        )
    found = status(shelf)
    order = [3, 5, 11, 0, 1, 2, 4, 6, 7, 8]
    assert [waiting["name"] for waiting in found["waiting"]] == [f"file {at}" for at in order]
    assert found["waiting_count"] == 12


def test_a_text_that_waits_is_called_a_text(shelf: CommandLine) -> None:
    shelf.good("message", "back soon", "--to", "boat")
    assert "  (text)" in shelf.good("status")


def test_a_file_that_is_coming(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.arrive("boat", "film.mkv", 3 * MIB)
    with up(shelf):
        (waiting,) = status(shelf)["waiting"]
    assert (waiting["source"], waiting["destination"]) == ("boat", "shelf")
    assert waiting["why"] == "all of it is here; being delivered"


def test_messages_are_counted_by_state_in_words(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
        node.claim("boat", "note.txt", 10)
        node.report("handed", "processor_s", "state = 'S-4' AND type = 3")
    found = {(each["state"], each["type"]): each["number"] for each in status(shelf)["messages"]}
    assert found == {("S-2W", 6): 2, ("S-4", 2): 3, ("S-4", 1): 1, ("S-4W", 3): 1}
    out = shelf.good("status")
    assert "4  S-4   ready to be sent: 1 single, 3 pieces" in out
    assert "1  S-4W  sent, not yet acknowledged: 1 manifest" in out
    (peer,) = status(shelf)["peers"]
    assert (peer["ready"], peer["in_flight"], peer["message_size"]) == (4, 1, MIB)


def test_many_are_not_counted_to_the_end(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "COUNT_LIMIT", 5)
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("boat", "film.mkv", 10 * MIB)
    assert "5+ S-4" in shelf.good("status")


def test_more_than_a_screenful_waits(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        for number in range(25):
            node.claim("boat", f"{number}.txt", 10)
    out = shelf.good("status")
    assert "and 15 more" in out
    assert len(out.splitlines()) < 40


def test_the_connection_and_its_next_try(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.connection("boat", -1, "no route to host")
    with up(shelf):
        assert "no route to host; tried again in 100 s" in shelf.good("status")
    assert shelf.good("status").splitlines()[6].endswith("  no route to host")


def test_the_last_errors_without_control_characters(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.log("notice", "all is well")
        node.log("error", "first")
        for number in range(5):
            node.log("warning", f"number {number}\r\x1b]0;title\x07")
    out = shelf.good("status")
    assert "all is well" not in out
    assert "first" not in out
    assert "number 4\\r\\x1b]0;title\\x07" in out
    assert not set(out) & {"\x1b", "\r", "\x07"}
    assert [error["text"][:8] for error in status(shelf)["errors"]] == [
        f"number {number}" for number in (4, 3, 2, 1, 0)
    ]


@pytest.mark.parametrize("state", [state for state in overview.COUNTED if state != "F"])
def test_counting_what_is_not_finished_reads_only_that(shelf: CommandLine, state: str) -> None:
    with walks(shelf) as node:
        plan = node.database.rows(
            f"EXPLAIN QUERY PLAN SELECT type FROM {dict(overview.COUNTED)[state]} LIMIT 10"  # type: ignore[index]
        )
    assert all("USING" in str(row[3]) and "INDEX" in str(row[3]) for row in plan), plan


def test_a_database_of_another_program_is_said(shelf: CommandLine) -> None:
    for path in shelf.home.path.glob("netrelay.db*"):
        path.unlink()
    shelf.home.database.write_bytes(b"SQLite format 3\0" + bytes(100))
    code, line = shelf.bad("status")
    assert code == 78
    assert str(shelf.home.database) in line


def test_what_is_wrong_is_in_a_part_of_its_own(shelf: CommandLine) -> None:
    assert "\nhealth\n" not in shelf.good("status")
    with walks(shelf) as node, node.database.transaction():
        node.database.execute("UPDATE peers SET paused_s = clock()")
        node.database.execute(
            "INSERT INTO disks VALUES ('inbox', 'full', clock(), 1, 2, clock(), 1, clock(), NULL)"
        )
        # The log has a part of its own.
        node.database.execute(
            "INSERT INTO faults (process, kind, unix_s, text)"
            " VALUES ('sender', 'error', unixepoch(), 'x')"
        )
    (row,) = (row for row in status(shelf)["health"] if row["kind"] == "disk")
    assert (row["severity"], row["subject"]) == ("error", "inbox")
    part = shelf.good("status").split("\nhealth\n")[1].split("\n\n")[0].splitlines()
    assert part[0].split() == ["LEVEL", "FOR", "WHAT"]
    assert part[1].split()[0] == "error"
    assert "are free where inbox is: nothing that arrives is taken" in part[1]
    assert "check" in part[2]
    assert len(part) == 3


def test_many_findings_are_counted(shelf: CommandLine) -> None:
    with walks(shelf) as node, node.database.transaction():
        for number in range(15):
            node.database.execute(
                "INSERT INTO faults (process, kind, unix_s, text)"
                " VALUES (?, 'ended', unixepoch(), 'x')",
                (f"process {number}",),
            )
    part = shelf.good("status").split("\nhealth\n")[1].split("\n\n")[0].splitlines()
    assert "  and 5 more" in part
