"""Migration of a database to the next schema version, in a process whose disk loses power.

    NETRELAY_STORY_NEXT_SCHEMA=FOLDER python -m tests.crash.migrated_node DATABASE [FAULT]

Faults remove a step: `copy-not-flushed`, `transaction-in-parts`.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import apsw

from netrelay.store import migration
from tests.store.next_schema import install_from_environment


def _copy_not_flushed() -> None:
    vars(migration)["put_in_place"] = lambda unfinished, path: unfinished.rename(path)


def _transaction_in_parts() -> None:
    """Commit before and after the migration scripts."""
    real = migration._run_scripts

    def run(connection: apsw.Connection, path: Path, version: int) -> None:
        connection.execute("COMMIT; BEGIN IMMEDIATE")
        real(connection, path, version)
        connection.execute("COMMIT; BEGIN IMMEDIATE")

    vars(migration)["_run_scripts"] = run


FAULTS: dict[str, Callable[[], None]] = {
    "copy-not-flushed": _copy_not_flushed,
    "transaction-in-parts": _transaction_in_parts,
}

if __name__ == "__main__":
    install_from_environment()
    for fault in sys.argv[2:]:
        FAULTS[fault]()
    migration.migrate(Path(sys.argv[1]))
