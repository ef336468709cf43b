"""A database of schema version 2, with a row in every resting state, is migrated."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.store.migration import apply_migrations
from netrelay.store.schema import OLDEST_VERSION, schema_version
from netrelay.store.schema_text import plain_statement
from tests.sql.invariants import INVARIANTS
from tests.store.friendly_world import FriendlyWorld
from tests.store.node import OpenNode

DUMP = Path(__file__).with_name("version_2.sql")
# Each state in which a message of a type can rest. A single or a chunk has 256 pieces at most, so
# it is cut in one transaction and passes S-2; a job may have more.
RESTING = {
    1: {"N-4", "S-1", "S-2W", "S-4", "S-4W", "F", "D"},
    2: {"S-1", "S-2W", "S-4", "S-4W", "F", "D"},
    3: {"N-4", "S-1", "S-4", "S-4W", "F", "D"},
    4: {"S-5", "F", "D"},
    5: {"S-5", "F", "D"},
    6: {"S-1", "S-2", "S-2W", "F", "D"},
    7: {"S-1", "S-4", "S-4W", "F", "D"},
}
MASTER = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"
COLUMNS = (
    "SELECT m.name, c.* FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c"
    " WHERE m.type = 'table' ORDER BY m.name, c.cid"
)


def restored(folder: Path) -> Path:
    """Create the database of the dump in a folder."""
    path = folder / "netrelay.db"
    connection = sqlite3.connect(path)
    connection.executescript(DUMP.read_text(encoding="utf-8"))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    return path


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[OpenNode]:
    """The migrated node of the dump, at a time at which every timer is due."""
    path = restored(tmp_path)
    if schema_version() > OLDEST_VERSION:
        assert apply_migrations(path) == OLDEST_VERSION
    node = OpenNode(tmp_path, is_new=False)
    node.open("processor_s").renew_machine()
    node.time_s = 1_200.0
    yield node
    node.close()


def test_the_dump_has_every_resting_state(tmp_path: Path) -> None:
    connection = sqlite3.connect(restored(tmp_path))
    assert connection.execute("PRAGMA user_version").fetchone() == (OLDEST_VERSION,)
    found: dict[int, set[str]] = {}
    for type_, state in connection.execute("SELECT type, state FROM messages WHERE id > 0"):
        found.setdefault(type_, set()).add(state)
    assert {type_: found[type_] for type_ in RESTING} == RESTING
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    for (table,) in tables:
        assert connection.execute(f'SELECT count(*) FROM "{table}"').fetchone() > (0,), table
    parts = connection.execute(
        "SELECT count(DISTINCT m.id), count(DISTINCT p.state) FROM messages m JOIN messages p"
        " ON p.parent = m.id WHERE m.type = 1 AND m.state = 'S-2W' AND p.type = 1"
    ).fetchone()
    assert parts == (3, 3), "singles that were cut into parts, which later versions do not do"
    connection.close()


def test_its_schema_becomes_that_of_a_new_database(
    migrated: OpenNode, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fresh = OpenNode(tmp_path_factory.mktemp("fresh"))
    statements = [
        sorted((*row[:3], plain_statement(str(row[3]))) for row in node.rows(MASTER))
        for node in (migrated, fresh)
    ]
    assert statements[0] == statements[1]
    assert migrated.rows(COLUMNS) == fresh.rows(COLUMNS)
    assert migrated.value("PRAGMA user_version") == fresh.value("PRAGMA user_version")
    fresh.close()


def test_it_is_whole(migrated: OpenNode) -> None:
    assert migrated.rows("PRAGMA foreign_key_check") == []
    assert migrated.rows("PRAGMA integrity_check") == [("ok",)]
    assert {name: rows for name, sql in INVARIANTS.items() if (rows := migrated.rows(sql))} == {}


def test_every_row_walks_to_its_end(migrated: OpenNode) -> None:
    living = migrated.rows("SELECT id FROM messages WHERE state NOT IN ('F', 'D', 'N-0')")
    dead = migrated.rows("SELECT id FROM messages WHERE state = 'D'")
    assert len(living) > 300
    world = FriendlyWorld(migrated)
    world.run()
    ends = {row[0]: row[1] for row in migrated.rows("SELECT id, state FROM messages")}
    assert {message: ends[message] for (message,) in living if ends[message] != "F"} == {}
    assert {ends[message] for (message,) in dead} == {"D"}
    for (message,) in migrated.rows(
        "SELECT m.id FROM messages m, selfinfo s WHERE m.source = s.node AND m.state = 'D'"
        " AND parent = 0 AND type IN (1, 6)"
    ):
        assert isinstance(message, int)
        migrated.fact(message, "retry", "person")
    world.run()
    assert (
        migrated.rows(
            "SELECT m.id FROM messages m, selfinfo s WHERE m.source = s.node AND m.state = 'D'"
            " AND parent = 0 AND type IN (1, 6)"
        )
        == []
    )
    assert {name: rows for name, sql in INVARIANTS.items() if (rows := migrated.rows(sql))} == {}
