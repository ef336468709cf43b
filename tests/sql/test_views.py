"""The views for people: that any SQLite can ask them, and what they say at each step of a walk."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database as SqliteUtils

from netrelay.core.words import Refusal
from netrelay.store.schema import schema_version, sql_directory
from tests.cli.command_line import Place, place
from tests.cli.walks import MIB as WALKS_MIB
from tests.cli.walks import walks
from tests.sql.node import MIB, Node

DOCUMENT = sql_directory().parent / "docs" / "sql.md"
VIEWS = re.findall(r"^CREATE VIEW (\w+)", (sql_directory() / "views.sql").read_text(), re.MULTILINE)
EXAMPLES = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def shelf() -> Node:
    """Give a node with a clock that stands at 1,000 s now, and two peers."""
    node = Node("shelf")
    node.know("boat")
    node.know("buoy", via=None)
    node.execute(
        "INSERT INTO clock (one, boot_id, offset_s, unix_offset_s) VALUES (1, 'boot', 0, 0)"
    )
    at(node, 1000.0)
    return node


def at(node: Node, time_s: float) -> None:
    """Let it be this time, by the node's clock and so by the wall clock the views look at."""
    node.time_s = time_s
    node.execute("UPDATE clock SET unix_offset_s = ?", (time.time() - time_s,))


def cause(node: Node, job: int) -> tuple[str, str | None, str | None]:
    """Give cause, waits_for and reason of a job."""
    found: tuple[str, str | None, str | None] = node.row(
        "SELECT cause, waits_for, reason FROM causes WHERE job = ?", (job,)
    )
    return found


def refused(node: Node, message: int, name: str, reason: str) -> None:
    """Let the next hop refuse a message, to be sent again after a minute."""
    node.execute("INSERT INTO outcomes VALUES (?, ?, 60, ?)", (message, Refusal[name], reason))


class TestCauses:
    """Each cause, from the engine's own states."""

    def test_a_file_on_its_way(self) -> None:
        node = shelf()
        job = node.job("boat", 3 * MIB)
        assert cause(node, job) == ("no-agreement", "boat", None)
        (hello, _, _) = node.messages(4)[0]
        node.fact(hello, "unsent", "initial_sender", "connection refused", 1010.0)
        assert cause(node, job) == ("no-agreement", "boat", "connection refused")
        node.agree("boat", MIB)
        assert cause(node, job) == ("ready", "boat", None)
        node.execute(
            "INSERT INTO connections (peer, handle, failures, due_s, down_s, reason)"
            " VALUES ('boat', -1, 3, 1020, 900, 'timed out')"
        )
        assert cause(node, job) == ("no-connection", "boat", "timed out")
        assert node.row("SELECT since_s, next_try_s, tries FROM causes WHERE job = ?", (job,)) == (
            1000.0,
            1020.0,
            3,
        )
        node.execute("UPDATE connections SET handle = 7, failures = 0")
        assert cause(node, job) == ("on-its-way", "boat", None)
        for piece in node.pieces(job):
            node.send(piece)
        at(node, 1003.0)
        assert cause(node, job) == ("receipt", "boat", None)
        assert node.row("SELECT tries, next_try_s FROM causes WHERE job = ?", (job,)) == (0, 1030.0)
        node.fact(job, "hinted", "engine", "tower gave it up: the disk broke", 1030.0)
        assert cause(node, job) == ("receipt", "boat", "tower gave it up: the disk broke")
        node.fact(job, "receipted", "engine")
        assert cause(node, job) == ("delivered", "boat", None)
        assert node.value("SELECT since_s FROM causes WHERE job = ?", (job,)) == 1003.0

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("NOT_PERMITTED", "right-missing"),
            ("NO_ROOM", "disk-full"),
            ("QUOTA", "quota"),
            ("NO_ROUTE", "no-route-there"),
            ("BAD_HASH", "refused"),
        ],
    )
    def test_a_refusal_while_it_is_not_due_again(self, code: str, expected: str) -> None:
        node = shelf()
        node.agree("boat", MIB)
        node.execute("INSERT INTO connections (peer, handle) VALUES ('boat', 7)")
        job = node.job("boat", 100)
        (piece,) = node.pieces(job)
        node.fact(piece, "handed", "processor_s")
        refused(node, piece, code, f"{code}: words")
        at(node, 1030.0)
        assert cause(node, job) == (expected, "boat", f"{code}: words")
        assert node.row("SELECT since_s, next_try_s FROM causes WHERE job = ?", (job,)) == (
            1000.0,
            1060.0,
        )
        at(node, 1061.0)
        assert cause(node, job)[0] == "on-its-way"

    def test_what_is_held_there_is_refused_once_it_takes_long(self) -> None:
        node = shelf()
        node.agree("boat", MIB)
        node.execute("INSERT INTO connections (peer, handle) VALUES ('boat', 7)")
        job = node.job("boat", 100)
        (piece,) = node.pieces(job)
        for number in range(10):
            assert cause(node, job)[0] == "on-its-way"
            assert node.rows("SELECT job FROM stuck") == []
            at(node, 1000.0 + 61 * number)
            node.fact(piece, "handed", "processor_s")
            refused(node, piece, "HELD", "HELD: words")
        assert cause(node, job) == ("refused", "boat", "HELD: words")
        assert node.rows("SELECT job, cause FROM stuck") == [(job, "refused")]

    def test_hellos_that_are_accepted_and_not_answered(self) -> None:
        node = shelf()
        job = node.job("boat", 100)
        (hello, _, _) = node.messages(4)[0]
        reason = "no reply came back on the connection: the peer ended the connection"
        node.fact(hello, "sent", "initial_sender", None, 1300.0)
        at(node, 1010.0)
        node.fact(hello, "unsent", "initial_sender", reason, 1300.0)
        assert cause(node, job)[0] == "no-agreement", "once may be a broken line"
        assert node.rows("SELECT * FROM one_way") == []
        at(node, 1020.0)
        node.fact(hello, "unsent", "initial_sender", reason, 1300.0)
        assert cause(node, job) == ("no-reply", "boat", reason)
        assert node.row("SELECT job, cause, tries FROM stuck") == (job, "no-reply", None)
        found = "SELECT peer, trouble, waited_s, tries, reason FROM one_way"
        assert node.row(found) == ("boat", "no-reply", 20, 3, reason)
        assert node.value("SELECT reason FROM peer_overview WHERE peer = 'boat'") == reason
        node.fact(hello, "unsent", "initial_sender", "Connection refused", 1300.0)
        assert cause(node, job) == ("no-agreement", "boat", "Connection refused")
        assert node.rows("SELECT * FROM one_way") == []

    def test_an_agreement_ends_what_was_not_answered(self) -> None:
        node = shelf()
        job = node.job("boat", 100)
        (hello, _, _) = node.messages(4)[0]
        for _ in range(2):
            node.fact(hello, "unsent", "initial_sender", "no reply came back", 1300.0)
        assert cause(node, job)[0] == "no-reply"
        node.agree("boat", MIB)
        assert cause(node, job)[0] == "ready"
        assert node.rows("SELECT * FROM one_way") == []

    def test_two_nodes_that_only_dial(self) -> None:
        node = shelf()
        node.agree("boat", MIB)
        job = node.job("boat", 100)
        node.execute("UPDATE peers SET calls = 1 WHERE node = 'boat'")
        assert cause(node, job) == ("no-call", "boat", None)
        assert node.rows("SELECT * FROM one_way") == []
        node.execute("INSERT INTO cannot_dial_here VALUES ('boat', 1000.0)")
        reason = "neither node can dial the other"
        assert cause(node, job) == ("no-call", "boat", reason)
        assert node.rows("SELECT peer, trouble, reason FROM one_way") == [
            ("boat", "neither", reason)
        ]
        assert node.rows("SELECT job, reason FROM stuck") == [(job, reason)]

    def test_a_refused_chunk_of_a_large_file(self) -> None:
        node = shelf()
        node.agree("boat", MIB)
        node.execute("INSERT INTO connections (peer, handle) VALUES ('boat', 7)")
        job = node.job("boat", 5 * MIB)
        manifest, first, second, *_ = node.pieces(job)
        node.send(manifest)
        node.send(first)
        node.fact(second, "handed", "processor_s")
        refused(node, second, "NO_ROOM", "NO_ROOM: the disk of boat is full")
        assert cause(node, job) == ("disk-full", "boat", "NO_ROOM: the disk of boat is full")
        done = node.row("SELECT done_bytes, pieces_left FROM causes WHERE job = ?", (job,))
        assert done == (MIB, 4)

    def test_no_route_no_peer_and_paused(self) -> None:
        node = shelf()
        job = node.job("buoy", 100)
        assert cause(node, job) == ("no-route", "buoy", None)
        node.execute("UPDATE peers SET via = 'boat' WHERE node = 'buoy'")
        assert cause(node, job) == ("no-agreement", "boat", None)
        node.execute("UPDATE peers SET paused_s = 1000 WHERE node = 'boat'")
        assert cause(node, job) == ("paused", "boat", None)
        node.execute("DELETE FROM peers WHERE node = 'buoy'")
        assert cause(node, job) == ("no-peer", "buoy", None)

    def test_what_was_given_up(self) -> None:
        node = shelf()
        jobs = [node.job("boat", 100, sequence=number) for number in (1, 2, 3)]
        node.fact(jobs[0], "expired", "processor_s")
        node.fact(jobs[1], "cancelled", "person")
        node.fact(jobs[2], "failed", "engine", "its destination says: gone")
        assert [cause(node, job)[0] for job in jobs] == ["expired", "cancelled", "dead"]
        assert cause(node, jobs[2])[2] == "its destination says: gone"
        assert node.rows("SELECT job FROM queue") == []
        assert node.rows("SELECT job FROM stuck ORDER BY job") == [(job,) for job in jobs]

    def test_what_comes(self) -> None:
        node = shelf()
        node.execute(
            "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes,"
            " mtime_ns, unix_s) VALUES (1, 'boat', 'shelf', x'', 1, 'a', 2097152, 0, 0)"
        )
        manifest = node.arrived(3, "boat", total_bytes=2 * MIB, file=1)
        node.arrived(2, "boat", size_bytes=MIB, total_bytes=2 * MIB, parent=manifest, file=1)
        assert cause(node, manifest) == ("coming", "boat", None)
        assert node.value("SELECT done_bytes FROM queue") == MIB
        node.arrived(2, "boat", size_bytes=MIB, total_bytes=2 * MIB, parent=manifest, offset=MIB)
        assert cause(node, manifest) == ("being-delivered", None, None)
        assert node.rows("SELECT job FROM stuck") == []
        node.execute("INSERT INTO delivery_troubles VALUES (?, 'disk-full', 'full')", (manifest,))
        at(node, 1004.0)
        assert cause(node, manifest) == ("undelivered", None, "full")
        times = "SELECT since_s, next_try_s, tries FROM causes WHERE job = ?"
        assert node.row(times, (manifest,)) == (1000.0, 1010.0, 1)
        shown = "SELECT cause, waited_s, tries, reason FROM "
        for view in ("queue", "stuck"):
            assert node.row(shown + view) == ("undelivered", 4, 1, "full")
        node.fact(manifest, "exported", "exporter")
        assert cause(node, manifest) == ("received", "boat", None)

    def test_what_came_and_expired_says_what_kept_it(self) -> None:
        node = shelf()
        single = node.arrived(1, "boat", size_bytes=5, total_bytes=5)
        node.fact(single, "expired", "exporter")
        assert cause(node, single) == ("expired", None, "lifetime used up")

    def test_what_passes(self) -> None:
        node = shelf()
        node.know("far")
        node.agree("far", MIB)
        single = node.arrived(
            1,
            "boat",
            destination="far",
            size_bytes=9,
            total_bytes=9,
            envelope=b"e",
            salt=b"s",
        )
        assert node.row("SELECT kind, direction FROM queue") == ("sealed", "through")
        assert cause(node, single) == ("ready", "far", None)
        node.send(single)
        assert cause(node, single) == ("carried", None, None)


def test_what_moves_is_not_stuck_and_what_failed_is() -> None:
    node = shelf()
    job = node.job("boat", 100)
    assert node.rows("SELECT job FROM stuck") == []
    (hello, _, _) = node.messages(4)[0]
    node.fact(hello, "unsent", "initial_sender", "refused", 1010.0)
    assert node.rows("SELECT job, cause, tries FROM stuck") == [(job, "no-agreement", 1)]
    node.agree("boat", MIB)
    assert node.rows("SELECT job FROM stuck") == []
    for piece in node.pieces(job):
        node.send(piece)
    assert node.rows("SELECT job FROM stuck") == []
    node.fact(job, "repeat", "processor_s")
    assert node.rows("SELECT job FROM stuck") == []
    for piece in node.pieces(job):
        node.send(piece)
    assert node.rows("SELECT job, cause, tries FROM stuck") == [(job, "receipt", 1)]


def test_a_hello_that_cannot_be_answered() -> None:
    node = shelf()
    hello = {"addresses": [], "commsport": 7411, "dataports": [7412], "capacity": MIB}
    node.born(
        *(4, "arrived", "initial_receiver"),
        source="boat",
        epoch=b"8" * 8,
        previous_hop="boat",
        info=json.dumps(hello),
    )
    (reply, state, _) = node.messages(5)[0]
    assert state == "S-5"
    for number in range(3):
        assert node.rows("SELECT * FROM one_way") == []
        at(node, 1000.0 + number)
        node.fact(reply, "unsent", "initial_sender", "10.0.0.7 port 7411: timed out", 1100.0)
    found = "SELECT peer, trouble, waited_s, tries, reason FROM one_way"
    words = "its hello cannot be answered: 10.0.0.7 port 7411: timed out"
    assert node.row(found) == ("boat", "reply", 2, 3, words)
    assert node.value("SELECT reason FROM peer_overview WHERE peer = 'boat'") == words
    node.fact(reply, "sent", "initial_sender")
    assert node.rows("SELECT * FROM one_way") == []


def test_receipts_for_a_node_that_cannot_be_dialled() -> None:
    node = shelf()
    node.agree("boat", MIB)
    node.born(7, "made", "processor_s", destination="boat")
    node.execute(
        "INSERT INTO connections (peer, failures, down_s, due_s, reason)"
        " VALUES ('boat', 2, 990, 1100, 'boat port 7412: timed out')"
    )
    assert node.rows("SELECT * FROM one_way") == []
    node.execute("UPDATE connections SET failures = 3")
    found = "SELECT peer, trouble, waited_s, tries, reason FROM one_way"
    assert node.row(found) == ("boat", "receipts", 10, 3, "boat port 7412: timed out")


def test_a_piece_has_a_serial_number() -> None:
    node = shelf()
    node.agree("boat", MIB)
    job = node.job("boat", 2 * MIB + 5)
    query = "SELECT serial, pieces, offset_bytes, size_bytes FROM pieces WHERE whole = ?"
    assert node.rows(query, (job,)) == [
        (1, 3, 0, MIB),
        (2, 3, MIB, MIB),
        (3, 3, 2 * MIB, 5),
    ]
    # Of what comes from elsewhere, the last piece alone does not tell the size of the others.
    carried = {"destination": "buoy", "total_bytes": 2 * MIB + 5, "next_hop": None}
    node.arrived(2, "boat", offset=2 * MIB, size_bytes=5, **carried)
    query = "SELECT serial, pieces FROM pieces WHERE whole = 0 ORDER BY offset_bytes"
    assert node.rows(query) == [(None, None)]
    node.arrived(2, "boat", offset=MIB, size_bytes=MIB, **carried)
    assert node.rows(query) == [(2, 3), (3, 3)]


def test_nothing_is_offered_to_a_paused_hop() -> None:
    node = shelf()
    node.agree("boat", MIB)
    node.job("boat", 100)
    asked = "SELECT count(*) FROM work_connect", "SELECT count(*) FROM work_send"
    assert [node.value(sql) for sql in asked] == [1, 1]
    node.woken.clear()
    node.execute("UPDATE peers SET paused_s = clock() WHERE node = 'boat'")
    assert [node.value(sql) for sql in asked] == [0, 0]
    node.execute("UPDATE peers SET paused_s = NULL WHERE node = 'boat'")
    assert [node.value(sql) for sql in asked] == [1, 1]
    assert "processor_s" in node.woken


@pytest.fixture
def homes() -> Iterator[Place]:
    with place() as found:
        yield found


def _busy(homes: Place) -> Path:
    """Give the database of a node in the middle of work."""
    line = homes.pair()[0]
    with walks(line) as node:
        node.claim("boat", "waits.mkv", 3 * WALKS_MIB)
        node.report("unsent", "initial_sender", "type = 4", "connection refused")
        node.arrive("boat", "film.mkv", 3 * WALKS_MIB)
        for _ in range(2):
            node.report("unsent", "initial_sender", "type = 4", "no reply came back")
        node.report("exported", "exporter", "type = 3 AND state = 'N-4'")
        node.log("warning", "words")
        node.database.execute(
            "INSERT INTO pruned_jobs VALUES (4711, 'photo.jpg', 'out', ?, 5, 'F', clock())",
            (node.node("boat"),),
        )
        node.database.execute(
            "INSERT INTO passed_over VALUES ('boat', 'a.part', 'unfinished', clock() - 7200)"
        )
        node.database.execute(
            "INSERT INTO budgets (peer, limit_bytes, period, from_unix_s, until_unix_s)"
            " VALUES (?, 5000000, 'day', 0, 86400)",
            (node.node("boat"),),
        )
        node.database.execute(
            "INSERT INTO devices VALUES ('one', 'mmcblk0', 'card', 1, 1, 0, NULL, 0, 0, 0, 'boot',"
            " 0, 0, 0, 0, 0)"
        )
        node.database.execute("INSERT INTO device_days VALUES ('one', 1, 0, 0, 0, 0, 0, 0)")
        with node.database.transaction():
            node.database.execute(
                "INSERT INTO refusal_reports VALUES (?, 6, 'relay', '', 1, 'why')",
                (node.node("boat"),),
            )
    return line.home.database


def test_any_sqlite_can_ask_every_view_and_run_every_example(homes: Place) -> None:
    """With the SQLite of the system (3.40 on Debian 12), read-only, and no function of ours."""
    path = _busy(homes)
    assert len(EXAMPLES) >= 8
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        for view in VIEWS:
            cursor = connection.execute(f"SELECT * FROM {view}")
            rows = cursor.fetchall()
            assert rows, view
        for example in EXAMPLES:
            connection.execute(example).fetchall()
        assert connection.execute("SELECT schema FROM versions").fetchone() == (schema_version(),)
        assert connection.execute("PRAGMA user_version").fetchone() == (schema_version(),)
        job, given_s = connection.execute(
            "SELECT name, abs(julianday('now') - julianday(given_at)) * 86400"
            " FROM jobs WHERE direction = 'out'"
        ).fetchone()
    assert job == "waits.mkv"
    assert given_s < 3600


def test_sqlite_utils_opens_it_read_only_as_it_is(homes: Place) -> None:
    path = _busy(homes)
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database = SqliteUtils(connection)
    assert set(VIEWS) <= set(database.view_names())
    assert [row["name"] for row in database["stuck"].rows] == ["waits.mkv"]
    assert {row["name"] for row in database["deliveries"].rows} == {"film.mkv"}
    connection.close()


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_and_column_is_documented(view: str) -> None:
    sections = re.split(r"^### ", DOCUMENT.read_text(), flags=re.MULTILINE)[1:]
    (section,) = [s for s in sections if view in re.split(r"[\n,]\s*", s.split("\n")[0])]
    columns = [row[1] for row in Node("a").rows(f"PRAGMA table_info({view})")]
    assert [column for column in columns if f"`{column}`" not in section] == []
