"""The state machine in the database is that of the running code, whichever version created it."""

from collections.abc import Iterator

import apsw
import pytest

from netrelay.store import machine
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.machine import machine_digest
from netrelay.store.schema import transitions
from tests.store.node import THERE, OpenNode

LAID = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY rowid"
MOVES = "SELECT * FROM transitions ORDER BY from_state, event, type"
ROWS = 'SELECT id, type, state, source, destination, sequence, "offset" FROM messages ORDER BY id'


@pytest.fixture
def older(node: OpenNode) -> Iterator[OpenNode]:
    """Create a node with another version's state machine, and a job that waits."""
    node.know(THERE)
    node.write(
        "INSERT INTO messages (type, state, source, destination, epoch, sequence, birth, actor,"
        " size_bytes, total_bytes, lifetime_s)"
        " VALUES (6, '-', ?, ?, x'3132333435363738', 1, 'created', 'importer', 5, 5, 60)",
        "here",
        THERE,
    )
    # A guard keeps everybody from it.
    node.write("DROP TRIGGER guard_transitions_update")
    for change in (
        "DELETE FROM transitions WHERE event = 'withdrawn'",
        "UPDATE transitions SET why = 'once'",
        "DROP TRIGGER late_delivery",
        "DROP TRIGGER whole_finished",
        "CREATE TRIGGER whole_finished AFTER UPDATE OF state ON messages BEGIN SELECT 1; END",
        "CREATE TRIGGER forgotten AFTER DELETE ON bodies BEGIN SELECT 1; END",
        "CREATE VIEW forgotten_too AS SELECT 1",
        "DROP VIEW jobs",
        "DROP VIEW machine",
        "CREATE VIEW machine (digest, schema, objects) AS SELECT 'older', 0, json_group_array(name)"
        " FROM sqlite_master WHERE type IN ('view', 'trigger')",
    ):
        node.write(change)
    yield node


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenNode]:
    found = OpenNode(tmp_path_factory.mktemp("fresh"))
    yield found
    found.close()


def test_a_new_database_has_it(fresh: OpenNode) -> None:
    assert fresh.open("importer").renew_machine() is False
    assert fresh.value("SELECT digest FROM machine") == machine_digest()
    assert len(fresh.rows(MOVES)) == len(transitions())


def test_another_machine_is_replaced_and_the_nodes_rows_are_kept(
    older: OpenNode, fresh: OpenNode
) -> None:
    rows, events = older.rows(ROWS), older.rows("SELECT * FROM events")
    assert [row[2] for row in rows] == ["N-0", "S-1", "S-5"]
    assert older.open("importer").renew_machine() is True
    assert older.rows(LAID) == fresh.rows(LAID)
    assert older.rows(MOVES) == fresh.rows(MOVES)
    assert (older.rows(ROWS), older.rows("SELECT * FROM events")) == (rows, events)
    # A connection that was open before uses the new one; it is not installed twice.
    assert older.open("processor_s").renew_machine() is False
    ((job, state),) = older.rows("SELECT id, state FROM messages WHERE type = 6")
    assert state == "S-1"
    older.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    assert older.value("SELECT state FROM messages WHERE type = 6") == "D"


def test_the_views_for_people_are_found_after_a_replacement(
    older: OpenNode, fresh: OpenNode
) -> None:
    older.open("importer").renew_machine()
    found = []
    for node in (older, fresh):
        database = ReadOnlyDatabase(node.open("importer").path, node.clock)
        found.append(database.views_for_people())
        database.close()
    assert found[0] == found[1]
    assert found[0][0][0] == "versions"


def test_a_machine_that_cannot_be_installed_leaves_the_old_one(
    older: OpenNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = older.rows(LAID), older.rows(MOVES)
    monkeypatch.setattr(machine, "machine_script", lambda: "CREATE VIEW half AS SELECT 1; CREATE")
    with pytest.raises(apsw.SQLError):
        older.open("importer").renew_machine()
    assert (older.rows(LAID), older.rows(MOVES)) == before
