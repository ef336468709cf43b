"""The main loop: start, steps, sleep, watchdog, orderly stop, exit statuses."""

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


# Start and stop


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_ends_it_in_order(home: Home, number: signal.Signals) -> None:
    with running_toy(home) as toy:
        toy.wait_for_notice("READY=1")
        toy.wait_for_line("step 1")
        toy.signal(number)
        assert toy.wait_for_end() == 0
        assert toy.lines == ["step 1", "closed"]
        assert toy.notices == ["READY=1", "STOPPING=1"]
        assert (toy.errors, toy.journal, toy.logs()) == ("", [], [])


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_ends_a_busy_process(home: Home, number: signal.Signals) -> None:
    with running_toy(home, "busy") as toy:
        toy.wait_for_line("step 1")
        toy.signal(number)
        assert toy.wait_for_end() == 0
        assert toy.lines[-1] == "closed"


def test_the_death_of_its_parent_ends_it(home: Home) -> None:
    reader, writer = os.pipe()
    with running_toy(home, parent=reader) as toy:
        os.close(reader)
        toy.wait_for_line("step 1")
        assert toy.process.poll() is None
        os.close(writer)
        assert toy.wait_for_end() == 0
        assert toy.lines == ["step 1", "closed"]


def test_steps_continue_until_the_work_in_progress_is_done(home: Home) -> None:
    with running_toy(home, "winds-down") as toy:
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        toy.wait_for_line("step 2")
        # It sleeps meanwhile, and a second signal does not cut it short.
        toy.signal(signal.SIGTERM)
        ring(home.runtime, "importer")
        assert toy.wait_for_end() == 0
        assert toy.lines == ["step 1", "winding down", "step 2", "step 3", "closed"]
        assert toy.notices == ["READY=1", "STOPPING=1"]


def test_winding_down_has_a_time_limit_and_feeds_the_watchdog(home: Home) -> None:
    with running_toy(home, "never-done", TOY_LIMIT_S="0.5", WATCHDOG_USEC="100000") as toy:
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert (toy.lines[1], toy.lines[-1]) == ("winding down", "closed")
        stopping = toy.notices.index("STOPPING=1")
        assert toy.notices[stopping:].count("WATCHDOG=1") >= 2


def test_a_start_rings_every_other_bell(home: Home) -> None:
    home.make_folders()
    others = [ProcessBell(home.runtime, name) for name in PROCESSES if name != "importer"]
    with running_toy(home) as toy:
        toy.wait_for_notice("READY=1")
        assert [bell.drain() for bell in others] == [1] * 7
    for bell in others:
        bell.close()


# Steps and sleep


def test_a_ring_causes_exactly_one_step(home: Home) -> None:
    with running_toy(home) as toy:
        toy.wait_for_line("step 1")
        for number in (2, 3):
            ring(home.runtime, "importer")
            toy.wait_for_line(f"step {number}")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        # No further line: nothing but the bell woke it.
        assert toy.lines == ["step 1", "step 2", "step 3", "closed"]
        counted = CounterPage.open(home.runtime).snapshot()["importer"]
        assert (counted["steps"], counted["wakeups"]) == (3, 3)


def test_a_commit_that_wakes_the_process_itself_skips_the_sleep(home: Home) -> None:
    with running_toy(home, "own-work") as toy:
        toy.wait_for_line("step 2")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert toy.lines == ["step 1", "step 2", "closed"]


def test_log_lines_are_stored_before_the_sleep(home: Home) -> None:
    with running_toy(home, "log", TOY_TEXT="cut") as toy:
        toy.wait_for_line("step 1")
        ring(home.runtime, "importer")
        toy.wait_for_line("step 2")
        assert toy.logs() == [("notice", "disconnected", "connection to boat ended: cut")]


# The watchdog


def test_the_watchdog_is_fed_during_sleep(home: Home) -> None:
    with running_toy(home, WATCHDOG_USEC="200000") as toy:
        toy.wait_for_notice("WATCHDOG=1", count=4)


def test_the_watchdog_is_not_fed_by_a_step_that_never_ends(home: Home) -> None:
    with running_toy(home, "stuck", WATCHDOG_USEC="100000") as toy:
        toy.wait_for_line("stuck")
        fed = toy.notices.count("WATCHDOG=1")
        assert fed >= 1
        # Six feedings would fit.
        with pytest.raises(TimeoutError):
            toy._notices.socket.settimeout(0.3)
            toy._notices.socket.recv(100)


def test_a_busy_process_does_not_flood_the_service_manager(home: Home) -> None:
    with running_toy(home, "busy", WATCHDOG_USEC="1000000") as toy:
        toy.wait_for_notice("WATCHDOG=1", count=2)
        steps = CounterPage.open(home.runtime).snapshot()["importer"]["steps"]
        assert steps > 20 * toy.notices.count("WATCHDOG=1")


@pytest.mark.parametrize("asked", ["", "0", "x", "-1", "1e6"])
def test_an_invalid_watchdog_limit_is_ignored(home: Home, asked: str) -> None:
    with running_toy(home, WATCHDOG_USEC=asked) as toy:
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert toy.notices == ["READY=1", "STOPPING=1"]
        assert toy.lines == ["step 1", "closed"]


def test_the_watchdog_of_another_process_is_not_fed(home: Home) -> None:
    with running_toy(home, WATCHDOG_USEC="100000", WATCHDOG_PID="1") as toy:
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert "WATCHDOG=1" not in toy.notices


# Errors after the start


def test_an_exception_is_logged_with_the_lines_before_it(home: Home) -> None:
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
def test_no_exception_counts_as_a_clean_end(home: Home, kind: str, error: str) -> None:
    with running_toy(home, kind) as toy:
        toy.wait_for_line("step 1")
        if kind == "bad-close":  # the other ends by itself, and Python at its end by any signal
            toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 70
        [(level, event, text)] = toy.logs()
        assert (level, event) == ("error", "crashed")
        assert error in str(text)


def test_an_error_that_cannot_be_logged_is_reported(home: Home) -> None:
    connection = sqlite3.connect(home.database)
    connection.execute("DROP TABLE logs")
    connection.close()
    with running_toy(home, "crash") as toy:
        assert toy.wait_for_end() == 70
        assert "it could not be logged" in toy.errors
        [entry] = toy.journal
        assert "NETRELAY_EVENT=cannot-log\n" in entry
        assert "LookupError: a step that" in entry


# Errors at the start


@pytest.mark.parametrize(
    ("kind", "status", "text", "event"),
    [
        ("cannot-start", 69, r"port 7411 is\n taken", "cannot-start"),
        ("not-yet", 75, "no interface has it", "cannot-start"),
        ("full-disk", 75, "[Errno 28] No space left on device", "cannot-start"),
        ("born-broken", 70, "RuntimeError: nobody expected this", "crashed"),
    ],
)
def test_a_failed_start_is_reported_to_stderr_status_journal_and_log(
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


def test_a_mistake_in_the_configuration_has_status_78(home: Home) -> None:
    home.config.write_text('[node]\nname = "Shelf"\n')
    with running_toy(home) as toy:
        assert toy.wait_for_end() == 78
        assert f"netrelay importer: {home.config}, line 2: node.name is 'Shelf'" in toy.errors
        assert "Traceback" not in toy.errors
        [entry] = toy.journal
        assert "NETRELAY_EVENT=config\n" in entry
        assert toy.logs() == []


def test_a_missing_database_has_status_78_and_is_not_created(home: Home) -> None:
    home.database.unlink()
    with running_toy(home) as toy:
        assert toy.wait_for_end() == 78
        assert f"netrelay importer: {home.database}: " in toy.errors
        assert not home.database.exists()
        assert toy.notices[0].startswith(f"STATUS={home.database}")
        assert len(toy.journal) == 1


def test_a_database_of_another_program_has_status_78(home: Home) -> None:
    home.database.unlink()
    connection = sqlite3.connect(home.database)
    connection.execute("CREATE TABLE other (x)")
    connection.close()
    with running_toy(home) as toy:
        assert toy.wait_for_end() == 78
        assert "is not a netrelay database" in toy.errors


def test_an_impossible_runtime_directory_has_status_69(home: Home) -> None:
    with running_toy(home, NETRELAY_RUNTIME_DIRECTORY=str(home.path / "x" / "y")) as toy:
        assert toy.wait_for_end() == 69
        assert "No such file or directory" in toy.errors
        assert "Traceback" not in toy.errors


def test_without_journal_and_service_manager_stderr_has_the_error(home: Home) -> None:
    home.config.unlink()
    with running_toy(home, NOTIFY_SOCKET="/nowhere/at/all", JOURNAL="/nowhere/at/all") as toy:
        assert toy.wait_for_end() == 78
        assert "netrelay init" in toy.errors
