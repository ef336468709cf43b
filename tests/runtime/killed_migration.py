"""A process of the next netrelay that is killed (SIGKILL) at one moment of its migration.

NETRELAY_STORY_NEXT_SCHEMA=FOLDER python -m tests.runtime.killed_migration MOMENT HOME
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from netrelay.runtime import loop, migrating
from netrelay.runtime.home import Home
from netrelay.store import migration
from tests.store.next_schema import install_from_environment

COPY_HALF_MADE = "copy-half-made"
COPY_UNNAMED = "copy-unnamed"
BEFORE_TRANSACTION = "before-transaction"
BEFORE_COMMIT = "before-commit"
AFTER_COMMIT = "after-commit"
BEFORE_LOG = "before-log"


def die(*_: object) -> None:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def _die_while_copying() -> None:
    real = vars(migration)["copy_idle_database"]
    vars(migration)["copy_idle_database"] = lambda source, target, _: real(source, target, die)


def _die_instead_of(module: Any, name: str) -> Callable[[], None]:
    return lambda: vars(module).update({name: die})


def _die_before_commit() -> None:
    real = migration._opened

    def opened(path: Path) -> apsw.Connection:
        connection = real(path)
        # Its pages are in the WAL when it ends, but for the mark of the commit.
        connection.execute("PRAGMA cache_size = 10")

        def trace(_cursor: apsw.Cursor, statement: str, _values: object) -> bool:
            if statement == "COMMIT":
                die()
            return True

        connection.exec_trace = trace
        return connection

    vars(migration)["_opened"] = opened


def _die_after_commit() -> None:
    real = migration.apply_migrations
    vars(migration)["apply_migrations"] = lambda *arguments: die(real(*arguments))


MOMENTS: dict[str, Callable[[], None]] = {
    COPY_HALF_MADE: _die_while_copying,
    COPY_UNNAMED: _die_instead_of(migration, "put_in_place"),
    BEFORE_TRANSACTION: _die_instead_of(migration, "apply_migrations"),
    BEFORE_COMMIT: _die_before_commit,
    AFTER_COMMIT: _die_after_commit,
    BEFORE_LOG: _die_instead_of(migrating, "_log"),
}

if __name__ == "__main__":
    install_from_environment()
    MOMENTS[sys.argv[1]]()
    sys.exit(loop.run("importer", Home(Path(sys.argv[2]))))
