"""Connections to the database: durability, wake-ups, the node's clock, databases it refuses."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from netrelay.store.database import Database, ReadOnlyDatabase, Work
from netrelay.store.database_errors import DatabaseError
from netrelay.store.database_file import SelfInfo, create_database
from netrelay.store.lock import WriteLock
from netrelay.store.node_clock import Clock
from tests.prepared_database import copied_database
from tests.prepared_database import create_database as create_by_the_product
from tests.store.database_dump import dump

NODE = SelfInfo("here", "here", "::", 7411, "[7412]", 1 << 20, 3600, b"12345678")


class Boot:
    """The clock of a computer and its boots, moved by the test."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.number = 1
        self.wall_ahead_s = 1e9

    def clock(self) -> Clock:
        return Clock(
            lambda: self.seconds,
            f"boot {self.number}",
            lambda: self.seconds + self.wall_ahead_s,
        )


class Home:
    """A database file with its lock, and the connections a test opened."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "netrelay.db"
        self.lock_path = folder / "write.lock"
        self.boot = Boot()
        self.rung: list[set[str]] = []
        self.opened: list[Database] = []
        create_database(self.path, NODE)

    def open(self, process: str = "importer") -> Database:
        lock = WriteLock(self.lock_path, process)
        database = Database(self.path, process, lock, self.boot.clock(), self.rung.append)
        self.opened.append(database)
        return database


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    for database in home.opened:
        database.close()


JOB = (
    "INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor, lifetime_s)"
    " VALUES (6, 'here', 'there', x'00', ?, 'created', 'importer', 60)"
)


def test_a_new_database_holds_the_root_the_node_and_the_machine(home: Home) -> None:
    home.path.unlink()
    create_by_the_product(home.path, NODE)
    database = home.open()
    assert database.rows("SELECT id, state FROM messages") == [(0, "N-0")]
    assert database.row("SELECT node, capacity, epoch FROM selfinfo") == (
        "here",
        1 << 20,
        b"12345678",
    )
    transitions = database.value("SELECT count(*) FROM transitions")
    assert isinstance(transitions, int)
    assert transitions > 200
    assert database.value("PRAGMA journal_mode") == "wal"
    assert home.path.stat().st_mode & 0o777 == 0o640


def test_the_copy_that_other_tests_begin_with_is_what_the_product_makes(tmp_path: Path) -> None:
    made, copied = tmp_path / "made.db", tmp_path / "copied.db"
    create_by_the_product(made, NODE)
    copied_database(copied, NODE)
    assert create_database is copied_database
    assert dump(copied) == dump(made)
    assert copied.stat().st_mode == made.stat().st_mode
    # Text encoding, page size, journal mode, application id: the header, without its counters.
    header, expected = (path.read_bytes()[:100] for path in (copied, made))
    assert header[:24] == expected[:24]
    assert header[44:92] == expected[44:92]


@pytest.mark.parametrize("create", [create_by_the_product, copied_database])
def test_a_database_is_never_overwritten(
    create: Callable[[Path, SelfInfo], None], home: Home
) -> None:
    before = home.path.read_bytes()
    with pytest.raises(FileExistsError, match="already holds a node"):
        create(home.path, NODE)
    assert home.path.read_bytes() == before


def test_the_remains_of_an_interrupted_creation_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "netrelay.db.new").write_bytes(b"half")
    create_by_the_product(tmp_path / "netrelay.db", NODE)
    assert [p.name for p in tmp_path.iterdir()] == ["netrelay.db"]


def test_the_pragmas_make_commits_durable(home: Home) -> None:
    database = home.open()
    pragmas = {
        name: database.value(f"PRAGMA {name}")
        for name in ("synchronous", "recursive_triggers", "foreign_keys")
    }
    assert pragmas == {"synchronous": 2, "recursive_triggers": 1, "foreign_keys": 1}


def test_a_rarely_used_statement_stays_compiled(home: Home) -> None:
    database = home.open()
    database.row("SELECT 1")
    compiled = database._connection.cache_stats()["misses"]
    for _ in range(500):
        database.row("SELECT 2")
    database.row("SELECT 1")
    assert database._connection.cache_stats()["misses"] == compiled + 1


def jobs(database: Database) -> list[object]:
    """Return the sequences of all jobs."""
    return [each for (each,) in database.rows("SELECT sequence FROM messages WHERE type = 6")]


def never(found: object) -> None:
    """Fail the test: nothing must be stored."""
    pytest.fail(f"stores {found}")


def test_nothing_found_takes_no_lock(home: Home) -> None:
    database, other = home.open(), home.open("processor_s")
    with other.transaction():
        assert database.store_found(Work(lambda: jobs(database), never)) == []


def test_a_look_up_is_repeated_under_the_lock(home: Home) -> None:
    database, other = home.open(), home.open("processor_s")
    found = [[7], []]

    def look() -> list[int]:
        return found.pop(0)

    assert database.store_found(Work(look, never)) == []
    assert found == []
    with other.transaction():
        other.execute(JOB, (1,))
    work = Work(lambda: jobs(database), lambda _: database.execute(JOB, (2,)))
    assert database.store_found(work) == [work]
    assert jobs(other) == [1, 2]


def test_each_work_sees_what_the_one_before_it_stored(home: Home) -> None:
    database = home.open()
    first = Work(lambda: not jobs(database), lambda _: database.execute(JOB, (1,)))
    second = Work(lambda: jobs(database), lambda _: database.execute(JOB, (2,)))
    third = Work(lambda: len(jobs(database)) < 2, never)
    assert database.store_found(first, second, third) == [first, second]
    assert jobs(database) == [1, 2]


def test_an_exception_rolls_back_and_wakes_nobody(home: Home) -> None:
    database = home.open()
    with pytest.raises(KeyError), database.transaction():
        database.execute(JOB, (1,))
        raise KeyError
    assert database.value("SELECT count(*) FROM messages WHERE id > 0") == 0
    with database.transaction():
        pass
    assert home.rung == []


def test_bells_ring_after_the_commit_once(home: Home) -> None:
    database, other = home.open(), home.open("exporter")
    seen: list[tuple[list[str], object]] = []
    database._ring = lambda names: seen.append(
        (sorted(names), other.value("SELECT count(*) FROM messages WHERE id > 0"))
    )
    with database.transaction():
        database.execute(
            "INSERT INTO peers (node, name, pin, via)"
            " VALUES ('there', 'there', zeroblob(32), 'there')"
        )
        database.execute(JOB, (1,))
        assert seen == []
    ((names, count),) = seen
    assert {"initial_sender", "processor_s"} <= set(names)
    assert count == 2, "the job and the hello are there for those who are woken"


def test_a_refused_fact_leaves_the_transaction_usable(home: Home) -> None:
    database = home.open()
    with database.transaction():
        database.execute(JOB, (1,))
        with pytest.raises(apsw.ConstraintError, match="no such move: message 1 in S-1 of type 6"):
            database.execute("INSERT INTO facts VALUES (1, 'handed', 'processor_s', NULL, NULL)")
        database.execute(JOB, (2,))
    assert database.value("SELECT count(*) FROM messages WHERE id > 0") == 2


def test_a_failed_commit_leaves_no_open_transaction(home: Home) -> None:
    database = home.open()
    database._connection.set_commit_hook(lambda: True)
    with pytest.raises(apsw.Error), database.transaction():
        database.execute(JOB, (1,))
    database._connection.set_commit_hook(None)
    with database.transaction():
        database.execute(JOB, (2,))
    assert database.value("SELECT count(*) FROM messages WHERE id > 0") == 1


def test_the_lock_is_free_after_every_end(home: Home) -> None:
    database, other = home.open(), home.open("exporter")
    with pytest.raises(KeyError), database.transaction():
        raise KeyError
    with other.transaction():
        pass
    database.shrink_log(-1)
    with other.transaction():
        other.execute(JOB, (1,))
    assert database.value("SELECT count(*) FROM messages WHERE id > 0") == 1


class TestClock:
    """Seconds with power since the database was created: monotonic, not the wall clock."""

    def test_all_processes_of_a_boot_read_the_same(self, home: Home) -> None:
        first = home.open()
        home.boot.seconds = 150.0
        second = home.open("exporter")
        assert first.now_s() == second.now_s() == second.value("SELECT clock()")

    def test_it_continues_after_a_boot(self, home: Home) -> None:
        database = home.open()
        home.boot.seconds = 5000.0
        with database.transaction():
            database.execute(JOB, (1,))
        (at_s,) = database.rows("SELECT at_s FROM events")[0]
        home.boot.number, home.boot.seconds = 2, 3.0
        after = home.open()
        assert after.now_s() == at_s, "time without power counts nothing"
        home.boot.seconds = 13.0
        assert after.now_s() == at_s + 10

    def test_a_step_of_the_wall_clock_is_stored_to_show_times(self, home: Home) -> None:
        """A Pi without a battery-backed clock gets the time after its boot: stored once."""
        first, second = home.open("importer"), home.open("exporter")
        sql = "SELECT unix_offset_s FROM clock"
        (before_s,) = first.rows(sql)[0]
        home.boot.wall_ahead_s += 0.5  # slewing, or an inaccurate reading
        with first.transaction():
            pass
        assert first.value(sql) == before_s
        now_s = first.now_s()
        home.boot.wall_ahead_s += 1e8
        for database in (first, second, first):
            with database.transaction():
                pass
        assert first.value(sql) == home.boot.seconds + home.boot.wall_ahead_s - now_s
        assert first.now_s() == second.now_s() == now_s

    def test_it_never_runs_backwards_over_many_boots(self, home: Home) -> None:
        last_s = 0.0
        for number in range(2, 8):
            home.boot.number, home.boot.seconds = number, float(number % 3)
            database = home.open()
            assert database.now_s() >= last_s
            home.boot.seconds += 7
            with database.transaction():
                database.execute(JOB, (number,))
            last_s = database.now_s()

    def test_two_processes_that_start_together_agree(self, home: Home) -> None:
        """The second finds no row of this boot, but one exists when it gets the lock."""
        home.open().close()
        home.opened.clear()
        home.boot.number = 2
        first: list[Database] = []

        class Slow(WriteLock):
            def acquire(self, timeout_s: float = 30.0) -> None:
                if not first:
                    first.append(home.open())
                    home.boot.seconds += 4
                super().acquire(timeout_s)

        lock = Slow(home.lock_path, "exporter")
        second = Database(home.path, "exporter", lock, home.boot.clock())
        home.opened.append(second)
        assert second.now_s() == first[0].now_s()


@pytest.mark.parametrize(
    ("statement", "helps"),
    [
        ("PRAGMA application_id = 1", "is not a netrelay database"),
        ("PRAGMA user_version = 99", "install the netrelay that wrote it, or a newer one$"),
        ("PRAGMA user_version = 1", "install the netrelay that wrote it$"),
    ],
)
def test_a_foreign_newer_or_older_database_is_refused(
    home: Home, statement: str, helps: str
) -> None:
    foreign = sqlite3.connect(home.path)
    foreign.execute(statement)
    foreign.commit()
    foreign.close()
    with pytest.raises(DatabaseError, match=f"{home.path} .*{helps}"):
        home.open()


def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    for content in (None, b"", b"not a database at all, but long enough to be read as one" * 99):
        path = tmp_path / "netrelay.db"
        if content is not None:
            path.write_bytes(content)
        lock = WriteLock(tmp_path / "write.lock", "importer")
        with pytest.raises(DatabaseError, match=str(path)):
            Database(path, "importer", lock, Boot().clock())
        lock.close()


def test_an_old_sqlite_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with pytest.raises(DatabaseError, match=r"3\.51\.3 or newer is needed"):
        home.open()


def test_a_reader_waits_while_the_wal_is_recovered_or_checkpointed(home: Home) -> None:
    """`netrelay status` works at the moment at which a node stops."""
    everything = apsw.Connection(str(home.path))
    everything.execute("PRAGMA locking_mode = EXCLUSIVE")
    everything.execute("BEGIN IMMEDIATE")
    with pytest.raises(apsw.BusyError):
        apsw.Connection(str(home.path)).execute("PRAGMA application_id")
    release = threading.Timer(0.2, everything.close)
    release.start()
    reading = ReadOnlyDatabase(home.path, home.boot.clock())
    assert reading.value("SELECT count(*) FROM messages WHERE id > 0") == 0
    reading.close()
    release.join()
