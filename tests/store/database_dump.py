"""The content of a database as text, for comparisons."""

import json
import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import json, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
(version,) = connection.execute("PRAGMA user_version").fetchone()
print(json.dumps([version, *connection.iterdump()]))
"""


def dump(path: Path) -> list[str]:
    """Return the version, the schema and the rows as sorted lines of SQL.

    The database is opened for writing, which recovers the WAL of a killed process.
    """
    # In a process of its own: closing a file releases all POSIX locks that this process has on it,
    # also those of apsw's connections (sqlite.org/howtocorrupt.html, section 2.2).
    dumped = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _SCRIPT, path], check=True, capture_output=True
    )
    version, *lines = json.loads(dumped.stdout)
    # Sorted, because the order in which rows were inserted has no meaning.
    return [f"version {version}", *sorted(lines)]
