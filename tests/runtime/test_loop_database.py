"""The main loop with a database that is locked by another program, or damaged while it is used."""

import signal
import sqlite3
from contextlib import ExitStack

import pytest

from netrelay.ring.process_bell import ring
from netrelay.runtime.damage_note import note_of_damage, noted_damage
from netrelay.runtime.home import Home
from tests.runtime.running_toy import RunningToy, running_toy
from tests.store.foreign_program import foreign_program


def wait_until_told(toy: RunningToy, home: Home, holder: str) -> None:
    toy.wait_for_notice(
        f"STATUS={home.database} is locked by {holder}, which is not netrelay: nothing is stored"
        " until it ends its transaction; it is waited for"
    )


# Locked by another program


def test_a_step_waits_for_a_foreign_lock_and_goes_on(home: Home) -> None:
    with running_toy(home, "steady-work", WATCHDOG_USEC="1000000") as toy:
        toy.wait_for_line("step 1")
        with foreign_program(home.database, "BEGIN IMMEDIATE") as program:
            ring(home.runtime, "importer")
            wait_until_told(toy, home, program.text)
            fed = toy.notices.count("WATCHDOG=1")
            toy.wait_for_notice("WATCHDOG=1", fed + 2)
            assert toy.process.poll() is None
        toy.wait_for_notice(f"STATUS={home.database} is not locked any more")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        [(level, event, text)] = toy.logs()
        assert (level, event) == ("warning", "database-locked")
        assert str(text).startswith(f"{program.text}, which is not netrelay, had the database")
        assert "Traceback" not in toy.errors
        assert [entry.count("NETRELAY_EVENT=database-locked\n") for entry in toy.journal] == [1, 0]


def test_a_start_waits_for_a_foreign_lock(home: Home) -> None:
    with (
        foreign_program(home.database, "BEGIN IMMEDIATE") as program,
        running_toy(home) as toy,
    ):
        wait_until_told(toy, home, program.text)
        assert "EXTEND_TIMEOUT_USEC=60000000" in toy.notices
        assert "READY=1" not in toy.notices
        program.end()
        toy.wait_for_line("step 1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0


@pytest.mark.parametrize("is_started", [True, False])
def test_a_stop_does_not_wait_for_a_foreign_lock(home: Home, is_started: bool) -> None:
    with foreign_program(home.database, "BEGIN IMMEDIATE") as program, ExitStack() as stack:
        if is_started:
            program.end()
        toy = stack.enter_context(running_toy(home, "steady-work"))
        if is_started:
            toy.wait_for_line("step 1")
            program = stack.enter_context(foreign_program(home.database, "BEGIN IMMEDIATE"))
            ring(home.runtime, "importer")
        wait_until_told(toy, home, program.text)
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert "Traceback" not in toy.errors
        assert toy.lines[-1:] != ["closed"]


# Damaged while it is used


def damage(home: Home) -> None:
    """Overwrite the table of log lines, which the toy's second step writes to."""
    connection = sqlite3.connect(home.database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ((page,),) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'logs'"
    ).fetchall()
    connection.close()
    with home.database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


def test_damage_found_in_a_step_ends_the_process_for_good(home: Home) -> None:
    with running_toy(home, "late-work") as toy:
        toy.wait_for_line("step 1")
        damage(home)
        ring(home.runtime, "importer")
        assert toy.wait_for_end() == 78
        assert "Traceback" not in toy.errors
        assert f"netrelay importer: {home.database} is damaged (" in toy.errors
        for words in ("netrelay restore FILE --replace", "netrelay backup --identity FILE"):
            assert words in toy.errors
        assert toy.notices[-1].startswith(f"STATUS={home.database} is damaged (")
    found = noted_damage(home)
    assert found is not None
    assert found.startswith("importer found it at ")
    with running_toy(home) as toy:
        assert toy.wait_for_end() == 78
        assert toy.lines == []
        assert f"{home.database} is damaged (" in toy.errors
    assert noted_damage(home) == found, "the first finding stays"


def test_a_note_of_damage_that_is_put_right_ends_with_the_next_start(home: Home) -> None:
    note_of_damage(home.database).write_text("importer found it at noon: malformed\n")
    with running_toy(home) as toy:
        toy.wait_for_line("step 1")
        assert noted_damage(home) is None
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0


def test_damage_found_at_a_start_ends_the_process_for_good(home: Home) -> None:
    damage(home)
    with running_toy(home, "log", TOY_TEXT="x") as toy:
        assert toy.wait_for_end() == 78
        assert "Traceback" not in toy.errors
    assert noted_damage(home) is not None
