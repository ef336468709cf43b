"""The moves that must never be, written out by hand."""

import re
import sqlite3
from pathlib import Path

import apsw
import pytest

from netrelay.store.guards import OPERATIONS, guard_name
from netrelay.store.schema import GuardWriter, guards, tables_script
from tests.sql.node import MIB, Node


@pytest.fixture
def node() -> Node:
    node = Node("here")
    node.know("there")
    node.agree("there", MIB)
    return node


def refused(node: Node, message: int, event: str, actor: str) -> str:
    before = node.rows("SELECT * FROM messages")
    audit = node.rows("SELECT * FROM events")
    error = node.expect_refusal(
        "INSERT INTO facts (message, event, actor) VALUES (?, ?, ?)", (message, event, actor)
    )
    assert node.rows("SELECT * FROM messages") == before
    assert node.rows("SELECT * FROM events") == audit
    return error


def test_a_job_is_never_born_from_the_network(node: Node) -> None:
    for actor in ("processor_r", "initial_receiver", "receiver", "processor_s", "engine"):
        for birth in ("arrived", "made", "cut"):
            with pytest.raises(apsw.ConstraintError, match=r"no such move: .* of type 6"):
                node.born(6, birth, actor, destination="there", source="far")
    assert node.messages(6) == []


@pytest.mark.parametrize(
    ("type_", "birth", "actor"),
    [
        (1, "created", "processor_r"),
        (2, "created", "importer"),
        (3, "created", "importer"),
        (7, "created", "person"),
        (4, "arrived", "processor_r"),
        (5, "arrived", "processor_r"),
        (1, "arrived", "initial_receiver"),
        (4, "made", "initial_receiver"),
        (7, "made", "processor_r"),
        (4, "cut", "engine"),
        (7, "cut", "engine"),
        (99, "created", "importer"),
        (99, "made", "engine"),
        (1, "no such birth", "importer"),
    ],
)
def test_births_by_the_wrong_hand(node: Node, type_: int, birth: str, actor: str) -> None:
    with pytest.raises(apsw.ConstraintError, match="no such move"):
        node.born(type_, birth, actor, destination="there")
    assert node.rows("SELECT * FROM messages WHERE id > 0") == []


@pytest.mark.parametrize("state", ["N-1", "N-4", "S-4", "S-4W", "F", "D", "N-0", "X"])
def test_a_message_is_never_born_in_the_middle(node: Node, state: str) -> None:
    with pytest.raises(apsw.ConstraintError, match="born in state -"):
        node.born(1, "created", "person", destination="there", state=state, reason="r")


def test_a_wrong_hash_never_reaches_anything_but_d(node: Node) -> None:
    bad = node.arrived(1, "far", found=b"x", size_bytes=5)
    assert node.walks(bad) == ["- N-1 D"]
    for event, actor in [
        ("exported", "exporter"),
        ("acked", "processor_r"),
        ("hash-good", "engine"),
    ]:
        refused(node, bad, event, actor)
    node.fact(bad, "again", "processor_r")
    assert node.walks(bad)[-1] == "D N-1 D", "the hash is compared again"
    missing = node.arrived(1, "far", found=None, sequence=2, size_bytes=5)
    assert node.state(missing) == "D", "no hash found is not the hash claimed"


def test_a_finished_message_is_never_sent_again_by_a_process(node: Node) -> None:
    single = node.text("there", 5)
    node.send(single)
    node.fact(single, "receipted", "engine")
    for event in ("handed", "resized", "retry", "repeat", "expired", "cancelled", "nothing"):
        for actor in ("processor_s", "person", "importer"):
            refused(node, single, event, actor)
    assert node.state(single) == "F"


@pytest.mark.parametrize(
    ("event", "actor"),
    [
        ("handed", "sender"),
        ("handed", "processor_r"),
        ("acked", "processor_s"),  # a late acknowledgement finds it, see below
        ("receipted", "processor_s"),
        ("receipted", "processor_r"),
        ("expired", "exporter"),
        ("cancelled", "importer"),
        ("retry", "person"),
    ],
)
def test_only_the_named_actor_moves_a_ready_message(node: Node, event: str, actor: str) -> None:
    job = node.job("there", 5)
    (single,) = node.pieces(job)
    if event == "acked":
        node.fact(single, event, actor)
        assert node.state(single) == "F"
        return
    error = refused(node, single, event, actor)
    assert error == f"no such move: message {single} in S-4 of type 1, {event} by {actor}"


def test_a_fact_about_nothing(node: Node) -> None:
    assert refused(node, 4711, "acked", "processor_s") == (
        "no such move: message 4711 (there is none), acked by processor_s"
    )
    refused(node, 0, "acked", "processor_s")


def test_one_illegal_fact_does_not_undo_a_group(node: Node) -> None:
    first, second = node.text("there", 5), node.text("there", 5, sequence=2)
    with node.transaction():
        node.fact(first, "handed", "processor_s")
        refused(node, second, "acked", "exporter")
        node.fact(second, "handed", "processor_s")
    assert [node.state(i) for i in (first, second)] == ["S-4W", "S-4W"]


@pytest.mark.parametrize("to", ["S-4W", "F", "D", "N-1", "X"])
def test_a_state_is_never_written_directly(node: Node, to: str) -> None:
    single = node.text("there", 5)
    last = node.value("SELECT last_event FROM messages WHERE id = ?", (single,))
    for more in ("", ", last_event = last_event + 1", ", last_event = 0", f", last_event = {last}"):
        assert "report a fact" in node.expect_refusal(
            f"UPDATE messages SET state = '{to}', reason = 'r'{more} WHERE id = {single}"
        )
    assert node.state(single) == "S-4"


def test_a_state_is_never_borrowed_from_an_older_event(node: Node) -> None:
    single = node.text("there", 5)
    node.fact(single, "handed", "processor_s")
    node.fact(single, "lost", "processor_s")
    old = node.value("SELECT seq FROM events WHERE event = 'created'")
    node.fact(single, "handed", "processor_s")
    assert "report a fact" in node.expect_refusal(
        f"UPDATE messages SET state = 'S-4', last_event = {old} WHERE id = {single}"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE messages SET state = 'F' WHERE id = 0",
        "UPDATE messages SET source = 'x' WHERE id = 0",
        "UPDATE messages SET id = 5 WHERE id = 0",
        "DELETE FROM messages WHERE id = 0",
        "DELETE FROM messages",
        "INSERT OR REPLACE INTO messages (id, type, state, source, destination, epoch, sequence,"
        " birth, actor) VALUES (0, 0, 'N-0', '', '', x'', 1, '', '')",
        "INSERT INTO messages (id, type, state, source, destination, epoch, sequence,"
        " birth, actor) VALUES (7, 0, 'N-0', '', '', x'', 1, '', '')",
    ],
)
def test_the_root_is_for_ever(node: Node, sql: str) -> None:
    before = node.rows("SELECT * FROM messages")
    node.expect_refusal(sql)
    assert node.rows("SELECT * FROM messages") == before
    assert node.value("SELECT state FROM messages WHERE id = 0") == "N-0"


def test_a_living_message_is_never_removed_or_replaced(node: Node) -> None:
    single = node.text("there", 5)
    columns = "id, type, source, destination, epoch, sequence, birth, actor"
    values = f"{single}, 1, 'here', 'there', x'00', 9, 'created', 'person'"
    for sql in (
        f"DELETE FROM messages WHERE id = {single}",
        f"INSERT OR REPLACE INTO messages ({columns}) VALUES ({values})",
    ):
        assert node.expect_refusal(sql) == "only what is finished or dead can be removed"
    node.fact(single, "cancelled", "person")
    node.execute(f"DELETE FROM messages WHERE id = {single}")


def test_events_are_never_rewritten(node: Node) -> None:
    node.text("there", 5)
    assert node.expect_refusal("UPDATE events SET reason = 'x'") == "the audit is not rewritten"
    assert node.expect_refusal("UPDATE OR REPLACE events SET seq = 9") == (
        "the audit is not rewritten"
    )


def test_moves_go_on_when_old_events_were_pruned(node: Node) -> None:
    single = node.text("there", 5)
    node.fact(single, "cancelled", "person")
    for sequence in range(2, 6):
        node.fact(node.text("there", 5, sequence), "cancelled", "person")
    node.execute("DELETE FROM events")
    node.fact(single, "retry", "person")
    assert node.state(single) == "S-4"


def test_the_machine_is_never_changed_in_place(node: Node) -> None:
    assert "transitions.txt" in node.expect_refusal("UPDATE transitions SET to_state = 'F'")


@pytest.mark.parametrize(
    ("table", "change"),
    [("messages", "reason = 'x'"), ("transitions", "why = 'x'"), ("events", "reason = 'x'")],
)
def test_the_dead_have_a_reason(node: Node, table: str, change: str) -> None:
    node.fact(node.text("there", 5), "cancelled", "person")
    assert node.rows("SELECT reason FROM messages WHERE state = 'D'") == [("taken back",)]


# For each table, a value for each column that needs one; a row of it is there before the attack.
ROWS = {
    "budgets": "('there', 1048576, 'day', 0, 'closed', 0, 86400, 0, 0, NULL, 0)",
    "windows": "('there', '[\"Sat\"]', 'closed', 1, NULL, 1, NULL)",
    "limit_windows": "('there', '[\"Sat\"]', 65536, 1, NULL, 1)",
    "delivered_totals": "('there', 'out', 0, 0) ON CONFLICT DO NOTHING",
    "carried_copies": "(0, '/media/stick', 1.0)",
    "traffic_hours": "(1, 0, 0, 0, 0, 0, 0)",
    "measured_rates": "('there', 1, 0, 1, 1.0)",
    "budget_use": "('there', 'day', 0, 5)",
    "peer_keys": "('there', x'00', x'00')",
    "rights": "('there', 'deliver', '')",
    "wishes": "(1, 1, 1, 4, 60, NULL, 1)",
    "files": "(1, 'there', 'here', x'00', 1, 'name', 1, 5, 0, NULL, NULL, NULL, NULL, NULL, 0, 0,"
    " NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL)",
    "content_hashes": "(1, zeroblob(32))",
    "compressed_wholes": "(1, 1, zeroblob(32), 0)",
    "kept_receipts": "(1, 2, x'00')",
    "custody_wishes": "('there', 1.0)",
    "custody": "(1, 'there', 'far', x'00', 1, 1, 'there', 5, 0, NULL, 0, NULL, 1.0)",
    "custody_words": "(1, 'there', 1, zeroblob(120))",
    "single_keys": "('there', zeroblob(8), 0, 0)",
    "hooks": "(1, 1, NULL, NULL, NULL)",
    "landings": "(1, 1, zeroblob(32), 0, NULL, NULL, NULL)",
    "texts": "(1, 1, 'there', x'00', 1, 0, 0, 'text', 'here')",
    "ranges": "(1, 0, 5)",
    "keys": "('there', x'00', x'00', x'00', x'00', 0)",
    "seen": "('there', 'here', x'00', 1, 2)",
    "refusals_given": "('there', 1, '', '', 1, 0, 0, 'why')",
    "old_folders": "('there', 'drop', 'elsewhere')",
    "passed_over": "('boat', 'a.part', 'why', 0)",
    "pruned_jobs": "(1, 'a', 'out', 'there', 1, 'F', 0)",
    "epochs": "('there', x'00', 1.0)",
    "named_epochs": "('there', x'00', 1, 1.0, 1.0, '', NULL)",
    "receipts_due": "('there', 'here', x'00', 1, 1, 1, 1, '')",
    "sequences": "('here', 'there', 2)",
    "held_groups": "('hq', 'hq', 0)",
    "connections": "('there', -1, 0, 0, 0, NULL, '', '', NULL, '', NULL, '', '')",
    "connections_beside": "('there', '10.0.0.2', -1, 0, 0, 0, '', '')",
    "routes": "('there', 2, 'far', NULL)",
    "offers": "('there', 'there', NULL, 0, NULL, 0)",
    "tried_ways": "('there', 'boat.local', NULL, 0, 1, 'why')",
    "placed_calls": "('there', 0, 0, 0, 0, NULL, '', 30, NULL, NULL, 0, 0, 0, 0)",
    "cannot_dial_here": "('there', 0)",
    "heard": "('there', 0, 0, 0) ON CONFLICT DO NOTHING",
    "faults": "(1, 'sender', 'error', 0, 'why')",
    "disks": "('.', 'fine', 0, 1, 1, 0, 1, 0, NULL)",
    "devices": "('one', 'mmcblk0', 'card', 1, 1, 0, NULL, 0, 0, 0, 'boot', 0, 0, 0, 0, 0)",
    "device_days": "('one', 1, 0, 0, 0, 0, 0, 0)",
    "alarms": "('program', 'disk', '.', 'error', 'why', 'help', '', 0, NULL, NULL, NULL, 0, 0)",
    "alarm_tellers": "('program', 0, NULL, 0, NULL, NULL, NULL, NULL)",
    "logs": "(1, 0, 0, 'sender', 'error', 'crashed', NULL, NULL, 'text')",
    "clock": "(1, 'boot', 0, 0, 0)",
    "peer_revision": "(1, 1) ON CONFLICT DO NOTHING",
    "bodies": "(1, x'00') ON CONFLICT DO NOTHING",
}
ONLY_NETRELAY = "no such function: only_netrelay_writes_here"


def tables() -> list[str]:
    """Return the tables of tables.sql, asked of SQLite."""
    connection = apsw.Connection(":memory:")
    connection.execute(tables_script())
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
    )
    return sorted(str(name) for (name,) in found)


def test_each_table_is_in_the_list_of_guards(node: Node) -> None:
    assert sorted(row.table for row in guards()) == tables()
    wanted = {guard_name(table, operation) for table in tables() for operation in OPERATIONS}
    laid = node.rows(
        "SELECT name, upper(substr(name, length(tbl_name) + 8)), sql FROM sqlite_master"
        " WHERE type = 'trigger' AND name LIKE 'guard\\_%' ESCAPE '\\'"
    )
    assert {name for name, _, _ in laid} == wanted
    for name, operation, script in laid:
        assert re.search(rf"(AFTER|BEFORE) {operation} ON ", script), name


def guarded(name: str) -> Node:
    """Return a node with a row in every table."""
    node = Node(name)
    node.know("there")
    node.agree("there", MIB)
    node.text("there", 5)
    for table, values in ROWS.items():
        node.execute(f"INSERT INTO {table} VALUES {values}")
    return node


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of such a node as a file."""
    path = tmp_path_factory.mktemp("guarded") / "netrelay.db"
    image = guarded("here").connection.serialize("main")
    assert image is not None
    path.write_bytes(image)
    return path


@pytest.mark.parametrize("driver", ["sqlite3", "apsw"])
@pytest.mark.parametrize("table", tables())
def test_a_foreign_writer_is_refused(file: Path, table: str, driver: str) -> None:
    foreign: sqlite3.Connection | apsw.Connection
    foreign = sqlite3.connect(file) if driver == "sqlite3" else apsw.Connection(str(file))
    before = foreign.execute(f"SELECT * FROM {table}").fetchall()
    assert before
    (row,) = (row for row in guards() if row.table == table)
    ((_, column, *_), *_) = foreign.execute(f"PRAGMA table_info({table})").fetchall()
    for operation, sql in (
        ("update", f'UPDATE {table} SET "{column}" = "{column}"'),
        ("update", f'UPDATE OR IGNORE {table} SET "{column}" = "{column}"'),
        ("delete", f"DELETE FROM {table}"),
        ("insert", f"INSERT INTO {table} SELECT * FROM {table}"),
        ("insert", f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
        ("insert", f"INSERT OR IGNORE INTO {table} SELECT * FROM {table}"),
    ):
        nobody = row.writers[OPERATIONS.index(operation)] is GuardWriter.NOBODY
        with pytest.raises((sqlite3.Error, apsw.Error)) as caught:
            foreign.execute(sql)
        # A column of messages has another function of ours as its default.
        told = str(caught.value).replace("unknown function: clock()", ONLY_NETRELAY)
        assert told == (row.why if nobody else ONLY_NETRELAY), sql
    assert foreign.execute(f"SELECT * FROM {table}").fetchall() == before
    foreign.close()


@pytest.mark.parametrize("table", [row.table for row in guards()])
def test_what_nobody_may_write_netrelay_may_not_either(table: str) -> None:
    node = guarded("here")
    (row,) = (row for row in guards() if row.table == table)
    column = node.value("SELECT name FROM pragma_table_info(?) LIMIT 1", (table,))
    for operation, sql in (
        ("insert", f"INSERT INTO {table} SELECT * FROM {table}"),
        ("update", f'UPDATE {table} SET "{column}" = "{column}"'),
        ("delete", f"DELETE FROM {table}"),
    ):
        if row.writers[OPERATIONS.index(operation)] is GuardWriter.NOBODY:
            assert node.expect_refusal(sql) == row.why


def test_others_can_read(file: Path) -> None:
    """The program sqlite3 and sqlite-utils, as docs/sql.md has them."""
    reading = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    for table in tables():
        assert reading.execute(f"SELECT * FROM {table}").fetchall(), table
    assert reading.execute("SELECT count(*) FROM jobs").fetchone() == (1,)
    assert "CREATE TRIGGER guard_seen_delete" in "\n".join(reading.iterdump())
    reading.close()


@pytest.mark.parametrize("driver", ["sqlite3", "apsw"])
def test_a_foreign_writer_reports_no_facts(file: Path, driver: str) -> None:
    foreign: sqlite3.Connection | apsw.Connection
    foreign = sqlite3.connect(file) if driver == "sqlite3" else apsw.Connection(str(file))
    for sql in (
        "INSERT INTO facts VALUES (1, 'cancelled', 'person', NULL, NULL)",
        "INSERT INTO agreements VALUES ('there', '[]', 1, '[1]', 65536, 99, x'00')",
    ):
        with pytest.raises((sqlite3.Error, apsw.Error)):
            foreign.execute(sql)
    foreign.close()


def test_without_its_guard_a_table_is_open(node: Node) -> None:
    """The negative control: what the tests above assert is the guards' doing."""
    single = node.text("there", 5)
    for guard in ("guard_messages_update", "guard_messages_delete", "guard_events_update"):
        node.execute(f"DROP TRIGGER {guard}")
    node.execute("UPDATE messages SET state = 'F' WHERE id = ?", (single,))
    node.execute("UPDATE events SET reason = 'x'")
    node.execute("DELETE FROM messages WHERE id = 0")
