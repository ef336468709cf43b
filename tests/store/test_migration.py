"""A migration: everything or nothing, after a durable copy."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest

from netrelay.disk.replacement import put_in_place
from netrelay.store import migration
from netrelay.store.database import Database, ReadOnlyDatabase
from netrelay.store.database_errors import (
    DatabaseError,
    MigratedMeanwhileError,
    NoRoomForCopyError,
    OlderSchemaError,
)
from netrelay.store.engine_functions import register_functions
from netrelay.store.lock import WriteLock
from netrelay.store.migration import apply_migrations, migrate, needs_migration
from netrelay.store.schema_text import plain_statement
from tests.store.database_dump import dump
from tests.store.next_schema import ADDED, NextSchema
from tests.store.node import THERE, OpenNode

MASTER = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
)
LAID = "SELECT name, sql FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY rowid"


class Older(NamedTuple):
    """A database of the present netrelay, closed, and the schema of the next one."""

    path: Path
    schema: NextSchema
    content: list[str]


@pytest.fixture
def older(tmp_path: Path) -> Iterator[Older]:
    """A node with a job that waits and a manifest body."""
    node = OpenNode(tmp_path)
    node.know(THERE)
    job = node.add_job(5)
    node.write("INSERT INTO bodies VALUES (?, x'010203')", job)
    node.close()
    path = tmp_path / "netrelay.db"
    yield Older(path, NextSchema(tmp_path / "sql"), dump(path))


def master(path: Path) -> list[tuple[str, str, str, str]]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(MASTER).fetchall()
        return [(kind, name, table, plain_statement(sql)) for kind, name, table, sql in rows]
    finally:
        connection.close()


def fresh(folder: Path) -> Path:
    """A new database of the netrelay that is installed."""
    folder.mkdir()
    OpenNode(folder).close()
    return folder / "netrelay.db"


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_a_migrated_database_equals_a_new_one(
    older: Older, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older.schema.install(monkeypatch)
    migrated = migrate(older.path)
    version = older.schema.version
    copy = tmp_path / f"netrelay.db.before-{version}"
    assert migrated == (older.schema.present, version, copy)
    made = fresh(tmp_path / "fresh")
    assert master(older.path) == master(made)
    # The views for people are found by the order in which they were created.
    assert rows(older.path, LAID) == rows(made, LAID)
    assert rows(older.path, "SELECT schema FROM versions") == [(version,)]
    assert rows(older.path, "SELECT type, colour FROM messages WHERE parent = 0") == [
        (0, "blue"),
        (6, "blue"),
        (4, "blue"),
    ]
    assert rows(older.path, "SELECT size_bytes, body FROM bodies") == [(3, b"\1\2\3")]
    assert not needs_migration(older.path)


def test_waiting_messages_continue(older: Older, monkeypatch: pytest.MonkeyPatch) -> None:
    older.schema.install(monkeypatch)
    migrate(older.path)
    node = OpenNode(older.path.parent, is_new=False)
    node.agree(THERE)
    assert node.rows("SELECT type, state FROM messages WHERE parent > 0") == [(1, "S-4")]
    node.close()


def test_the_copy_is_the_database_before(older: Older, monkeypatch: pytest.MonkeyPatch) -> None:
    older.schema.install(monkeypatch)
    copy = migrate(older.path).copy
    assert dump(copy) == older.content
    assert copy.stat().st_mode & 0o777 == older.path.stat().st_mode & 0o777 == 0o640


def test_only_the_newest_copy_is_kept(older: Older, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("before-1", "before-2", "before-99.unfinished"):
        older.path.with_name(f"netrelay.db.{name}").write_text("old")
    # Of `netrelay restore --replace`, and of a person.
    others = [older.path.with_name(f"netrelay.db.before-{each}") for each in ("restore", "2-mine")]
    for other in others:
        other.write_text("not of a migration")
    folder = older.path.with_name("netrelay.db.before-3")
    folder.mkdir()
    older.schema.install(monkeypatch)
    copy = migrate(older.path).copy
    assert set(older.path.parent.glob("netrelay.db.before-*")) == {copy, folder, *others}


def test_the_watchdog_is_fed_while_a_large_database_is_migrated(
    older: Older, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = apsw.Connection(str(older.path))
    register_functions(connection, lambda: 0.0, lambda _: 1)
    connection.execute("INSERT INTO keys VALUES ('s', x'', x'', x'', zeroblob(20000000), 0)")
    connection.close()
    older.schema.install(monkeypatch)
    fed: list[int] = []
    migrate(older.path, lambda: fed.append(1))
    assert len(fed) >= 5


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("ALTER TABLE messages ADD COLUMN other TEXT;", "messages is not as in tables.sql"),
        (
            ADDED + "INSERT INTO bodies VALUES (4711, x'');",
            "row 4711 of bodies refers to no row of messages",
        ),
        (ADDED + "DROP INDEX events_of_message;", "the index events_of_message is missing"),
        (ADDED + "SELECT 1 FROM nowhere;", "no such table: nowhere"),
        (ADDED + "COMMIT; BEGIN;", "not authorized"),
        ("SAVEPOINT a; " + ADDED + "RELEASE a;", "not authorized"),
    ],
)
def test_a_bad_migration_changes_nothing(
    older: Older, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    older.schema.write_migration(1, "added", script)
    older.schema.install(monkeypatch)
    with pytest.raises(DatabaseError, match=rf"migration .* failed: .*{why}.*Nothing has changed"):
        migrate(older.path)
    assert dump(older.path) == older.content


def test_without_room_for_the_copy_nothing_changes(
    older: Older, monkeypatch: pytest.MonkeyPatch
) -> None:
    older.schema.install(monkeypatch)
    usage = shutil.disk_usage(older.path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(NoRoomForCopyError, match=r"no room for the copy .* 1048576 bytes are free"):
        migrate(older.path)
    assert dump(older.path) == older.content


def test_a_folder_in_place_of_the_copy_is_named(
    older: Older, monkeypatch: pytest.MonkeyPatch
) -> None:
    older.schema.install(monkeypatch)
    for suffix in ("", ".unfinished"):
        folder = older.path.with_name(f"netrelay.db.before-{older.schema.version}{suffix}")
        folder.mkdir()
        with pytest.raises(NoRoomForCopyError, match=f"no copy .*Is a directory: .*{folder}"):
            migrate(older.path)
        folder.rmdir()
    assert dump(older.path) == older.content


def test_a_copy_that_cannot_be_made_leaves_nothing(
    older: Older, monkeypatch: pytest.MonkeyPatch
) -> None:
    older.schema.install(monkeypatch)

    def full(_source: Path, target: Path, _while_copying: object) -> None:
        target.write_bytes(b"half")
        raise apsw.FullError("database or disk is full")

    monkeypatch.setattr(migration, "copy_idle_database", full)
    with pytest.raises(NoRoomForCopyError, match=r"no copy of it could be made in .*: .*full"):
        migrate(older.path)
    assert dump(older.path) == older.content
    assert not list(older.path.parent.glob("*.before-*"))


def test_a_full_disk_in_the_middle_changes_nothing(
    older: Older, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling = "CREATE TABLE big AS SELECT zeroblob(1 << 24);"
    older.schema.write_migration(1, "added", ADDED + filling)
    older.schema.install(monkeypatch)
    real = migration._opened

    def opened(path: Path) -> apsw.Connection:
        connection = real(path)
        connection.execute("PRAGMA max_page_count = 400")
        return connection

    monkeypatch.setattr(migration, "_opened", opened)
    with pytest.raises(NoRoomForCopyError, match=r"disk became full .* nothing has changed"):
        migrate(older.path)
    assert dump(older.path) == older.content


def test_the_copy_is_durable_before_anything_changes(
    older: Older, monkeypatch: pytest.MonkeyPatch
) -> None:
    older.schema.install(monkeypatch)
    steps: list[str] = []
    real_put, real_apply = put_in_place, apply_migrations

    def put(unfinished: Path, path: Path) -> None:
        real_put(unfinished, path)
        steps.append(path.name)

    def apply(path: Path, while_working: object) -> int:
        steps.append("migrated")
        assert dump(older.path) == older.content
        return real_apply(path)

    monkeypatch.setattr(migration, "put_in_place", put)
    monkeypatch.setattr(migration, "apply_migrations", apply)
    migrate(older.path)
    assert steps == [f"netrelay.db.before-{older.schema.version}", "migrated"]


class TestOtherProcesses:
    """Connections that were opened before the migration, and those that come after it."""

    def test_a_writer_that_was_open_before_has_to_exit(
        self, older: Older, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        node = OpenNode(older.path.parent, is_new=False)
        before = node.open("processor_s")
        older.schema.install(monkeypatch)
        migrate(older.path)
        content = dump(older.path)
        with pytest.raises(MigratedMeanwhileError, match="has to be started again"):
            node.write("INSERT INTO wishes (inode, mtime_ns, born_s) VALUES (1, 1, 1)")
        with pytest.raises(MigratedMeanwhileError), before.transaction():
            pass
        assert dump(older.path) == content
        node.close()

    def test_a_writer_from_before_there_were_migrations_is_refused(
        self, older: Older, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It looks at no version, and does not know the function that the guards name."""
        older.schema.install(monkeypatch)
        migrate(older.path)
        content = dump(older.path)
        connection = apsw.Connection(str(older.path))
        for name, arguments in (("clock", 0), ("writer", 0), ("wake", 1), ("refuse", 1)):
            connection.create_scalar_function(name, lambda *_: 1, arguments)
        for statement in (
            "INSERT INTO wishes (inode, mtime_ns, born_s) VALUES (1, 1, 1)",
            "INSERT INTO peers (node, name, pin) VALUES ('p', 'p', zeroblob(32))",
            "INSERT INTO facts VALUES (1, 'cancelled', 'person', NULL, NULL)",
            "UPDATE selfinfo SET epoch = x'0000000000000000'",
            "DELETE FROM seen",
        ):
            with pytest.raises(apsw.SQLError, match="only_netrelay_writes_here"):
                connection.execute(statement)
        connection.close()
        assert dump(older.path) == content

    def test_a_newer_netrelay_that_opens_it_unmigrated_names_the_remedy(
        self, older: Older, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        node = OpenNode(older.path.parent, is_new=False)
        older.schema.install(monkeypatch)
        lock = WriteLock(older.path.with_name("lock"), "importer")
        words = (
            rf"has schema version {older.schema.present}, this netrelay knows"
            rf" {older.schema.version}: it is migrated when the node is started"
        )
        with pytest.raises(OlderSchemaError, match=words):
            Database(older.path, "importer", lock, node.clock)
        with pytest.raises(OlderSchemaError, match=words):
            ReadOnlyDatabase(older.path, node.clock)
        lock.close()


def test_a_newer_or_foreign_database_is_not_migrated(
    older: Older, monkeypatch: pytest.MonkeyPatch
) -> None:
    older.schema.install(monkeypatch)
    for pragma, why in (("user_version = 99", "newer one"), ("application_id = 1", "is not a")):
        connection = sqlite3.connect(older.path)
        connection.execute(f"PRAGMA {pragma}")
        connection.close()
        with pytest.raises(DatabaseError, match=why):
            needs_migration(older.path)
