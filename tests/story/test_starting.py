"""A node that cannot start reports one line, and an exit code for scripts."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.story.nodes import MIB, Homes, NodePair, RunningNode


def new_lines(node: RunningNode, before: str) -> list[str]:
    return node.log.read_text().removeprefix(before).splitlines()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"capacity": 100_000}, ["netrelay.toml, line ", "node.capacity is 100000", "65536"]),
        ({"dataports": [7411]}, ["netrelay.toml, line ", "node.dataports", "7411"]),
        ({"lifetime_s": 5}, ["netrelay.toml, line ", "files.lifetime_s is 5", "60 to"]),
    ],
)
def test_a_wrong_configuration(
    homes: Homes, changes: dict[str, int | list[int]], words: list[str]
) -> None:
    node = homes.node("shelf")
    node.configure(**changes)
    node.begin()
    assert node.wait_for_end() == 78
    (line,) = new_lines(node, "")
    assert all(word in line for word in words), line


@pytest.mark.parametrize("port", [7411, 7412], ids=["commsport", "dataport"])
def test_a_port_that_another_program_uses(homes: Homes, port: int) -> None:
    node = homes.node("shelf")
    with socket.create_server((node.address, port)):
        node.begin()
        assert node.wait_for_end() == 69
    lines = new_lines(node, "")
    assert any(f"{node.address} port {port}" in line for line in lines), lines
    assert not any("Traceback" in line for line in lines), lines
    # Once the port is free, the same node starts.
    node.start()


def test_up_twice(running_pair: NodePair) -> None:
    shelf = running_pair.shelf
    outcome = shelf.line.start("up")
    assert outcome.code == 75
    assert outcome.out == ""
    (line,) = outcome.err.splitlines()
    assert "is up already" in line
    # The first node continues.
    boat = running_pair.boat
    boat.wait_for_delivery("shelf", shelf.drop("boat", "still there.txt", b"yes"))


FOREIGN_WRITER = """
import sqlite3, sys
statement = sys.argv[2]
connection = sqlite3.connect(sys.argv[1], timeout=30)
try:
    connection.execute(statement)
    connection.commit()
except sqlite3.Error as error:
    sys.exit(f"refused: {error}")
"""


def write_as_stranger(database: Path, statement: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", FOREIGN_WRITER, str(database), statement],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE messages SET state = 'F' WHERE id > 0",
        "UPDATE messages SET state = 'D', reason = 'x' WHERE type = 6",
        "INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor)"
        " VALUES (6, 'a', 'b', x'0000000000000000', 1, 'created', 'importer')",
        "DELETE FROM messages WHERE id > 0",
        "INSERT INTO facts (message, event, actor) VALUES (1, 'cancelled', 'person')",
        "DELETE FROM events",
        "INSERT INTO rights SELECT node, 'relay', '' FROM peers",
        "UPDATE peers SET pin = randomblob(32)",
        "DELETE FROM sysinfo",
        "UPDATE selfinfo SET capacity = 65536",
        "DELETE FROM transitions",
        "DELETE FROM seen",
        "UPDATE files SET closed = 0",
    ],
)
def test_a_foreign_writer_is_refused_while_the_nodes_work(
    running_pair: NodePair, statement: str
) -> None:
    shelf, boat = running_pair
    name = f"{os.urandom(4).hex()}.bin"
    dropped = shelf.drop("boat", name, os.urandom(2 * MIB))
    shelf.wait_for_rows("SELECT 1 FROM files WHERE name = ?", name)
    outcome = write_as_stranger(shelf.home.database, statement)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("refused: "), outcome
    assert "locked" not in outcome.stderr
    boat.wait_for_delivery("shelf", dropped)
    running_pair.wait_until_settled()
    assert [node.errors() for node in running_pair] == [[], []]
