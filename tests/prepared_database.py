"""New databases as copies of one that the product's own `create_database` made in this process.

SQLite takes 0.1 s for the thousand triggers and views of the state machine, and the tests make
some thousand nodes: that was a fifth of the processor time of all tests.
"""

import os
import tempfile
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import apsw

from netrelay.store import database_file
from netrelay.store.database import Value
from netrelay.store.database_file import SelfInfo
from netrelay.store.engine_functions import register_functions

# As created, before `put_copies_in_place`: the tests of the creation itself use it.
create_database = database_file.create_database
_PLACEHOLDER = SelfInfo("", "", "", 1, "[1]", 65_536, 1, bytes(8))


@cache
def _prepared() -> bytes:
    """Return a database of a node that is nobody yet."""
    with tempfile.TemporaryDirectory(prefix="nr-") as folder:
        path = Path(folder) / "prepared.db"
        create_database(path, _PLACEHOLDER)
        return path.read_bytes()


@lru_cache(maxsize=4)
def _of(selfinfo: SelfInfo) -> bytes:
    """Return the database of a node; many tests make the same one."""
    with tempfile.TemporaryDirectory(prefix="nr-") as folder:
        path = Path(folder) / "prepared.db"
        path.write_bytes(_prepared())
        columns = ", ".join(f"{name} = ?" for name in SelfInfo._fields)
        _change(path, f"UPDATE selfinfo SET {columns}", selfinfo)
        return path.read_bytes()


def forget_clock(path: Path) -> None:
    """Let the clock of a database go on at its last row when it is opened, as after a boot."""
    _change(path, "DELETE FROM clock")


def _change(path: Path, statement: str, values: Sequence[Value] = ()) -> None:
    connection = apsw.Connection(os.fspath(path))
    register_functions(connection, lambda: 1.0, lambda _: 1)
    connection.execute(statement, values)
    connection.close()


def copied_database(path: Path, selfinfo: SelfInfo) -> None:
    """Do as `create_database` does, without its flushes."""
    if path.exists():
        raise FileExistsError(f"{path} exists: this home already holds a node")
    path.write_bytes(_of(selfinfo))
    path.chmod(0o640)
