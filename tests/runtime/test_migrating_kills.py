"""A process that is killed while it migrates leaves the database as it was or migrated."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from netrelay.runtime.home import Home
from netrelay.store.engine_functions import register_functions
from tests.runtime.killed_migration import (
    AFTER_COMMIT,
    BEFORE_COMMIT,
    BEFORE_LOG,
    COPY_HALF_MADE,
    COPY_UNNAMED,
    MOMENTS,
)
from tests.runtime.running_toy import CHECKOUT, PATIENCE_S, running_toy
from tests.store.database_dump import dump
from tests.store.next_schema import NextSchema

# More than the 4 MiB that are copied in one step, so that there is a half of it.
_BLOB_BYTES = 6_000_000
MIGRATED = {AFTER_COMMIT, BEFORE_LOG}
UNFINISHED = {COPY_HALF_MADE, COPY_UNNAMED}


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        assert isinstance(version, int)
        return version
    finally:
        connection.close()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_migration_is_made_or_not_made_and_the_next_start_ends_it(
    home: Home, place: Path, moment: str
) -> None:
    schema = NextSchema(place / "sql")
    connection = apsw.Connection(str(home.database))
    register_functions(connection, lambda: 0.0, lambda _: 1)
    connection.execute(f"INSERT INTO keys VALUES ('s', x'', x'', x'', zeroblob({_BLOB_BYTES}), 0)")
    connection.close()
    before = dump(home.database)
    run = subprocess.run(
        [sys.executable, "-m", "tests.runtime.killed_migration", moment, str(home.path)],
        cwd=CHECKOUT,
        env={**os.environ, **schema.environment()},
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE_S,
    )
    assert run.returncode == -signal.SIGKILL
    if moment == BEFORE_COMMIT:
        log = home.database.with_name(f"{home.database.name}-wal")
        assert log.stat().st_size > 100_000
    copy = home.database.with_name(f"{home.database.name}.before-{schema.version}")
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    assert (copy.exists(), unfinished.exists()) == (moment not in UNFINISHED, moment in UNFINISHED)
    if moment == COPY_HALF_MADE:
        assert unfinished.stat().st_size < _BLOB_BYTES
    if moment in MIGRATED:
        assert version_of(home.database) == schema.version
        assert dump(copy) == before
    else:
        assert dump(home.database) == before
    with running_toy(home, **schema.environment()) as toy:
        toy.wait_for_notice("READY=1")
        toy.signal(signal.SIGTERM)
        assert toy.wait_for_end() == 0
    assert version_of(home.database) == schema.version
    assert dump(copy) == before
    assert list(home.path.glob("netrelay.db.before-*")) == [copy]
    checked = sqlite3.connect(home.database)
    assert checked.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert checked.execute("PRAGMA foreign_key_check").fetchall() == []
    logged = checked.execute("SELECT count(*) FROM logs WHERE event = 'database-migrated'")
    assert logged.fetchone() == (0 if moment in MIGRATED else 1,)
    checked.close()
