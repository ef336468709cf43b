"""The memory of running statements."""

import subprocess
import sys
from pathlib import Path

import apsw

from netrelay.store.lookaside import enlarge_lookaside
from tests.store.node import THERE, OpenNode


def test_walks_take_their_memory_from_the_lookaside(tmp_path: Path) -> None:
    """With SQLite's own 40 pieces nearly all of it came from malloc: statements keep some.

    In a process of its own, since only the first connection of a process counts.
    """
    said = subprocess.check_output([sys.executable, "-m", __name__, str(tmp_path)], text=True)
    hits, misses = map(int, said.split())
    assert hits > 2 * misses > 0


def test_it_is_too_late_once_a_connection_is_open() -> None:
    connection = apsw.Connection(":memory:")
    enlarge_lookaside.__wrapped__()
    assert connection.execute("SELECT 1").fetchall() == [(1,)], "SQLite was not shut down"
    connection.close()


def _walks(folder: Path) -> None:
    """Add a job, and print how much of its memory came from the lookaside, and how much did not."""
    node = OpenNode(folder)
    node.know(THERE)
    node.agree(THERE)
    node.add_job(100, "compiled before it is counted")
    connection = node.open("importer")._connection
    for kind in _KINDS:
        connection.status(kind, reset=True)
    node.add_job(100, "counted")
    hits, misses = (connection.status(kind)[1] for kind in _KINDS)
    print(hits, misses)
    node.close()


_KINDS = (apsw.SQLITE_DBSTATUS_LOOKASIDE_HIT, apsw.SQLITE_DBSTATUS_LOOKASIDE_MISS_FULL)

if __name__ == "__main__":
    _walks(Path(sys.argv[1]))
