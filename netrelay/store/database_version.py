"""The schema version of a database, and the check that this netrelay can use it."""

from pathlib import Path

import apsw

from netrelay.store.database_errors import DatabaseError, OlderSchemaError
from netrelay.store.schema import APPLICATION_ID, OLDEST_VERSION, schema_version

# Older versions can corrupt a WAL database with several writers: sqlite.org/wal.html#walresetbug
_OLDEST_SQLITE = (3, 51, 3)


def check_sqlite() -> None:
    """Raise DatabaseError unless SQLite is new enough to write to a database with other writers."""
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < _OLDEST_SQLITE:
        raise DatabaseError(
            f"SQLite {apsw.sqlite_lib_version()} can corrupt databases with several writers: "
            f"{'.'.join(map(str, _OLDEST_SQLITE))} or newer is needed; update the package apsw"
        )


def version_of(connection: apsw.Connection) -> int:
    """Return the schema version of a database as the connection's transaction sees it."""
    (version,) = connection.execute("PRAGMA user_version").fetchone() or (0,)
    assert isinstance(version, int)
    return version


def check_version(connection: apsw.Connection, path: Path) -> int:
    """Return the schema version if it is this netrelay's; else raise DatabaseError with a remedy.

    OlderSchemaError, a DatabaseError, if the migrations lead from the version found to ours.
    """
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        raise DatabaseError(f"{path} is not a netrelay database")
    version, ours = version_of(connection), schema_version()
    if version == ours:
        return version
    found = f"{path} has schema version {version}, this netrelay knows {ours}:"
    if version > ours:
        raise DatabaseError(f"{found} install the netrelay that wrote it, or a newer one")
    if version < OLDEST_VERSION:
        raise DatabaseError(f"{found} install the netrelay that wrote it")
    raise OlderSchemaError(f"{found} it is migrated when the node is started or restarted")
