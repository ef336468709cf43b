"""All of a database as text, to be compared."""

import sqlite3
from pathlib import Path


def dump(path: Path) -> list[str]:
    """Return the version, the schema and the rows as lines of SQL, in an order of their own.

    The database is opened for writing: what a process left in its WAL is recovered.
    """
    connection = sqlite3.connect(path)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()
        # The rows of transitions hold no order of their own.
        return [f"version {version}", *sorted(connection.iterdump())]
    finally:
        connection.close()
