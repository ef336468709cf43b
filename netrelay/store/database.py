"""The one place where the database is opened, and the one way to write to it."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import apsw

from netrelay.store.lock import WriteLock
from netrelay.store.machine import laid_digest, lay_machine, machine_digest
from netrelay.store.schema import APPLICATION_ID, SCHEMA_VERSION, tables_script

# Every SQLite before it can corrupt a WAL database with several writers:
# sqlite.org/wal.html#walresetbug
_OLDEST_SQLITE = (3, 51, 3)
# apsw puts each used statement into the next place of a ring and drops the one that lies there, so
# this many executions of one drop every other, and many rows are better one `execute_many`: to
# compile an INSERT that fires the engine takes 2 to 5 ms on a desktop CPU. More it does not take.
_STATEMENTS_KEPT = 512

# Slewing is followed by the boot clock too (adjtimex(2)): only a step makes a difference so large.
_CLOCK_STEP_S = 1.0
_STEPS_UNHEARD = 100_000
# A reader has to wait as well: who closes last, or opens first after a kill, locks everybody out
# while the WAL is put away or recovered (sqlite.org/wal.html, section 9).
_BUSY_TIMEOUT_MS = 10_000

Value = str | int | float | bytes | None
Row = tuple[Value, ...]


class DatabaseError(Exception):
    """The database cannot be used; the text says which file, why, and what to do."""


class Clock(NamedTuple):
    """Where time comes from: seconds since boot, the name of this boot, and the wall clock.

    The wall clock is for people to read; nothing is ordered by it.
    """

    boottime_s: Callable[[], float]
    boot_id: str
    unix_s: Callable[[], float]


class Node(NamedTuple):
    """What a new database has to know of its node; epoch: 8 random bytes, new each time."""

    node: str
    name: str
    ipaddress: str
    commsport: int
    dataports: str
    capacity: int
    lifetime_s: int
    epoch: bytes


class _Queries:
    """Questions to a connection; they need no lock and see what was committed last."""

    _connection: apsw.Connection

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Give all rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """Give the first row of a query, or None."""
        cursor = self._connection.execute(sql, values)
        row = cursor.fetchone()
        cursor.close()
        return row

    def each(self, sql: str, values: Sequence[Value] = ()) -> Generator[Row, None, None]:
        """Give the rows of a query one by one, computed as they are asked for.

        Close it (or run it out) before the next transaction: an open query pins the WAL.
        """
        cursor = self._connection.execute(sql, values)
        try:
            yield from cursor
        finally:
            cursor.close()

    def value(self, sql: str, values: Sequence[Value] = ()) -> Value:
        """Give the first column of the first row, or None."""
        row = self.row(sql, values)
        return row[0] if row else None


class Database(_Queries):
    """A connection to a node's database, for one process.

    Reading needs no lock. Everything that is written inside one `transaction()` is durable (flushed
    to the card) when the block ends, and undone when it raises. After the commit `ring` is called
    with the names of the processes that now have work.
    """

    def __init__(
        self,
        path: Path,
        process: str,
        lock: WriteLock,
        clock: Clock,
        ring: Callable[[set[str]], None] = lambda _: None,
    ) -> None:
        version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
        if version < _OLDEST_SQLITE:
            raise DatabaseError(
                f"SQLite {apsw.sqlite_lib_version()} can corrupt databases with several writers: "
                f"{'.'.join(map(str, _OLDEST_SQLITE))} or newer is needed; update the package apsw"
            )
        self.path = path
        self.process = process
        self._lock = lock
        self._ring = ring
        self._woken: set[str] = set()
        self._own_work = False
        self._clock = clock
        self._offset_s = 0.0
        self._unix_offset_s = 0.0
        try:
            self._connection = apsw.Connection(
                os.fspath(path),
                flags=apsw.SQLITE_OPEN_READWRITE,
                statementcachesize=_STATEMENTS_KEPT,
            )
            self._prepare()
        except apsw.Error as error:
            raise DatabaseError(_words(path, error)) from error

    def _prepare(self) -> None:
        connection = self._connection
        connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
        connection.create_scalar_function("clock", lambda *_: self.now_s(), 0)
        connection.create_scalar_function("writer", lambda *_: 1, 0)
        connection.create_scalar_function("wake", lambda *names: self._wake(names[0]), 1)
        connection.create_scalar_function("refuse", _refuse, 1)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA recursive_triggers = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        _check_schema(self, self.path)
        self._tie_clock()

    def _tie_clock(self) -> None:
        """Let the node's clock go on where the last boot left it: time without power is none."""
        if self._read_clock():
            return
        with self.transaction():
            # Another process of this boot may have tied it while we waited for the lock.
            if self._read_clock():
                return
            latest = self.value(
                "SELECT max((SELECT coalesce(max(at_s), 0) FROM (SELECT at_s FROM events"
                " ORDER BY seq DESC LIMIT 1)), coalesce((SELECT offset_s FROM clock), 0))"
            )
            assert isinstance(latest, (int, float))
            self._offset_s = float(latest) - self._clock.boottime_s()
            self._unix_offset_s = self._clock.unix_s() - self.now_s()
            self.execute(
                "INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?)",
                (self._clock.boot_id, self._offset_s, self._unix_offset_s),
            )

    def _read_clock(self) -> bool:
        row = self.row("SELECT boot_id, offset_s, unix_offset_s FROM clock")
        if row is None or row[0] != self._clock.boot_id:
            return False
        self._offset_s, self._unix_offset_s = float(row[1] or 0), float(row[2] or 0)
        return True

    def _follow_wall_clock(self) -> None:
        """Note a wall clock that was set: a Pi without a battery learns the time after its boot."""
        unix_offset_s = self._clock.unix_s() - self.now_s()
        if abs(unix_offset_s - self._unix_offset_s) < _CLOCK_STEP_S:
            return
        self._unix_offset_s = unix_offset_s
        self.execute(
            "UPDATE clock SET unix_offset_s = ?1 WHERE abs(unix_offset_s - ?1) >= ?2",
            (unix_offset_s, _CLOCK_STEP_S),
        )

    def renew_machine(self) -> bool:
        """Lay this netrelay's machine where another one lies; whether there was another.

        Durable when it returns. Whoever comes in between has the one or the other, never a part.
        """
        digest = machine_digest()
        if laid_digest(self._connection) == digest:
            return False
        with self.transaction():
            # Eight start side by side, and one was first.
            if laid_digest(self._connection) == digest:
                return False
            lay_machine(self._connection)
        return True

    def now_s(self) -> float:
        """Give the node's clock: seconds with power since the database was made."""
        return self._offset_s + self._clock.boottime_s()

    def _wake(self, process: Value) -> int:
        if isinstance(process, str):
            self._woken.add(process)
        return 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock for one transaction; prepare everything slow before."""
        self._lock.take()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._follow_wall_clock()
            except BaseException:
                self._woken.clear()
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        finally:
            self._lock.give_back()
        if self._woken:
            woken, self._woken = self._woken, set()
            self._own_work = self._own_work or self.process in woken
            self._ring(woken)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Ask many questions of one state: each alone would lock the WAL and look for its newest.

        Nothing can be written inside, and nobody can begin the WAL anew before it ends.
        """
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def take_own_wake(self) -> bool:
        """Tell, once, whether a commit of this connection made work for its own process."""
        own_work, self._own_work = self._own_work, False
        return own_work

    def execute(self, sql: str, values: Sequence[Value] = ()) -> None:
        """Run one statement inside a `transaction()`."""
        self._connection.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one statement for each of `rows`, inside a `transaction()`."""
        self._connection.executemany(sql, rows)

    def changes(self) -> int:
        """Count the rows the last statement changed, triggers not included."""
        return self._connection.changes()

    def checkpoint(self) -> None:
        """Copy what the WAL holds into the database, under the lock, waiting for no reader."""
        self._lock.take()
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        finally:
            self._lock.give_back()

    def close(self) -> None:
        """Close the connection and the lock it was given; what was committed is durable already."""
        self._connection.close()
        self._lock.close()


class ReadOnlyDatabase(_Queries):
    """A connection that can change nothing, for commands that only look.

    It keeps SQLite from checkpointing or deleting the WAL of processes that may be running.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        uri = f"file:{quote(os.fspath(path))}?mode=ro"
        try:
            self._connection = apsw.Connection(
                uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            )
            self._connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
            _check_schema(self, path)
            row = self.row("SELECT boot_id, offset_s FROM clock")
        except apsw.Error as error:
            raise DatabaseError(_words(path, error)) from error
        # On a boot no process has written in yet, the node's clock stands still.
        offset_s = float(row[1] or 0) if row and row[0] == clock.boot_id else None
        self._connection.create_scalar_function(
            "clock", lambda *_: 0.0 if offset_s is None else offset_s + clock.boottime_s(), 0
        )

    def ask(self, sql: str) -> tuple[tuple[str, ...], Iterator[Row]]:
        """Give the column names and the rows of one statement that somebody typed.

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
        """Give the views of sql/views.sql with their columns, in the order of that file."""
        found = []
        for (name,) in self.rows(
            "SELECT name FROM sqlite_master WHERE type = 'view' AND rowid >="
            " (SELECT rowid FROM sqlite_master WHERE name = 'versions') ORDER BY rowid"
        ):
            columns = self.rows("SELECT name FROM pragma_table_info(?)", (name,))
            found.append((str(name), tuple(str(column) for (column,) in columns)))
        return found

    def words(self) -> set[str]:
        """Give the names of all tables, views and their columns."""
        rows = self.rows(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
            " WHERE m.type IN ('table', 'view')"
        )
        return {str(word) for row in rows for word in row}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _refuse(*why: Value) -> int:
    raise apsw.ConstraintError(str(why[0]))


def _words(path: Path, error: apsw.Error) -> str:
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        return (
            f"{path} is damaged ({error}): keep a copy of it, and put a backup in its place"
            " with netrelay restore"
        )
    return f"{path}: {error}"


def _check_schema(database: _Queries, path: Path) -> None:
    if database.value("PRAGMA application_id") != APPLICATION_ID:
        raise DatabaseError(f"{path} is not a netrelay database")
    version = database.value("PRAGMA user_version")
    if version != SCHEMA_VERSION:
        raise DatabaseError(
            f"{path} has schema version {version!s}, this netrelay knows {SCHEMA_VERSION}:"
            " install the netrelay that wrote it"
            + (", or a newer one" if isinstance(version, int) and version > SCHEMA_VERSION else "")
        )


def create_database(path: Path, node: Node) -> None:
    """Make the database of a node, with the machine and the root message in it.

    Durable when it returns. FileExistsError when there is one: a database is never overwritten.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists: this home already holds a node")
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    connection = apsw.Connection(
        os.fspath(unfinished), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    )
    for name, arguments in (("clock", 0), ("writer", 0), ("wake", 1), ("refuse", 1)):
        connection.create_scalar_function(name, lambda *_: 1, arguments)
    with connection:
        connection.execute(tables_script())
        lay_machine(connection)
        connection.execute(
            "INSERT INTO messages"
            " (id, type, state, source, destination, epoch, sequence, birth, actor)"
            " VALUES (0, 0, 'N-0', '', '', x'', 0, '', '')"
        )
        connection.execute("INSERT INTO selfinfo VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)", node)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    _make_durable(unfinished, path)


def _make_durable(unfinished: Path, path: Path) -> None:
    unfinished.chmod(0o640)
    descriptor = os.open(unfinished, os.O_RDONLY | os.O_CLOEXEC)
    os.fsync(descriptor)
    os.close(descriptor)
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    os.fsync(folder)
    os.close(folder)


def copy_database(source: Path, target: Path) -> None:
    """Copy a database that may be in use, as it is at one moment, into a new file of mode 0600.

    The WAL grows while it is copied. apsw.Error when it cannot be read or written.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    reading = apsw.Connection(
        f"file:{quote(os.fspath(source))}?mode=ro",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
    )
    writing = apsw.Connection(os.fspath(target))
    try:
        # In one step: with several, each commit of the node would begin it anew.
        with writing.backup("main", reading, "main") as copying:
            copying.step(-1)
    finally:
        writing.close()
        reading.close()


def check_database(path: Path) -> None:
    """Read all of a database; DatabaseError says what is damaged. Takes long for a large one."""
    try:
        connection = apsw.Connection(
            f"file:{quote(os.fspath(path))}?mode=ro",
            flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
        )
        try:
            found = [str(line) for (line,) in connection.execute("PRAGMA quick_check(3)")]
        finally:
            connection.close()
    except apsw.Error as error:
        raise DatabaseError(_words(path, error)) from error
    if found != ["ok"]:
        raise DatabaseError(f"{path} is damaged: {'; '.join(found)}")
