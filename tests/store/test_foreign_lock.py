"""Another program holds SQLite's write lock: it is named, and waited for without ours."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.store import foreign_lock
from netrelay.store.database import Database
from netrelay.store.database_errors import DatabaseLockedError
from netrelay.store.foreign_lock import foreign_holder
from netrelay.store.lock import WriteLock
from netrelay.store.migration import apply_migrations
from tests.store.foreign_program import foreign_program
from tests.store.node import OpenNode


@pytest.fixture
def node(tmp_path: Path) -> Iterator[OpenNode]:
    node = OpenNode(tmp_path)
    node.open("exporter")
    yield node
    node.close()


def opened(
    folder: Path, node: OpenNode, while_locked: Callable[[float], None] | None = None
) -> Database:
    lock = WriteLock(folder / "lock", "importer")
    return Database(folder / "netrelay.db", "importer", lock, node.clock, while_locked=while_locked)


def test_a_transaction_waits_for_it_without_our_lock(node: OpenNode, tmp_path: Path) -> None:
    waits: list[float] = []

    def while_locked(waited_s: float) -> None:
        waits.append(waited_s)
        other = WriteLock(tmp_path / "lock", "sender")
        other.acquire(timeout_s=0)
        other.release()
        other.close()
        if len(waits) == 3:
            program.end()

    database = opened(tmp_path, node, while_locked)
    with (
        foreign_program(tmp_path / "netrelay.db", "BEGIN IMMEDIATE") as program,
        database.transaction(),
    ):
        database.execute("UPDATE selfinfo SET name = 'waited'")
    assert len(waits) == 3
    assert waits == sorted(waits)
    assert node.value("SELECT name FROM selfinfo") == "waited"
    database.close()


def test_a_command_waits_for_a_while_and_names_it(
    node: OpenNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_lock, "_PATIENCE_S", 0.1)
    path = tmp_path / "netrelay.db"
    database = opened(tmp_path, node)
    with foreign_program(path, "BEGIN IMMEDIATE") as program:
        with pytest.raises(DatabaseLockedError) as caught, database.transaction():
            pytest.fail("it has no lock")
        assert str(caught.value).startswith(f"{path} is locked by {program.text}, which is not")
    with database.transaction():
        database.execute("UPDATE selfinfo SET name = 'later'")
    assert node.value("SELECT name FROM selfinfo") == "later"
    database.close()


def test_what_a_wait_raises_leaves_no_lock(node: OpenNode, tmp_path: Path) -> None:
    def stop(_waited_s: float) -> None:
        raise KeyboardInterrupt

    database = opened(tmp_path, node, stop)
    with (
        foreign_program(tmp_path / "netrelay.db", "BEGIN IMMEDIATE"),
        pytest.raises(KeyboardInterrupt),
        database.transaction(),
    ):
        pytest.fail("it has no lock")
    node.write("UPDATE selfinfo SET name = 'free'")
    database.close()


def test_a_reader_is_no_holder(node: OpenNode, tmp_path: Path) -> None:
    path = tmp_path / "netrelay.db"
    with foreign_program(path, "BEGIN", "SELECT * FROM selfinfo"):
        assert foreign_holder(path, tmp_path / "lock") is None
        node.write("UPDATE selfinfo SET name = 'beside'")


def test_only_a_program_without_our_lock_is_foreign(node: OpenNode, tmp_path: Path) -> None:
    path, lock = tmp_path / "netrelay.db", tmp_path / "lock"
    assert foreign_holder(path, lock) is None
    database = node.open("exporter")
    with database.transaction():
        database.execute("UPDATE selfinfo SET name = 'ours'")
        assert foreign_holder(path, lock) is None
        assert "(pid " in foreign_lock.holder_text(path)
    with foreign_program(path, "BEGIN IMMEDIATE") as program:
        assert foreign_holder(path, lock) == program.text
    assert foreign_holder(path, lock) is None


def test_a_locked_database_is_migrated_later(node: OpenNode, tmp_path: Path) -> None:
    node.close()
    path = tmp_path / "netrelay.db"
    with (
        foreign_program(path, "PRAGMA user_version = 12", "BEGIN IMMEDIATE"),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("netrelay.store.migration.BUSY_TIMEOUT_MS", 10)
        with pytest.raises(DatabaseLockedError, match="is locked by"):
            apply_migrations(path)


def test_a_program_may_have_any_name(tmp_path: Path) -> None:
    """The kernel cuts a name after fifteen bytes, also within a character."""
    pid = str(os.getpid())
    comm = Path(f"/proc/{pid}/comm")
    before = comm.read_bytes()
    try:
        comm.write_bytes(b"\x1b[2Jsauvegard\xc3")
        assert foreign_lock._named(int(pid)) == f"\\x1b[2Jsauvegard\ufffd (pid {pid})"
    finally:
        comm.write_bytes(before)
