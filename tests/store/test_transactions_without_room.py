"""A transaction that has no room is rolled back, named, and may be tried again."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from netrelay.store.database import Database
from netrelay.store.database_errors import DiskFullError, is_disk_full
from tests.small_disk import SmallDisk, small_disk
from tests.store.node import OpenNode

MIB = 1 << 20
INSERT = "INSERT INTO keys VALUES (?, x'', x'', x'', zeroblob(?), 0)"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "card", 4 * MIB) as found:
        if found is None:
            pytest.skip("only root may mount a tmpfs")
        yield found


@pytest.fixture
def node(disk: SmallDisk) -> Iterator[OpenNode]:
    found = OpenNode(disk.path)
    yield found
    found.close()


def store(database: Database, name: str, size_bytes: int) -> None:
    with database.transaction():
        database.execute("SELECT wake('sender')")
        database.execute(INSERT, (name, size_bytes))


def test_a_commit_without_room_is_undone_and_tried_again(node: OpenNode, disk: SmallDisk) -> None:
    importer, exporter = node.open("importer"), node.open("exporter")
    store(importer, "before", 1000)
    node.rung.clear()
    disk.fill()
    for size_bytes in (100_000, 100_000, 3 * MIB):
        with pytest.raises(DiskFullError, match="disk is full, so nothing could be stored"):
            store(importer, "full", size_bytes)
        assert importer.is_disk_full
        assert node.rung == []
        # The lock is free, and no transaction is open.
        with exporter.transaction():
            assert exporter.value("SELECT count(*) FROM keys") == 1
    with importer.transaction():
        pass
    assert importer.is_disk_full, "an empty transaction needs no room"
    disk.make_room()
    store(importer, "after", 100_000)
    assert not importer.is_disk_full
    assert node.rows("SELECT source FROM keys ORDER BY source") == [("after",), ("before",)]
    assert node.rung == [{"sender"}]


def test_the_index_of_the_wal_cannot_grow(node: OpenNode, disk: SmallDisk) -> None:
    """It is no SQLITE_FULL: 4,062 frames take the first 32 KiB of -shm, the next ones more."""
    database = node.open("importer")
    reader = node.open("exporter")
    with reader.snapshot():
        reader.value("SELECT 1 FROM keys")
        node.write("INSERT INTO keys VALUES ('s', x'', x'', x'', x'', 0)")
    disk.fill()
    with pytest.raises(DiskFullError):
        store(database, "full", MIB)


def test_a_node_that_starts_on_a_full_disk_is_told(disk: SmallDisk) -> None:
    node = OpenNode(disk.path)
    node.open("importer")
    node.close()
    disk.fill()
    with pytest.raises(DiskFullError, match=r"netrelay\.db: the disk is full"):
        OpenNode(disk.path, is_new=False).open("importer")


def test_another_error_of_input_or_output_is_none() -> None:
    connection = apsw.Connection(":memory:")
    assert not is_disk_full(connection, apsw.IOError("disk I/O error"))
    assert not is_disk_full(connection, apsw.ConstraintError())
    assert is_disk_full(connection, apsw.FullError())
    connection.close()
