"""Connections to a node's database: the only way to read it and to write to it."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote

import apsw

from netrelay.disk.written_bytes import thread_written_bytes
from netrelay.store.database_errors import (
    DatabaseReplacedError,
    DiskFullError,
    MigratedMeanwhileError,
    as_database_error,
    is_disk_full,
)
from netrelay.store.database_version import check_sqlite, check_version, version_of
from netrelay.store.engine_functions import register_functions
from netrelay.store.foreign_lock import ForeignWait
from netrelay.store.lock import BUSY_TIMEOUT_MS, WriteLock
from netrelay.store.machine import install_machine, installed_digest, machine_digest
from netrelay.store.node_clock import Clock, NodeClock
from netrelay.store.opened_files import OpenedFiles
from netrelay.store.row_queries import Queries
from netrelay.store.row_queries import Row as Row
from netrelay.store.row_queries import Value as Value

# apsw caches compiled statements in a ring: each use stores the statement in the next place and
# evicts the one that was there. This many executions of one statement evict every other, so many
# rows are written by one `execute_many`: to compile an INSERT that fires the engine's triggers
# takes 2 to 5 ms on a desktop CPU. 512 is apsw's limit.
_STATEMENTS_KEPT = 512

# Twice what the WAL has when a commit checkpoints it (SQLite's default: 1,000 pages of 4 KiB).
_LOG_BYTES = 8 << 20

# Long enough for a checkpoint or a recovery of another connection.
_BEGIN_TIMEOUT_MS = 100

# Steps of SQLite's virtual machine after which Ctrl-C takes effect: about 10 ms at most.
_STEPS_BETWEEN_SIGNALS = 100_000

_Found = TypeVar("_Found")


class Work(NamedTuple, Generic[_Found]):
    """A look-up and what stores its result (see `Database.store_found`).

    `look` returns what is to be stored, or a false value if there is nothing to do; it may be
    called twice. `store` writes the result, inside a transaction.
    """

    look: Callable[[], _Found]
    store: Callable[[_Found], object]


class Database(Queries):
    """A process's connection to its node's database: durable transactions, reads without a lock.

    Writes: the database has one writer at a time. `transaction()` holds the node's write lock
    (lock.py) around BEGIN IMMEDIATE and COMMIT. A commit flushes the WAL (synchronous = FULL), so
    what was written is durable when the block ends; it is rolled back when the block raises.

    Reads: WAL mode gives every query the last commit, without a lock. An open query pins the WAL.

    Wake-ups: triggers call wake(process) for each process that gets work. The names are collected
    during a transaction, passed to `ring` once after the commit, and dropped after a rollback, so
    no process is woken for rows that it cannot see. The connection also remembers a wake-up of its
    own process, for the main loop to skip its next sleep (`pop_own_wake`).

    Versions: every transaction compares the schema version with the one at the opening. A process
    of an older netrelay that runs on after a migration therefore writes nothing.

    OlderSchemaError when the database has to be migrated first (netrelay/runtime/migrating.py).
    """

    def __init__(
        self,
        path: Path,
        process: str,
        lock: WriteLock,
        clock: Clock,
        ring: Callable[[set[str]], None] = lambda _: None,
        make_room: Callable[[], None] = lambda: None,
        while_locked: Callable[[float], None] | None = None,
    ) -> None:
        check_sqlite()
        self.path = path
        self.process = process
        self._lock = lock
        self._ring = ring
        self._make_room = make_room
        self._while_locked = while_locked
        self._woken: set[str] = set()
        self._own_work = False
        self._written_bytes = 0
        self._is_disk_full = False
        self._is_closed = False
        self._committed: Callable[[float], None] = lambda _: None
        try:
            self._connection = apsw.Connection(
                os.fspath(path),
                flags=apsw.SQLITE_OPEN_READWRITE,
                statementcachesize=_STATEMENTS_KEPT,
            )
        except apsw.Error as error:
            raise as_database_error(path, error) from error
        self._node_clock = NodeClock(self._connection, clock)
        try:
            self._prepare()
        except BaseException as error:
            is_full = isinstance(error, apsw.Error) and is_disk_full(self._connection, error)
            self._connection.close()
            if is_full:
                raise DiskFullError(_disk_full(path)) from error
            if isinstance(error, apsw.Error):
                raise as_database_error(path, error) from error
            raise

    def _prepare(self) -> None:
        connection = self._connection
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        register_functions(connection, self.now_s, self._wake)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA recursive_triggers = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        # The file shrinks to this when a commit begins the WAL anew after a long reader.
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        connection.execute("PRAGMA temp_store = MEMORY")
        self._version = check_version(connection, self.path)
        self._files = OpenedFiles(self.path)
        self._tie_clock()

    def _tie_clock(self) -> None:
        """Continue the node's clock where it stopped: time without power does not count."""
        self.store_found(
            Work(lambda: not self._node_clock.read(), lambda _: self._node_clock.tie())
        )

    def renew_machine(self) -> bool:
        """Install this netrelay's state machine unless it is installed; return whether it was not.

        Durable when it returns. Other connections see the old or the new one, never a mixture.
        """
        digest = machine_digest()
        installed = self.store_found(
            Work(
                lambda: installed_digest(self._connection) != digest,
                lambda _: install_machine(self._connection),
            )
        )
        return bool(installed)

    def change_mark(self) -> tuple[Value, int]:
        """Return what is another value after any commit, of this connection or another one."""
        return self.value("PRAGMA data_version"), self._connection.total_changes()

    def now_s(self) -> float:
        """Return the node's clock: seconds with power since the database was made."""
        return self._node_clock.now_s()

    def unix_s(self) -> float:
        """Return the wall clock; it may jump (`Clock`)."""
        return self._node_clock.unix_s()

    def is_clock_set(self) -> bool:
        """Return whether something has set the wall clock since the boot (`Clock`)."""
        return self._node_clock.is_set()

    def note_clock(
        self, ends_s: float, kept_s: float, beside: Callable[[], object] = lambda: None
    ) -> None:
        """Note the node's clock if a boot would lose more of it (`NodeClock.is_note_due`).

        beside: called in the same transaction, to store other rows with it.
        """
        clock = self._node_clock

        def store(_: bool) -> None:
            clock.note()
            beside()

        self.store_found(Work(lambda: clock.is_note_due(ends_s, kept_s), store))

    def _wake(self, process: object) -> int:
        if isinstance(process, str):
            self._woken.add(process)
        return 1

    def tell_commits(self, committed: Callable[[float], None]) -> None:
        """Have this called with the seconds that each COMMIT takes that stores something."""
        self._committed = committed

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock for one transaction; do everything slow before it.

        MigratedMeanwhileError when a newer netrelay migrated the database after it was opened here:
        the code of this process no longer fits the tables, so the process has to exit.

        DiskFullError when the disk has no room: nothing is stored, and the same may be tried again.
        DatabaseLockedError when another program holds SQLite's lock for long (ForeignWait).
        DatabaseReplacedError when somebody removed a file of the database: this process has to end.
        """
        self._lock_and_begin()
        before_bytes = thread_written_bytes()
        try:
            with self._rolled_back():
                changes = self._connection.total_changes()
                self._check_not_migrated()
                yield
                self._node_clock.follow_wall_clock()
                self._commit(changes)
            # An empty transaction needs no room.
            if self._connection.total_changes() != changes:
                self._is_disk_full = False
        finally:
            self._written_bytes += thread_written_bytes() - before_bytes
            self._lock.release()
        if self._woken:
            woken, self._woken = self._woken, set()
            self._own_work = self._own_work or self.process in woken
            self._ring(woken)

    def _commit(self, changes_before: int) -> None:
        began_s = time.monotonic()
        self._connection.execute("COMMIT")
        if self._connection.total_changes() != changes_before:
            self._committed(time.monotonic() - began_s)

    def _lock_and_begin(self) -> None:
        """Hold the write lock in a transaction that can write.

        While a program that is not netrelay has SQLite's lock, it is waited for without ours.
        """
        wait = ForeignWait(self.path, self._while_locked)
        while True:
            self._lock.acquire()
            try:
                self._files.check()
                # Under the lock: no process takes the room before this transaction.
                self._make_room()
                self._connection.set_busy_timeout(_BEGIN_TIMEOUT_MS)
                with self._rolled_back():
                    self._connection.execute("BEGIN IMMEDIATE")
            except apsw.BusyError:
                self._lock.release()
            except BaseException:
                self._lock.release()
                raise
            else:
                return
            finally:
                self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            wait.wait()

    @contextmanager
    def _rolled_back(self) -> Iterator[None]:
        """Roll back if the block raises, and name a full disk: COMMIT too leaves it open then."""
        try:
            yield
        except BaseException as error:
            self._woken.clear()
            is_full = isinstance(error, apsw.Error) and is_disk_full(self._connection, error)
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if is_full:
                self._is_disk_full = True
                raise DiskFullError(_disk_full(self.path)) from error
            raise

    @property
    def written_bytes(self) -> int:
        """Bytes that transactions of this connection wrote to the disk, checkpoints included."""
        return self._written_bytes

    @property
    def is_disk_full(self) -> bool:
        """True from a transaction that had no room until one stored something."""
        return self._is_disk_full

    def store_found(self, *works: Work[Any]) -> list[Work[Any]]:
        """Store in one transaction what the look-ups find; return the works that found something.

        The look-ups run without the lock, up to the first that finds something: an idle process
        takes no lock. Under the lock each runs again right before its `store`, because another
        process, or the work before it, may have changed the rows.
        """
        if not any(work.look() for work in works):
            return []
        stored = []
        with self.transaction():
            for work in works:
                found = work.look()
                if found:
                    work.store(found)
                    stored.append(work)
        return stored

    def _check_not_migrated(self) -> None:
        # Costs 1 us: the version is on the database's first page, which BEGIN has read.
        version = version_of(self._connection)
        if version != self._version:
            raise MigratedMeanwhileError(
                f"{self.path} was migrated to schema version {version} by a newer netrelay; this"
                f" process knows {self._version}: it has to be started again"
            )

    def pop_own_wake(self) -> bool:
        """Return whether a commit since the last call made work for the process itself."""
        own_work, self._own_work = self._own_work, False
        return own_work

    def execute(self, sql: str, values: Sequence[Value] = ()) -> None:
        """Run one statement inside a `transaction()`."""
        self._connection.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one statement for each of `rows`, inside a `transaction()`."""
        self._connection.executemany(sql, rows)

    def changes(self) -> int:
        """Return the number of rows that the last statement changed, without its triggers."""
        return self._connection.changes()

    def shrink_log(self, longest_bytes: int = _LOG_BYTES) -> None:
        """Copy a WAL that a long reader made larger into the database, and cut it, under the lock.

        Where the reader is still there, what it does not need is copied and nothing is cut. Commits
        cut it too (journal_size_limit), but an idle node makes none. Costs one call of stat(2)
        where nothing is to be done.
        """
        log = self.path.with_name(f"{self.path.name}-wal")
        # One that is gone is named under the lock.
        if log.exists() and log.stat().st_size <= longest_bytes:
            return
        self._lock.acquire()
        before_bytes = thread_written_bytes()
        try:
            self._files.check()
            self._connection.set_busy_timeout(0)
            with suppress(apsw.BusyError):
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        finally:
            self._written_bytes += thread_written_bytes() - before_bytes
            self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            self._lock.release()

    def close(self) -> None:
        """Close the connection and its lock file, once; every commit is durable already."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._files.check()
        except DatabaseReplacedError:
            # The last one to close copies the WAL into the database, by an index that is outdated.
            self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self._connection.close()
        self._lock.close()


def _disk_full(path: Path) -> str:
    return f"{path}: the disk is full, so nothing could be stored: make room on it"


class ReadOnlyDatabase(Queries):
    """A connection that cannot write, for commands that only read.

    SQLite neither checkpoints nor deletes the WAL on a read-only connection, so processes that run
    meanwhile are not disturbed.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        uri = f"file:{quote(os.fspath(path))}?mode=ro"
        try:
            self._connection = apsw.Connection(
                uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            )
            self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            # Without it SQLite compiles a statement again for each value that may matter to a
            # partial index: 5 ms for each listed job (sqlite.org/queryplanner-ng.html, "QPSG").
            self._connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
            # Not even temporary tables, or what is attached.
            self._connection.execute("PRAGMA query_only = ON")
            check_version(self._connection, path)
            row = self.row("SELECT boot_id, offset_s FROM clock")
        except apsw.Error as error:
            raise as_database_error(path, error) from error
        # Before the first write of this boot the offset is unknown.
        offset_s = float(row[1] or 0) if row and row[0] == clock.boot_id else None
        self._connection.create_scalar_function(
            "clock", lambda *_: 0.0 if offset_s is None else offset_s + clock.boottime_s(), 0
        )

    def ask(self, sql: str) -> tuple[tuple[str, ...], Iterator[Row]]:
        """Return the column names and an iterator of the rows of one statement that a user typed.

        Each row is computed when it is fetched. Ctrl-C interrupts the statement. The text of
        apsw.Error names the mistake.
        """
        # Python runs its signal handlers only when SQLite calls back.
        self._connection.set_progress_handler(lambda: False, _STEPS_BETWEEN_SIGNALS)
        cursor = self._connection.cursor()
        names: list[tuple[str, ...]] = []

        def note(begun: apsw.Cursor, _sql: str, _values: object) -> bool:
            if names:
                raise apsw.SQLError("that is more than one statement; one at a time")
            names.append(tuple(str(column[0]) for column in begun.get_description()))
            return True

        cursor.exec_trace = note
        cursor.execute(sql)
        return names[0] if names else (), cursor

    def views_for_people(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return the views of sql/views.sql in the order of that file, then those of a user."""
        found = []
        for (name,) in self.rows(
            "SELECT name FROM sqlite_master WHERE type = 'view' AND rowid >="
            " (SELECT rowid FROM sqlite_master WHERE name = 'versions') ORDER BY rowid"
        ):
            columns = self.rows("SELECT name FROM pragma_table_info(?)", (name,))
            found.append((str(name), tuple(str(column) for (column,) in columns)))
        return found

    def schema_names(self) -> set[str]:
        """Return the names of all tables, views and their columns."""
        rows = self.rows(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
            " WHERE m.type IN ('table', 'view')"
        )
        return {str(name) for row in rows for name in row}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
