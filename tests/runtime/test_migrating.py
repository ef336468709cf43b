"""A database is migrated once, while no process of an older netrelay holds a place."""

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.core.words import PROCESSES
from netrelay.ring.process_bell import ring
from netrelay.runtime import migrating
from netrelay.runtime.home import Home
from netrelay.runtime.migrating import bring_up_to_date, open_lock
from netrelay.runtime.single_instance import AlreadyRunsError, lock_process
from netrelay.store.database_errors import DatabaseError
from netrelay.store.lock import LockTimeoutError
from netrelay.store.migration import Migrated, migrate, needs_migration
from tests.runtime.running_toy import running_toy
from tests.store.database_dump import dump
from tests.store.next_schema import NextSchema

LONG_S = 60.0
EXTENDED = "EXTEND_TIMEOUT_USEC=60000000"


@pytest.fixture
def schema(home: Home, place: Path, monkeypatch: pytest.MonkeyPatch) -> NextSchema:
    """The schema of the next netrelay, which is installed; the home has the present tables."""
    home.make_runtime()
    schema = NextSchema(place / "sql")
    schema.install(monkeypatch)
    return schema


@pytest.fixture
def old_importer(home: Home) -> Iterator[Callable[[], None]]:
    """The place of importer is held, as by a process of the present netrelay; a call ends it."""
    home.make_runtime()
    held = [lock_process(home.runtime, "importer")]

    def end() -> None:
        while held:
            os.close(held.pop())

    yield end
    end()


def go_on() -> None:
    """Stand for what feeds the watchdog."""


def logged(home: Home) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(home.database)
    try:
        return connection.execute("SELECT process, level, event, text FROM logs").fetchall()
    finally:
        connection.close()


def log_line(process: str, schema: NextSchema) -> tuple[str, str, str, str]:
    return (
        process,
        "notice",
        "database-migrated",
        f"the database was migrated from schema version {schema.present} to {schema.version};"
        f" netrelay.db.before-{schema.version} beside it is what it was before",
    )


# Who migrates


def test_it_is_migrated_once_and_logged_once(home: Home, schema: NextSchema) -> None:
    for process in ("exporter", "importer"):
        bring_up_to_date(home, process, go_on, 0.0)
    assert not needs_migration(home.database)
    assert logged(home) == [log_line("exporter", schema)]


def test_nothing_is_done_with_the_present_tables(home: Home) -> None:
    home.make_runtime()
    before = dump(home.database)
    bring_up_to_date(home, "importer", go_on, 0.0)
    assert dump(home.database) == before
    assert not list(home.path.glob("netrelay.db.before-*"))


def test_nothing_is_made_where_there_is_no_database(home: Home) -> None:
    home.make_runtime()
    home.database.unlink()
    bring_up_to_date(home, "importer", go_on, 0.0)
    assert not home.database.exists()
    assert not (home.runtime / "database.lock").exists()


def test_who_comes_second_waits_and_then_has_nothing_to_do(
    home: Home, schema: NextSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_waits = threading.Event()
    order: list[str] = []

    def slow(path: Path, while_working: Callable[[], None]) -> Migrated:
        order.append("migrates")
        second.start()
        assert second_waits.wait(LONG_S)
        migrated = migrate(path, while_working)
        order.append("migrated")
        return migrated

    def come_second() -> None:
        bring_up_to_date(home, "exporter", second_waits.set, 0.0)
        order.append("second goes on")

    second = threading.Thread(target=come_second)
    monkeypatch.setattr(migrating, "migrate", slow)
    bring_up_to_date(home, "importer", go_on, 0.0)
    second.join(LONG_S)
    assert order == ["migrates", "migrated", "second goes on"]
    assert logged(home) == [log_line("importer", schema)]


def test_who_holds_the_lock_too_long_is_named(
    home: Home, schema: NextSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_LONGEST_MIGRATION_S", 0.05)
    lock = open_lock(home, "exporter", go_on)
    lock.acquire()
    with pytest.raises(LockTimeoutError, match=r"held for over 0.05 s by exporter \(pid"):
        bring_up_to_date(home, "importer", lambda: None, LONG_S)
    lock.close()


# Places


def test_every_place_is_held_while_it_is_migrated_and_free_afterwards(
    home: Home, schema: NextSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(path: Path, while_working: Callable[[], None]) -> Migrated:
        for process in PROCESSES:
            with pytest.raises(AlreadyRunsError, match=f"{process} of this home runs already"):
                lock_process(home.runtime, process)
        return migrate(path, while_working)

    monkeypatch.setattr(migrating, "migrate", look)
    bring_up_to_date(home, "importer", go_on, 0.0)
    assert logged(home) != []
    for process in PROCESSES:
        os.close(lock_process(home.runtime, process))


def test_a_migration_that_fails_gives_places_and_lock_back(home: Home, schema: NextSchema) -> None:
    before = dump(home.database)
    schema.write_migration(2, "rebuilt", "SELECT 1 FROM nowhere;")
    with pytest.raises(DatabaseError, match="no such table: nowhere"):
        bring_up_to_date(home, "importer", go_on, LONG_S)
    assert dump(home.database) == before
    for process in PROCESSES:
        os.close(lock_process(home.runtime, process))
    lock = open_lock(home, "importer", go_on)
    lock.acquire(0.0)
    lock.close()


@pytest.mark.parametrize("process", PROCESSES)
def test_without_patience_who_runs_is_named_and_nothing_changes(
    home: Home, schema: NextSchema, process: str
) -> None:
    before = dump(home.database)
    place = lock_process(home.runtime, process)
    words = (
        rf"netrelay.db has to be migrated for this netrelay, and an older one still runs: {process}"
        rf" of this home runs already, as process {os.getpid()}; restart the node"
    )
    with pytest.raises(AlreadyRunsError, match=words):
        bring_up_to_date(home, "person", go_on, 0.0)
    assert dump(home.database) == before
    assert not list(home.path.glob("netrelay.db.before-*"))
    for other in set(PROCESSES) - {process}:
        os.close(lock_process(home.runtime, other))
    os.close(place)


def test_with_patience_it_is_migrated_as_soon_as_the_last_has_ended(
    home: Home, schema: NextSchema, old_importer: Callable[[], None]
) -> None:
    waited = 0

    def wait() -> None:
        nonlocal waited
        if waited == 3:
            return
        waited += 1
        # It does not hold the lock: the process that runs still writes.
        lock = open_lock(home, "importer", go_on)
        lock.acquire(0.0)
        lock.close()
        if waited == 3:
            old_importer()

    bring_up_to_date(home, "exporter", wait, LONG_S)
    assert waited == 3
    assert logged(home) == [log_line("exporter", schema)]


# Processes


def test_a_start_waits_for_an_older_process_and_asks_for_more_time(
    home: Home, schema: NextSchema, old_importer: Callable[[], None]
) -> None:
    with running_toy(home, WATCHDOG_USEC="200000", **schema.environment()) as toy:
        toy.wait_for_notice(EXTENDED)
        toy.wait_for_notice("WATCHDOG=1", count=3)
        assert "READY=1" not in toy.notices
        old_importer()
        toy.wait_for_notice("READY=1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
        assert toy.logs() == [log_line("importer", schema)[1:]]


def test_a_start_without_patience_is_75(
    home: Home, place: Path, old_importer: Callable[[], None]
) -> None:
    schema = NextSchema(place / "sql")
    with running_toy(home, TOY_PATIENCE_S="0.2", **schema.environment()) as toy:
        assert toy.wait_for_end() == 75
        assert "an older one still runs: importer of this home" in toy.errors
        assert "Traceback" not in toy.errors
        assert toy.notices[-1].startswith("STATUS=")
        assert toy.logs() == []


def test_a_start_that_cannot_migrate_is_78(home: Home, place: Path) -> None:
    schema = NextSchema(place / "sql")
    schema.write_migration(2, "rebuilt", "SELECT 1 FROM nowhere;")
    with running_toy(home, **schema.environment()) as toy:
        assert toy.wait_for_end() == 78
        assert "no such table: nowhere. Nothing has changed" in toy.errors
        [entry] = toy.journal
        assert "NETRELAY_EVENT=cannot-start\n" in entry


def test_a_process_whose_database_was_migrated_is_75(
    home: Home, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No migration begins while it holds its place, unless the lock files of the node were lost."""
    with running_toy(home, "late-work") as toy:
        toy.wait_for_line("step 1")
        NextSchema(place / "sql").install(monkeypatch)
        migrate(home.database)
        migrated = dump(home.database)
        ring(home.runtime, "importer")
        monkeypatch.undo()
        assert toy.wait_for_end() == 75
        assert "was migrated to schema version" in toy.errors
        assert "it has to be started again" in toy.errors
        assert "Traceback" not in toy.errors
        assert dump(home.database) == migrated
