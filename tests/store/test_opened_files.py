"""A process whose -wal or -shm is another file writes nothing, whatever the others do."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from netrelay.store.database_errors import DatabaseReplacedError
from tests.cli.command_line import CHECKOUT
from tests.store.node import OpenNode

AGAIN = """
import sys
from pathlib import Path
from tests.store.node import OpenNode
from tests.store.test_opened_files import INSERT
again = OpenNode(Path(sys.argv[1]), is_new=False)
for number in range(40):
    for process in ("receiver", "sender"):
        database = again.open(process)
        with database.transaction():
            database.execute(INSERT, (f"{process} {number}",))
    database.shrink_log(-1)
print("written", flush=True)
sys.stdin.read()
again.close()
"""
INSERT = "INSERT INTO keys VALUES (?, x'', x'', x'', zeroblob(20000), 0)"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[OpenNode]:
    found = OpenNode(tmp_path)
    for process in ("importer", "exporter", "processor_s"):
        found.open(process)
    found.write(INSERT, "before")
    yield found
    found.close()


def refused(node: OpenNode, process: str, why: str) -> None:
    database = node.open(process)
    with pytest.raises(DatabaseReplacedError, match=why), database.transaction():
        database.execute(INSERT, (process,))
    with pytest.raises(DatabaseReplacedError, match=why):
        database.shrink_log(-1)


@pytest.mark.parametrize("suffix", ["-shm", "-wal"])
def test_a_file_that_is_gone_stops_every_writer(
    node: OpenNode, tmp_path: Path, suffix: str
) -> None:
    (tmp_path / f"netrelay.db{suffix}").unlink()
    for process in ("importer", "exporter"):
        refused(node, process, rf"netrelay\.db{suffix} was removed while it was in use")


def test_two_processes_that_start_again_leave_the_database_whole(
    node: OpenNode, tmp_path: Path
) -> None:
    """The attack: it ended in "file is not a database" at the next start."""
    (tmp_path / "netrelay.db-shm").unlink()
    # Inside this process SQLite would go on with the index that it has.
    with subprocess.Popen(
        [sys.executable, "-c", AGAIN, str(tmp_path)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as again:
        assert again.stdout is not None
        assert again.stdout.readline() == b"written\n"
        refused(node, "importer", "-shm was replaced")
        refused(node, "exporter", "-shm was replaced")
        again.communicate(timeout=60)
    assert again.returncode == 0
    # Those that were open before end last of all: their close must not copy an outdated WAL.
    node.close()
    connection = apsw.Connection(str(tmp_path / "netrelay.db"))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT count(*) FROM keys").fetchall() == [(81,)]
    connection.close()


def test_a_database_that_was_exchanged_is_not_written(node: OpenNode, tmp_path: Path) -> None:
    path = tmp_path / "netrelay.db"
    content = path.read_bytes()
    path.rename(tmp_path / "aside")
    path.write_bytes(content)
    refused(node, "importer", r"netrelay\.db was replaced")
