"""Migrates a database to the schema of the next version: the process whose disk loses its power.

    NETRELAY_STORY_NEXT_SCHEMA=FOLDER python -m tests.crash.migrated_node DATABASE [FAULT]

A fault takes a step out: `no-copy`, `copy-not-flushed`, `transaction-in-parts`.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import apsw

from netrelay.store import migration
from tests.store.next_schema import install_from_environment


def _no_copy() -> None:
    vars(migration)["_keep_copy"] = lambda *_: None


def _copy_not_flushed() -> None:
    # SQLite flushes the copy that it makes.
    vars(migration)["copy_idle_database"] = lambda source, target, _: shutil.copy(source, target)
    vars(migration)["put_in_place"] = lambda unfinished, path: unfinished.rename(path)


def _transaction_in_parts() -> None:
    real = migration._run_scripts

    def run(connection: apsw.Connection, path: Path, version: int) -> None:
        connection.execute("COMMIT; BEGIN IMMEDIATE")
        real(connection, path, version)
        connection.execute("COMMIT; BEGIN IMMEDIATE")

    vars(migration)["_run_scripts"] = run


FAULTS: dict[str, Callable[[], None]] = {
    "no-copy": _no_copy,
    "copy-not-flushed": _copy_not_flushed,
    "transaction-in-parts": _transaction_in_parts,
}

if __name__ == "__main__":
    install_from_environment()
    for fault in sys.argv[2:]:
        FAULTS[fault]()
    migration.migrate(Path(sys.argv[1]))
