"""The WAL after a reader that pinned it: cut by the next commits, or once a minute without any."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.foreign_program import foreign_program
from tests.store.node import OpenNode

MIB = 1 << 20
READ = ("BEGIN", "SELECT * FROM selfinfo")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[OpenNode]:
    node = OpenNode(tmp_path)
    yield node
    node.close()


def log_bytes(folder: Path) -> int:
    return (folder / "netrelay.db-wal").stat().st_size


def write(node: OpenNode, rows: int, size_bytes: int) -> None:
    for number in range(rows):
        node.write(
            "INSERT OR REPLACE INTO keys VALUES (?, x'', x'', x'', zeroblob(?), 0)",
            f"source {number}",
            size_bytes,
        )


def test_an_idle_node_cuts_the_log_when_the_reader_is_gone(node: OpenNode, tmp_path: Path) -> None:
    database = node.open("exporter")
    with foreign_program(tmp_path / "netrelay.db", *READ):
        write(node, 32, MIB)
        large_bytes = log_bytes(tmp_path)
        assert large_bytes > 32 * MIB
        database.shrink_log()
        assert log_bytes(tmp_path) == large_bytes, "the reader still needs it"
    database.shrink_log()
    assert log_bytes(tmp_path) == 0
    assert node.value("SELECT count(*) FROM keys") == 32


def test_a_busy_node_cuts_it_by_itself(node: OpenNode, tmp_path: Path) -> None:
    with foreign_program(tmp_path / "netrelay.db", *READ):
        write(node, 32, MIB)
    write(node, 3, MIB)
    assert log_bytes(tmp_path) <= 8 * MIB


def test_a_log_of_usual_size_is_left_alone(node: OpenNode, tmp_path: Path) -> None:
    write(node, 3, MIB)
    usual_bytes = log_bytes(tmp_path)
    assert usual_bytes > 3 * MIB
    node.open("exporter").shrink_log()
    assert log_bytes(tmp_path) == usual_bytes
