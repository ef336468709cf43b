"""The database as a file: its creation, copies of a database in use, and the check for damage."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import apsw

from netrelay.disk.replacement import put_in_place
from netrelay.store.database_errors import DatabaseDamagedError, as_database_error
from netrelay.store.engine_functions import register_functions
from netrelay.store.machine import install_machine
from netrelay.store.schema import APPLICATION_ID, schema_version, tables_script

# 4 MiB at SQLite's page size of 4 KiB: a slow card writes them in less than a second.
_PAGES_A_STEP = 1024


class SelfInfo(NamedTuple):
    """The row of `selfinfo` of a new database; epoch: 8 random bytes, new each time."""

    node: str
    name: str
    ipaddress: str
    commsport: int
    dataports: str
    capacity: int
    lifetime_s: int
    epoch: bytes


def create_database(path: Path, selfinfo: SelfInfo) -> None:
    """Create the database of a node, with the state machine and the root message.

    Durable under its name when it returns. FileExistsError when the file exists: a database is
    never overwritten.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists: this home already holds a node")
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    connection = apsw.Connection(
        os.fspath(unfinished), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    )
    register_functions(connection, lambda: 1.0, lambda _: 1)
    with connection:
        connection.execute(tables_script())
        install_machine(connection)
        connection.execute(
            "INSERT INTO messages"
            " (id, type, state, source, destination, epoch, sequence, birth, actor)"
            " VALUES (0, 0, 'N-0', '', '', x'', 0, '', '')"
        )
        connection.execute(
            "INSERT INTO selfinfo (one, node, name, ipaddress, commsport, dataports, capacity,"
            " lifetime_s, epoch) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
            selfinfo,
        )
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema_version()}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    unfinished.chmod(0o640)
    put_in_place(unfinished, path)


def copy_database(source: Path, target: Path) -> None:
    """Copy one snapshot of a database that may be in use into a new file of mode 0600.

    The WAL grows during the copy. apsw.Error when a file cannot be read or written.
    """
    # All pages in one step: a commit between two steps restarts the copy (sqlite.org/backup.html).
    _copy(source, target, -1, lambda: None)


def copy_idle_database(source: Path, target: Path, while_copying: Callable[[], None]) -> None:
    """Copy a database under its write lock into a new file of mode 0600.

    `while_copying` is called after each 4 MiB. apsw.Error when a file cannot be read or written.
    """
    _copy(source, target, _PAGES_A_STEP, while_copying)


def _copy(source: Path, target: Path, pages: int, while_copying: Callable[[], None]) -> None:
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    reading = apsw.Connection(_read_only_uri(source), flags=_READ_ONLY)
    writing = apsw.Connection(os.fspath(target))
    try:
        with writing.backup("main", reading, "main") as copying:
            while not copying.done:
                copying.step(pages)
                while_copying()
    finally:
        writing.close()
        reading.close()


def check_database(path: Path) -> None:
    """Check a database for damage: every page of it, and its indexes against its tables.

    DatabaseDamagedError names the damage. The check of `backup`, `restore` and `check`: a copy that
    is written is one that can be put back. A second for 70 MiB on a desktop CPU.
    """
    try:
        connection = apsw.Connection(_read_only_uri(path), flags=_READ_ONLY)
        try:
            found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(3)")]
        finally:
            connection.close()
    except apsw.Error as error:
        raise as_database_error(path, error) from error
    if found != ["ok"]:
        raise DatabaseDamagedError(path, "; ".join(found))


_READ_ONLY = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI


def _read_only_uri(path: Path) -> str:
    return f"file:{quote(os.fspath(path))}?mode=ro"
