"""The content of a database as text, for comparisons."""

import sqlite3
from pathlib import Path


def dump(path: Path) -> list[str]:
    """Return the version, the schema and the rows as sorted lines of SQL.

    The database is opened for writing, which recovers the WAL of a killed process.
    """
    connection = sqlite3.connect(path)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()
        # Sorted, because the order in which rows were inserted has no meaning.
        return [f"version {version}", *sorted(connection.iterdump())]
    finally:
        connection.close()
