"""A process of the eight begins, turns, sleeps and ends as whoever started it was promised."""

import os
import signal
import sqlite3

import pytest

from netrelay.core.words import PROCESSES
from netrelay.ring.counters import CounterPage
from netrelay.ring.process_bell import ProcessBell, ring
from netrelay.runtime.home import Home
from tests.runtime.running_toy import running_toy

STOPS = [signal.SIGTERM, signal.SIGINT]


# Beginning and ending


@pytest.mark.parametrize("number", STOPS)
def test_it_is_ready_and_ends_in_order_when_told_to(home: Home, number: signal.Signals) -> None:
    with running_toy(home) as toy:
        toy.wait_for_notice("READY=1")
        toy.wait_for_line("step 1")
        toy.signal(number)
        assert toy.wait_for_end() == 0
        assert toy.lines == ["step 1", "closed"]
        assert toy.notices == ["READY=1", "STOPPING=1"]
        assert (toy.errors, toy.journal, toy.logs()) == ("", [], [])


@pytest.mark.parametrize("number", STOPS)
def test_it_ends_in_the_middle_of_work(home: Home, number: signal.Signals) -> None:
    with running_toy(home, "busy") as toy:
        toy.wait_for_line("step 1")
        toy.signal(number)
        assert toy.wait_for_end() == 0
        assert toy.lines[-1] == "closed"


def test_it_ends_when_its_parent_is_gone(home: Home) -> None:
    reader, writer = os.pipe()
    with running_toy(home, parent=reader) as toy:
        os.close(reader)
        toy.wait_for_line("step 1")
        assert toy.process.poll() is None
        os.close(writer)
        assert toy.wait_for_end() == 0
        assert toy.lines == ["step 1", "closed"]


def test_it_turns_until_what_is_under_way_is_done(home: Home) -> None:
    with running_toy(home, "winds-down") as toy:
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        toy.wait_for_line("step 2")
        # It sleeps meanwhile; and a person who asks twice cuts nothing short.
        toy.signal(signal.SIGTERM)
        ring(home.runtime, "importer")
        assert toy.wait_for_end() == 0
        assert toy.lines == ["step 1", "winding down", "step 2", "step 3", "closed"]
        assert toy.notices == ["READY=1", "STOPPING=1"]


def test_what_is_never_done_is_waited_for_a_bounded_time_and_the_watchdog_fed(home: Home) -> None:
    with running_toy(home, "never-done", TOY_LIMIT_S="0.5", WATCHDOG_USEC="100000") as toy:
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert (toy.lines[1], toy.lines[-1]) == ("winding down", "closed")
        stopping = toy.notices.index("STOPPING=1")
        assert toy.notices[stopping:].count("WATCHDOG=1") >= 2


def test_it_rings_the_others_since_it_may_have_been_missed(home: Home) -> None:
    home.make_folders()
    others = [ProcessBell(home.runtime, name) for name in PROCESSES if name != "importer"]
    with running_toy(home) as toy:
        toy.wait_for_notice("READY=1")
        assert [bell.drain() for bell in others] == [1] * 7
    for bell in others:
        bell.close()


# Turning and sleeping


def test_a_bell_makes_one_step_and_no_more(home: Home) -> None:
    with running_toy(home) as toy:
        toy.wait_for_line("step 1")
        for number in (2, 3):
            ring(home.runtime, "importer")
            toy.wait_for_line(f"step {number}")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        # No line more: nothing turned it but the bell.
        assert toy.lines == ["step 1", "step 2", "step 3", "closed"]
        counted = CounterPage.open(home.runtime).snapshot()["importer"]
        assert (counted["steps"], counted["wakeups"]) == (3, 3)


def test_work_it_makes_for_itself_is_not_slept_over(home: Home) -> None:
    with running_toy(home, "own-work") as toy:
        toy.wait_for_line("step 2")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert toy.lines == ["step 1", "step 2", "closed"]


def test_what_it_says_is_stored_before_it_sleeps(home: Home) -> None:
    with running_toy(home, "log", TOY_TEXT="cut") as toy:
        toy.wait_for_line("step 1")
        ring(home.runtime, "importer")
        toy.wait_for_line("step 2")
        assert toy.logs() == [("notice", "disconnected", "connection to boat ended: cut")]


# The watchdog


def test_the_watchdog_is_fed_while_it_sleeps(home: Home) -> None:
    with running_toy(home, WATCHDOG_USEC="200000") as toy:
        toy.wait_for_notice("WATCHDOG=1", count=4)


def test_the_watchdog_is_not_fed_by_a_step_that_never_ends(home: Home) -> None:
    with running_toy(home, "stuck", WATCHDOG_USEC="100000") as toy:
        toy.wait_for_line("stuck")
        fed = toy.notices.count("WATCHDOG=1")
        assert fed >= 1
        # Long enough for six of them.
        with pytest.raises(TimeoutError):
            toy._notices.socket.settimeout(0.3)
            toy._notices.socket.recv(100)


def test_a_busy_process_does_not_flood_the_service_manager(home: Home) -> None:
    with running_toy(home, "busy", WATCHDOG_USEC="1000000") as toy:
        toy.wait_for_notice("WATCHDOG=1", count=2)
        steps = CounterPage.open(home.runtime).snapshot()["importer"]["steps"]
        assert steps > 20 * toy.notices.count("WATCHDOG=1")


@pytest.mark.parametrize("asked", ["", "0", "x", "-1", "1e6"])
def test_nobody_is_fed_who_did_not_ask(home: Home, asked: str) -> None:
    with running_toy(home, WATCHDOG_USEC=asked) as toy:
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert toy.notices == ["READY=1", "STOPPING=1"]
        assert toy.lines == ["step 1", "closed"]


def test_a_watchdog_that_watches_another_is_not_fed(home: Home) -> None:
    with running_toy(home, WATCHDOG_USEC="100000", WATCHDOG_PID="1") as toy:
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert "WATCHDOG=1" not in toy.notices


# Errors once the database is open


def test_a_step_that_raises_is_logged_with_what_was_said_before(home: Home) -> None:
    with running_toy(home, "crash") as toy:
        assert toy.wait_for_end() == 70
        assert toy.logs() == [
            ("notice", "disconnected", "connection to boat ended: said before the end"),
            (
                "error",
                "crashed",
                r"unexpected error, starting again: LookupError: a step that\nraises",
            ),
        ]
        assert "Traceback" in toy.errors
        assert "toy.py" in toy.errors
        assert "closed" not in toy.lines


@pytest.mark.parametrize(
    ("kind", "error"),
    [("broken-pipe", "BrokenPipeError: [Errno 32] Broken pipe"), ("bad-close", "LookupError: ")],
)
def test_no_error_passes_for_a_clean_end(home: Home, kind: str, error: str) -> None:
    with running_toy(home, kind) as toy:
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 70
        [(level, event, text)] = toy.logs()
        assert (level, event) == ("error", "crashed")
        assert error in str(text)


def test_an_error_that_cannot_be_logged_is_reported(home: Home) -> None:
    connection = sqlite3.connect(home.database)
    connection.execute("ALTER TABLE logs RENAME TO elsewhere")
    connection.close()
    with running_toy(home, "crash") as toy:
        assert toy.wait_for_end() == 70
        assert "it could not be logged" in toy.errors
        [entry] = toy.journal
        assert "NETRELAY_EVENT=cannot-log\n" in entry
        assert "LookupError: a step that" in entry


# What keeps it from beginning


@pytest.mark.parametrize(
    ("kind", "status", "text", "event"),
    [
        ("cannot-start", 69, r"port 7411 is\n taken", "cannot-start"),
        ("not-yet", 75, "no interface has it", "cannot-start"),
        ("full-disk", 75, "[Errno 28] No space left on device", "cannot-start"),
        ("born-broken", 70, "RuntimeError: nobody expected this", "crashed"),
    ],
)
def test_what_keeps_it_from_beginning_is_said_everywhere(
    home: Home, kind: str, status: int, text: str, event: str
) -> None:
    with running_toy(home, kind) as toy:
        assert toy.wait_for_end() == status
        assert f"netrelay importer: {text}\n" in toy.errors
        assert ("Traceback" in toy.errors) == (status == 70)
        assert toy.notices == [f"STATUS={text}"]
        [entry] = toy.journal
        assert f"MESSAGE={text}\n" in entry
        assert "PRIORITY=3\n" in entry
        assert "NETRELAY_PROCESS=importer\n" in entry
        [(level, logged, logged_text)] = toy.logs()
        assert (level, logged) == ("error", event)
        assert text in str(logged_text)


def test_a_mistake_in_the_configuration_is_78(home: Home) -> None:
    home.config.write_text('[node]\nname = "Shelf"\n')
    with running_toy(home) as toy:
        assert toy.wait_for_end() == 78
        assert f"netrelay importer: {home.config}, line 2: node.name is 'Shelf'" in toy.errors
        assert "Traceback" not in toy.errors
        [entry] = toy.journal
        assert "NETRELAY_EVENT=config\n" in entry
        assert toy.logs() == []


def test_no_database_is_69_and_none_is_made(home: Home) -> None:
    home.database.unlink()
    with running_toy(home) as toy:
        assert toy.wait_for_end() == 69
        assert f"netrelay importer: {home.database}: " in toy.errors
        assert not home.database.exists()
        assert toy.notices[0].startswith(f"STATUS={home.database}")
        assert len(toy.journal) == 1


def test_a_database_of_another_program_is_69(home: Home) -> None:
    home.database.unlink()
    connection = sqlite3.connect(home.database)
    connection.execute("CREATE TABLE other (x)")
    connection.close()
    with running_toy(home) as toy:
        assert toy.wait_for_end() == 69
        assert "is not a netrelay database" in toy.errors


def test_a_runtime_directory_that_cannot_be_is_69(home: Home) -> None:
    with running_toy(home, NETRELAY_RUNTIME_DIRECTORY=str(home.path / "x" / "y")) as toy:
        assert toy.wait_for_end() == 69
        assert "No such file or directory" in toy.errors
        assert "Traceback" not in toy.errors


def test_it_says_the_same_without_anybody_who_listens(home: Home) -> None:
    home.config.unlink()
    with running_toy(home, NOTIFY_SOCKET="/nowhere/at/all", JOURNAL="/nowhere/at/all") as toy:
        assert toy.wait_for_end() == 78
        assert "netrelay init" in toy.errors
