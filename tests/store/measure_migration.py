"""Measures what a migration from schema version 2 costs: time, disk and memory.

    python -m tests.store.measure_migration FOLDER [--messages 600000] [--rewrite]

The database has that many finished messages with their events, cloned from those of version_2.sql.
It is migrated to the present schema, or with `--rewrite` to that of next_schema.py, which changes
every row of `messages`. FOLDER must not exist; it is not removed.
"""

import argparse
import os
import resource
import sqlite3
import time
from pathlib import Path

from netrelay.store import migration, schema
from netrelay.store.migration import migrate
from tests.store.next_schema import NextSchema
from tests.store.test_version_2 import restored

MIB = 1 << 20
# With them a message and its events take the 1.5 KB that docs/operating.md states.
_ENVELOPE_BYTES = 1_050
_CLONED = "SELECT id FROM messages WHERE id > 0 AND state IN ('F', 'D')"


def enlarge(path: Path, messages: int) -> None:
    """Add clones of the finished messages and their events, up to this number of messages."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    for kind in ("view", "trigger"):
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = ?", (kind,)
        ).fetchall():
            connection.execute(f'DROP {kind} IF EXISTS "{name}"')
    names = [str(row[1]) for row in connection.execute("PRAGMA table_info(messages)")]
    clone = {
        "id": "m.id + :step",
        "parent": "0",
        "file": "NULL",
        "sequence": "m.sequence + :step",
        "envelope": f"randomblob({_ENVELOPE_BYTES})",
    }
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(clone.get(name, f'm."{name}"') for name in names)
    events = "event, from_state, to_state, walk, effect, actor, reason, at_s"
    connection.execute(f"CREATE TEMP TABLE cloned AS {_CLONED}")
    ((cloned,),) = connection.execute("SELECT count(*) FROM cloned").fetchall()
    ((count, last),) = connection.execute("SELECT count(*), max(id) FROM messages").fetchall()
    for number in range(1, (messages - count) // cloned + 1):
        step = {"step": number * last}
        connection.execute(
            f"INSERT INTO messages ({columns}) SELECT {values} FROM cloned c"
            " CROSS JOIN messages m ON m.id = c.id",
            step,
        )
        connection.execute(
            f"INSERT INTO events (message, {events}) SELECT e.message + :step, {events}"
            " FROM cloned c CROSS JOIN events e ON e.message = c.id",
            step,
        )
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def main() -> None:
    """Make the database, migrate it, print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--messages", type=int, default=600_000)
    parser.add_argument("--rewrite", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir()
    path = restored(options.folder)
    enlarge(path, options.messages)
    os.sync()
    if options.rewrite:
        following = NextSchema(options.folder / "sql")
        vars(schema)["sql_directory"] = lambda: following.folder
    size_bytes, most_bytes = path.stat().st_size, 0
    copied_s = began_s = time.monotonic()
    real = migration.apply_migrations

    def apply(path: Path, while_working: object) -> int:
        nonlocal copied_s
        copied_s = time.monotonic()
        assert callable(while_working)
        return real(path, while_working)

    def look() -> None:
        nonlocal most_bytes
        log = path.with_name(f"{path.name}-wal")
        used = sum(each.stat().st_size for each in options.folder.glob(f"{path.name}*"))
        most_bytes = max(most_bytes, used if log.exists() else 0)

    vars(migration)["apply_migrations"] = apply
    migrated = migrate(path, look)
    ended_s = time.monotonic()
    connection = sqlite3.connect(path)
    ((messages, events),) = connection.execute(
        "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM events)"
    ).fetchall()
    connection.close()
    print(f"{messages:,} messages, {events:,} events, {size_bytes / MIB:,.0f} MiB")
    print(f"version {migrated.from_version} to {migrated.to_version}")
    print(f"copy {copied_s - began_s:.1f} s, transaction {ended_s - copied_s:.1f} s")
    print(f"disk beside the database at most {(most_bytes - size_bytes) / MIB:,.0f} MiB")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
