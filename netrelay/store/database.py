"""Connections to a node's database: the only way to read it and to write to it."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote

import apsw

from netrelay.store.database_errors import DatabaseError, MigratedMeanwhileError, described
from netrelay.store.database_version import check_sqlite, check_version, version_of
from netrelay.store.engine_functions import register_functions
from netrelay.store.lock import BUSY_TIMEOUT_MS, WriteLock
from netrelay.store.machine import laid_digest, lay_machine, machine_digest
from netrelay.store.node_clock import Clock, NodeClock

# apsw caches compiled statements in a ring: each use stores the statement in the next place and
# drops the one that was there. This many executions of one statement drop every other, so many rows
# go through one `execute_many`: to compile an INSERT that fires the engine takes 2 to 5 ms on a
# desktop CPU. 512 is the most that apsw takes.
_STATEMENTS_KEPT = 512

_STEPS_UNHEARD = 100_000

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
_Found = TypeVar("_Found")


class Work(NamedTuple, Generic[_Found]):
    """Something to store: `look` returns it, anything false for nothing; `store` writes it."""

    look: Callable[[], _Found]
    store: Callable[[_Found], object]


class _Queries:
    """Queries on a connection; they need no lock and see the last commit."""

    _connection: apsw.Connection

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Return all rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        cursor = self._connection.execute(sql, values)
        row = cursor.fetchone()
        cursor.close()
        return row

    def each(self, sql: str, values: Sequence[Value] = ()) -> Generator[Row, None, None]:
        """Yield the rows of a query, computed as they are asked for.

        Close it (or exhaust it) before the next transaction: an open query pins the WAL.
        """
        cursor = self._connection.execute(sql, values)
        try:
            yield from cursor
        finally:
            cursor.close()

    def value(self, sql: str, values: Sequence[Value] = ()) -> Value:
        """Return the first column of the first row, or None."""
        row = self.row(sql, values)
        return row[0] if row else None


class Database(_Queries):
    """A connection to a node's database, for one process.

    Reading needs no lock. Everything written inside one `transaction()` is durable (flushed to the
    card) when the block ends, and undone when it raises. After the commit `ring` is called with the
    names of the processes that now have work.

    OlderSchemaError when the database has to be migrated first (netrelay/runtime/migrating.py).
    """

    def __init__(
        self,
        path: Path,
        process: str,
        lock: WriteLock,
        clock: Clock,
        ring: Callable[[set[str]], None] = lambda _: None,
    ) -> None:
        check_sqlite()
        self.path = path
        self.process = process
        self._lock = lock
        self._ring = ring
        self._woken: set[str] = set()
        self._own_work = False
        try:
            self._connection = apsw.Connection(
                os.fspath(path),
                flags=apsw.SQLITE_OPEN_READWRITE,
                statementcachesize=_STATEMENTS_KEPT,
            )
        except apsw.Error as error:
            raise DatabaseError(described(path, error)) from error
        self._node_clock = NodeClock(self._connection, clock)
        try:
            self._prepare()
        except BaseException as error:
            self._connection.close()
            if isinstance(error, apsw.Error):
                raise DatabaseError(described(path, error)) from error
            raise

    def _prepare(self) -> None:
        connection = self._connection
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        register_functions(connection, self.now_s, self._wake)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA recursive_triggers = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        self._version = check_version(connection, self.path)
        self._tie_clock()

    def _tie_clock(self) -> None:
        """Let the node's clock go on where it stopped: time without power does not count."""
        self.store_found(
            Work(lambda: not self._node_clock.read(), lambda _: self._node_clock.tie())
        )

    def renew_machine(self) -> bool:
        """Store this netrelay's machine if another one is there; return whether it was.

        Durable when it returns. Any other connection sees the one or the other, never a part.
        """
        digest = machine_digest()
        laid = self.store_found(
            Work(
                lambda: laid_digest(self._connection) != digest,
                lambda _: lay_machine(self._connection),
            )
        )
        return bool(laid)

    def now_s(self) -> float:
        """Return the node's clock: seconds with power since the database was made."""
        return self._node_clock.now_s()

    def _wake(self, process: object) -> int:
        if isinstance(process, str):
            self._woken.add(process)
        return 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock for one transaction; prepare everything slow before.

        MigratedMeanwhileError when a newer netrelay migrated the database after it was opened here:
        this process then knows neither its tables nor its machine, and has to end.
        """
        self._lock.acquire()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._check_not_migrated()
                yield
                self._node_clock.follow_wall_clock()
            except BaseException:
                self._woken.clear()
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        finally:
            self._lock.release()
        if self._woken:
            woken, self._woken = self._woken, set()
            self._own_work = self._own_work or self.process in woken
            self._ring(woken)

    def store_found(self, *works: Work[Any]) -> list[Work[Any]]:
        """Store in one transaction what these look-ups find; return those that found something.

        Each looks twice. First without the lock, so that nothing to do takes no lock: no later than
        the first that finds something. Then under the lock, right before its `store`: another
        process, or the work before it, may have changed what is there.
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
        # 1 us of a transaction: the version is in the database's first page, which BEGIN has read.
        version = version_of(self._connection)
        if version != self._version:
            raise MigratedMeanwhileError(
                f"{self.path} was migrated to schema version {version} by a newer netrelay; this"
                f" process knows {self._version}: it has to be started again"
            )

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run many queries on one state of the database, in one read transaction.

        It saves each query its own lock and look-up of the WAL's end. Nothing can be written
        inside, and the WAL cannot be restarted before it ends.
        """
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def take_own_wake(self) -> bool:
        """Return, once, whether a commit of this connection made work for its own process."""
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

    def checkpoint(self) -> None:
        """Copy the WAL into the database as far as no reader needs it, under the write lock."""
        self._lock.acquire()
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the connection and its lock file; what was committed is durable already."""
        self._connection.close()
        self._lock.close()


class ReadOnlyDatabase(_Queries):
    """A connection that can change nothing, for commands that only read.

    Opened read-only, SQLite neither checkpoints nor deletes the WAL of processes that may run.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        uri = f"file:{quote(os.fspath(path))}?mode=ro"
        try:
            self._connection = apsw.Connection(
                uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            )
            self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            check_version(self._connection, path)
            row = self.row("SELECT boot_id, offset_s FROM clock")
        except apsw.Error as error:
            raise DatabaseError(described(path, error)) from error
        # Before the first write of this boot the offset is unknown.
        offset_s = float(row[1] or 0) if row and row[0] == clock.boot_id else None
        self._connection.create_scalar_function(
            "clock", lambda *_: 0.0 if offset_s is None else offset_s + clock.boottime_s(), 0
        )

    def ask(self, sql: str) -> tuple[tuple[str, ...], Iterator[Row]]:
        """Return the column names and the rows of one statement that a person typed.

        Rows are computed as they are asked for, and Ctrl-C ends it. apsw.Error says what is wrong.
        """
        self._connection.execute("PRAGMA query_only = ON")
        # Python sees a signal only when SQLite lets it in.
        self._connection.set_progress_handler(lambda: False, _STEPS_UNHEARD)
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
        """Return the views of sql/views.sql with their columns, in the order of that file."""
        found = []
        for (name,) in self.rows(
            "SELECT name FROM sqlite_master WHERE type = 'view' AND rowid >="
            " (SELECT rowid FROM sqlite_master WHERE name = 'versions') ORDER BY rowid"
        ):
            columns = self.rows("SELECT name FROM pragma_table_info(?)", (name,))
            found.append((str(name), tuple(str(column) for (column,) in columns)))
        return found

    def words(self) -> set[str]:
        """Return the names of all tables, views and their columns."""
        rows = self.rows(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
            " WHERE m.type IN ('table', 'view')"
        )
        return {str(word) for row in rows for word in row}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
