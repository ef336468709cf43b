#!/usr/bin/python3
"""post_receive: keep a table of all arrivals in a database of your own, HOME/arrivals.db.

sqlite3 arrivals.db "SELECT * FROM arrivals ORDER BY noted_at DESC LIMIT 10"
"""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

DATABASE = Path(os.environ["NETRELAY_HOME"], "arrivals.db")
WAIT_S = 60

try:
    with closing(sqlite3.connect(DATABASE, timeout=WAIT_S)) as database, database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS arrivals (job INTEGER, path TEXT, source TEXT, kind TEXT,"
            " size_bytes INTEGER, noted_at TEXT DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (job, path))"
        )
        # A run that was interrupted is repeated: the row is there already.
        database.execute(
            "INSERT OR IGNORE INTO arrivals (job, path, source, kind, size_bytes)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                int(os.environ["NETRELAY_JOB"]),
                os.fsencode(os.environ["NETRELAY_PATH"]).decode(errors="replace"),
                os.environ["NETRELAY_SOURCE"],
                os.environ["NETRELAY_KIND"],
                int(os.environ["NETRELAY_SIZE_BYTES"]),
            ),
        )
except sqlite3.Error as error:
    sys.exit(f"{DATABASE}: {error}")
