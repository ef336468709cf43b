"""Migration of a database from an older schema version to this netrelay's.

    under the write lock, while no process of the older netrelay runs:
    copy the database to netrelay.db.before-VERSION, and flush the copy and its name
    BEGIN
      remove the state machine: a script sees tables and indexes only
      run the scripts of sql/migrations, oldest first
      install this netrelay's state machine
      compare tables and indexes with tables.sql; check foreign keys and integrity
      set the version
    COMMIT

All changes are one transaction, so a power cut leaves the database unchanged or migrated.
"""

import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import apsw

from netrelay.disk.replacement import put_in_place
from netrelay.store.database_errors import (
    DatabaseError,
    NoRoomForCopyError,
    OlderSchemaError,
    as_database_error,
)
from netrelay.store.database_file import copy_idle_database
from netrelay.store.database_version import check_sqlite, check_version, version_of
from netrelay.store.engine_functions import register_functions
from netrelay.store.lock import BUSY_TIMEOUT_MS
from netrelay.store.machine import install_machine, remove_machine
from netrelay.store.migrated_tables import faults_of_tables
from netrelay.store.schema import migrations, schema_version
from netrelay.store.user_objects import refused_name

BEFORE = ".before-"
# Free space besides the copy, for the WAL of a migration that rewrites no large table.
_SPARE_BYTES = 16 << 20
# Steps of SQLite's virtual machine, which runs so many in 10 to 100 ms.
_STEPS_BETWEEN_CALLS = 1_000_000


class Migrated(NamedTuple):
    """The result of `migrate`; copy: the path of the database as it was before."""

    from_version: int
    to_version: int
    copy: Path


def needs_migration(path: Path) -> bool:
    """Return whether the database has an older schema version that can be migrated.

    DatabaseError when it has a version that this netrelay can neither use nor migrate.
    """
    connection = _opened(path)
    try:
        check_version(connection, path)
    except OlderSchemaError:
        return True
    except apsw.Error as error:
        raise as_database_error(path, error) from error
    finally:
        connection.close()
    return False


def migrate(path: Path, while_working: Callable[[], None] = lambda: None) -> Migrated:
    """Copy the database, then migrate it to this netrelay's schema version.

    The caller holds the write lock and has made sure that no process of an older netrelay runs.
    Copy and migration are durable when it returns. When it raises DatabaseError, the database is
    unchanged. Copies of earlier migrations are deleted. `while_working` is called several times a
    second, except while the kernel flushes the copy.
    """
    copy = path.with_name(f"{path.name}{BEFORE}{schema_version()}")
    _keep_copy(path, copy, while_working)
    version = apply_migrations(path, while_working)
    _remove_older_copies(path, copy)
    return Migrated(version, schema_version(), copy)


def _remove_older_copies(path: Path, copy: Path) -> None:
    """Remove the copies of earlier migrations, and what a start that was cut short left of one."""
    name = re.compile(re.escape(path.name + BEFORE) + r"[0-9]+(\.unfinished)?")
    for older in path.parent.iterdir():
        if name.fullmatch(older.name) and older.name != copy.name and not older.is_dir():
            older.unlink(missing_ok=True)


def apply_migrations(path: Path, while_working: Callable[[], None] = lambda: None) -> int:
    """Migrate the database in one transaction, without a copy; return the version it had.

    Durable when it returns. When it raises DatabaseError, the database is unchanged.
    """
    connection = _opened(path)
    try:
        return _migrate_in_transaction(connection, path, while_working)
    except apsw.FullError as error:
        raise NoRoomForCopyError(
            f"{path}: the disk became full while it was migrated to schema version"
            f" {schema_version()}; nothing has changed: make room"
        ) from error
    except apsw.Error as error:
        raise as_database_error(path, error) from error
    finally:
        connection.close()


def _opened(path: Path) -> apsw.Connection:
    check_sqlite()
    try:
        connection = apsw.Connection(os.fspath(path), flags=apsw.SQLITE_OPEN_READWRITE)
    except apsw.Error as error:
        raise as_database_error(path, error) from error
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    return connection


def _keep_copy(path: Path, copy: Path, while_copying: Callable[[], None]) -> None:
    """Copy the database; the copy is durable under its name when this returns."""
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise _no_copy(path, copy, error) from error
    log = path.with_name(f"{path.name}-wal")
    size_bytes = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
    free_bytes = shutil.disk_usage(path.parent).free
    if free_bytes < size_bytes + _SPARE_BYTES:
        raise NoRoomForCopyError(
            f"{path} has to be migrated to schema version {schema_version()}, and the disk has no"
            f" room for the copy that is kept of it: {free_bytes} bytes are free,"
            f" {size_bytes + _SPARE_BYTES} are needed. Nothing has changed: make room"
        )
    try:
        copy_idle_database(path, unfinished, while_copying)
        status = path.stat()
        unfinished.chmod(status.st_mode & 0o777)
        if os.geteuid() == 0:
            os.chown(unfinished, status.st_uid, status.st_gid)
        put_in_place(unfinished, copy)
    except (apsw.Error, OSError) as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise _no_copy(path, copy, error) from error


def _no_copy(path: Path, copy: Path, error: Exception) -> NoRoomForCopyError:
    return NoRoomForCopyError(
        f"{path} has to be migrated to schema version {schema_version()}, and no copy of it"
        f" could be made in {copy}: {error}. Nothing has changed"
    )


def _migrate_in_transaction(
    connection: apsw.Connection, path: Path, while_working: Callable[[], None]
) -> int:
    def go_on() -> bool:
        while_working()
        return False

    connection.set_progress_handler(go_on, _STEPS_BETWEEN_CALLS)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")
    # A rebuilt table is dropped for a moment. The pragma has no effect inside a transaction.
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(connection)
        newest_s = connection.execute("SELECT at_s FROM events ORDER BY seq DESC LIMIT 1")
        (now_s,) = newest_s.fetchone() or (0.0,)
        newest_s.close()
        # The node's clock is not tied to this boot: clock() stands still at the newest event.
        register_functions(connection, lambda: now_s, lambda _: 1)
        user_objects = remove_machine(connection)
        _run_scripts(connection, path, version)
        install_machine(connection)
        user_objects.create_again(connection)
        faults = faults_of_tables(connection)
        if faults:
            raise _failed(path, f"to schema version {schema_version()}", faults[0])
        connection.execute(f"PRAGMA user_version = {schema_version()}")
        connection.execute("COMMIT")
    except BaseException:
        connection.authorizer = None
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return version


def _run_scripts(connection: apsw.Connection, path: Path, version: int) -> None:
    # A script that commits would make a part of the migration durable without the rest.
    connection.authorizer = _refuse_transactions
    for migration in migrations():
        if migration.version <= version:
            continue
        try:
            connection.execute(migration.script)
        except apsw.FullError:
            raise
        except apsw.Error as error:
            refusal = refused_name(connection, error)
            raise refusal or _failed(path, migration.name, str(error)) from error
    connection.authorizer = None


def _refuse_transactions(operation: int, *_: str | None) -> int:
    is_transaction = operation in (apsw.SQLITE_TRANSACTION, apsw.SQLITE_SAVEPOINT)
    return apsw.SQLITE_DENY if is_transaction else apsw.SQLITE_OK


def _failed(path: Path, migration: str, why: str) -> DatabaseError:
    return DatabaseError(
        f"{path}: migration {migration} failed: {why}. Nothing has changed: install the netrelay"
        " that was there before, and report this"
    )
