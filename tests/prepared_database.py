"""New databases as copies of one that the product's own `create_database` made in this process.

SQLite takes 0.1 s for the triggers and views of the state machine, and the tests make some thousand
nodes: that was a fifth of the processor time of all tests.
"""

import os
import tempfile
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import apsw

from netrelay.core.node_id import NODE_ID_BYTES, node_id_text
from netrelay.store import database_file, schema
from netrelay.store.database_file import SelfInfo
from netrelay.store.engine_functions import register_functions
from netrelay.store.row_queries import Value

# The product's, whatever tests/conftest.py puts into its place; tests of the creation use it.
create_database = database_file.create_database
# In place of what differs between all nodes: as many bytes, and nowhere else in the database.
_EPOCH = b"\xf3epoch\xf4\xf5"
_NODE = node_id_text(b"\xa7" * NODE_ID_BYTES)
_NOBODY = SelfInfo("", "", "", 1, "[1]", 65_536, 1, bytes(8))


def copied_database(path: Path, selfinfo: SelfInfo) -> None:
    """Do as `create_database` does, without its flushes."""
    if path.exists():
        raise FileExistsError(f"{path} exists: this home already holds a node")
    is_real = len(selfinfo.node) == len(_NODE)
    node = _NODE if is_real else selfinfo.node
    copied = _prepared(selfinfo._replace(node=node, epoch=_EPOCH), schema.sql_directory())
    for marker, value in ((_EPOCH, selfinfo.epoch), (node.encode(), selfinfo.node.encode())):
        if marker != value:
            assert (copied.count(marker), len(marker)) == (1, len(value)), selfinfo
            copied = copied.replace(marker, value)
    path.write_bytes(copied)
    path.chmod(0o640)


@lru_cache(maxsize=8)
def _prepared(selfinfo: SelfInfo, sql_directory: Path) -> bytes:
    with tempfile.TemporaryDirectory(prefix="nr-") as folder:
        path = Path(folder) / "prepared.db"
        path.write_bytes(_new(sql_directory))
        columns = ", ".join(f"{name} = ?" for name in SelfInfo._fields)
        _change(path, f"UPDATE selfinfo SET {columns}", selfinfo)
        return path.read_bytes()


@cache
def _new(sql_directory: Path) -> bytes:
    """Return a new database by the tables in this folder, which a test may have changed."""
    with tempfile.TemporaryDirectory(prefix="nr-") as folder:
        path = Path(folder) / "new.db"
        create_database(path, _NOBODY)
        return path.read_bytes()


def forget_clock(path: Path) -> None:
    """Let the clock of a database go on at its last row when it is opened, as after a boot."""
    _change(path, "DELETE FROM clock")


def _change(path: Path, statement: str, values: Sequence[Value] = ()) -> None:
    connection = apsw.Connection(os.fspath(path))
    register_functions(connection, lambda: 1.0, lambda _: 1)
    connection.execute(statement, values)
    connection.close()
