"""What a user added to the database stays as it was, or an upgrade names it and changes nothing."""

import sqlite3
from pathlib import Path

import apsw
import pytest

from netrelay.store import machine
from netrelay.store.database_errors import UserObjectError
from netrelay.store.migration import apply_migrations
from netrelay.store.schema import machine_script
from netrelay.store.user_objects import machine_names
from tests.store.database_dump import dump
from tests.store.next_schema import NextSchema
from tests.store.node import OpenNode
from tests.store.test_version_2 import restored

USERS = "SELECT type, name, sql FROM sqlite_master WHERE name LIKE 'my%' ORDER BY type, name"
LOG = "CREATE TABLE my_log (a)"


def changed(path: Path, *statements: str) -> Path:
    """Execute statements as another program does, and return the path."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def users(path: Path) -> list[tuple[str, str, str]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(USERS).fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE VIEW my_view AS SELECT id, reason FROM messages"],
        ['CREATE VIEW "my ""first"" view" AS SELECT 1', 'CREATE TABLE "my ""t" (a)'],
        [LOG, "CREATE VIEW my_view AS SELECT * FROM my_log", "DROP TABLE my_log"],
        ["CREATE VIEW my_first AS SELECT 1", "CREATE VIEW my_view AS SELECT * FROM my_first"],
        [
            LOG,
            "CREATE TRIGGER my_trigger AFTER UPDATE ON messages"
            " BEGIN INSERT INTO my_log VALUES (NEW.id); END",
        ],
        [LOG, "CREATE TRIGGER my_trigger AFTER INSERT ON my_log BEGIN DELETE FROM my_log; END"],
        [
            LOG,
            "CREATE VIEW my_view AS SELECT * FROM my_log",
            "CREATE TRIGGER my_trigger INSTEAD OF INSERT ON my_view"
            " BEGIN INSERT INTO my_log VALUES (NEW.a); END",
        ],
        ["CREATE INDEX my_index ON messages (upper(reason))"],
        ["CREATE TABLE my_table (a REFERENCES messages (id))", "INSERT INTO my_table VALUES (-9)"],
        ["CREATE TABLE my_table (a REFERENCES my_gone (id))", "INSERT INTO my_table VALUES (7)"],
    ],
    ids=lambda statements: statements[-1][:40],
)
def test_a_migration_and_a_renewal_keep_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    path = changed(restored(tmp_path), *statements)
    before = users(path)
    assert before
    apply_migrations(path)
    assert users(path) == before
    script = machine_script()
    monkeypatch.setattr(machine, "machine_script", lambda: f"{script}-- another\n")
    node = OpenNode(tmp_path, is_new=False)
    assert node.open("importer").renew_machine() is True
    node.close()
    assert users(path) == before


def test_an_index_of_a_table_that_is_rebuilt_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OpenNode(tmp_path).close()
    path = changed(tmp_path / "netrelay.db", "CREATE INDEX my_index ON bodies (message, body)")
    NextSchema(tmp_path / "sql").install(monkeypatch)
    apply_migrations(path)
    assert [name for _, name, _ in users(path)] == ["my_index"]


def test_a_trigger_runs_after_the_migration(tmp_path: Path) -> None:
    trigger = (
        "CREATE TRIGGER my_trigger AFTER UPDATE OF reason ON messages"
        " BEGIN INSERT INTO my_log VALUES (NEW.reason); END"
    )
    apply_migrations(changed(restored(tmp_path), LOG, trigger))
    node = OpenNode(tmp_path, is_new=False)
    job = node.add_job(5)
    node.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    assert node.rows("SELECT a FROM my_log WHERE a IS NOT NULL") != []
    node.close()


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["CREATE TABLE backoffs (a)"], ["the table backoffs is not netrelay's", "rename or drop"]),
        (["CREATE INDEX files_coming ON files (source)"], ["the index files_coming is not"]),
        (["CREATE TABLE files_coming (a)"], ["the table files_coming is not netrelay's"]),
        (["CREATE TABLE deliveries (a)"], ["the table deliveries is not netrelay's"]),
        (
            ["CREATE VIEW backoffs AS SELECT 1"],
            ["your view backoffs does not fit", 'DROP VIEW "backoffs"'],
        ),
        (
            ["ALTER TABLE peers ADD COLUMN note TEXT"],
            ["the column note of the table peers", "ALTER TABLE peers DROP COLUMN"],
        ),
    ],
    ids=lambda value: value[0][:40],
)
def test_what_does_not_fit_is_named_and_nothing_changes(
    tmp_path: Path, statements: list[str], words: list[str]
) -> None:
    path = restored(tmp_path)
    if statements == ["CREATE TABLE deliveries (a)"]:
        statements = ["DROP VIEW deliveries", *statements]
    changed(path, *statements)
    before = dump(path)
    with pytest.raises(UserObjectError) as caught:
        apply_migrations(path)
    for text in [str(path), "Nothing has changed", *words]:
        assert text in str(caught.value)
    assert len(str(caught.value)) < 400
    assert dump(path) == before


def test_a_trigger_that_would_fail_every_write_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OpenNode(tmp_path).close()
    path = changed(
        tmp_path / "netrelay.db",
        "CREATE TABLE my_log (a)",
        "CREATE TRIGGER my_trigger AFTER DELETE ON bodies"
        " BEGIN INSERT INTO my_log VALUES (OLD.body); END",
    )
    schema = NextSchema(tmp_path / "sql")
    schema.change_tables("  body BLOB NOT NULL\n) STRICT;", "  content BLOB NOT NULL\n) STRICT;")
    schema.change_tables("length(body)", "length(content)")
    rebuilt = schema.folder / "migrations" / f"{schema.version:04}_rebuilt.sql"
    script = rebuilt.read_text(encoding="utf-8").replace("length(body)", "length(content)")
    script = script.replace("  body BLOB", "  content BLOB").replace(
        "(message, body)", "(message, content)"
    )
    rebuilt.write_text(script, encoding="utf-8")
    schema.install(monkeypatch)
    before = dump(path)
    with pytest.raises(UserObjectError, match=r"your trigger my_trigger does not fit .*OLD\.body"):
        apply_migrations(path)
    assert dump(path) == before


def test_a_taken_name_stops_a_renewal_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = OpenNode(tmp_path)
    node.write("CREATE TABLE my_queue (a)")
    before = node.value("SELECT digest FROM machine")
    script = machine_script() + "\nCREATE VIEW my_queue AS SELECT 1;\n"
    monkeypatch.setattr(machine, "machine_script", lambda: script)
    with pytest.raises(UserObjectError, match="the table my_queue is not netrelay's"):
        node.open("importer").renew_machine()
    assert node.value("SELECT digest FROM machine") == before
    node.close()


def test_the_names_of_the_machine_are_all_its_views_and_triggers(tmp_path: Path) -> None:
    node = OpenNode(tmp_path)
    made = node.rows("SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger')")
    assert [(name,) for name in sorted(machine_names())] == sorted(made)
    node.close()


def test_every_object_of_version_2_is_known(tmp_path: Path) -> None:
    path = restored(tmp_path)
    assert users(path) == []
    made = apsw.Connection(str(path))
    names = {name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    made.close()
    apply_migrations(path)
    after = apsw.Connection(str(path))
    kept = after.execute("SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger')")
    assert {name for (name,) in kept} == set(machine_names())
    after.close()
    assert names <= set(machine_names())
