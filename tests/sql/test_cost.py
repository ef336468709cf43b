"""What a walk costs does not grow with what the database holds: counted in SQLite's own steps."""

import json
from collections.abc import Callable

import pytest

from tests.budget import over_budget
from tests.sql.node import MIB, Node


def steps(node: Node, action: Callable[[], object]) -> int:
    """Count the instructions SQLite's virtual machine takes, triggers included."""
    count = 0

    def counted() -> bool:
        nonlocal count
        count += 1
        return False

    node.connection.set_progress_handler(counted, 1)
    action()
    node.connection.set_progress_handler(None, 1)
    return count


FILE = (
    "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
    " unix_s) VALUES (?1, 'there', 'here', x'00', ?1, 'name', 5, 0, 0)"
)


def filled(size: int) -> Node:
    """Give a node with `size` jobs, half of them sent, as many singles and files that arrived.

    Two files cannot be put into the inbox, and each other one was.
    """
    node = Node("here")
    node.know("there")
    node.agree("there", MIB)
    for number in range(10, 10 + size):
        job = node.job("there", 256, sequence=number)
        if number % 2:
            (piece,) = node.pieces(job)
            node.send(piece)
        node.arrived(1, "there", sequence=number, size_bytes=5, total_bytes=5)
        file = arrived_file(node, 10_000 + number)
        if number < 12:
            node.execute("INSERT INTO delivery_troubles VALUES (?, 'disk-full', 'why')", (file,))
        else:
            node.execute("UPDATE files SET closed = 1 WHERE id = ?", (10_000 + number,))
            node.fact(file, "exported", "exporter")
    return node


def arrived_file(node: Node, sequence: int) -> int:
    """Let a file arrive that exporter may put into the inbox; give its message."""
    node.execute(FILE, (sequence,))
    return node.arrived(1, "there", sequence=sequence, size_bytes=5, total_bytes=5, file=sequence)


_WORK = ("next_due_of_processor_s", "work_connect", "work_receipts", "work_importer")


def costs(node: Node) -> dict[str, int]:
    word = [["there", node.epoch.hex(), 1, 1, 1, [], ""], ["there", node.epoch.hex(), 2, 1, 2]]
    words = json.dumps({"words": [word[0], [*word[1], [[0, 9]], ""]]})
    ids: list[int] = []
    cost = {
        "small job": steps(node, lambda: ids.append(node.job("there", 256, sequence=1))),
        "big job": steps(node, lambda: ids.append(node.job("there", 5 * MIB, sequence=2))),
    }
    small, big = ids
    (single,), (manifest, *chunks) = node.pieces(small), node.pieces(big)
    for piece in (manifest, *chunks):
        node.send(piece)
    cost |= {
        "handed": steps(node, lambda: node.fact(single, "handed", "processor_s")),
        "acked": steps(node, lambda: node.fact(single, "acked", "processor_s")),
        "receipt": steps(node, lambda: node.arrived(7, "there", sequence=1, info=words)),
        "arrived": steps(
            node,
            lambda: ids.append(
                node.arrived(1, "there", sequence=3, size_bytes=5, total_bytes=5, attempt=2)
            ),
        ),
        "exported": steps(node, lambda: node.fact(ids[-1], "exported", "exporter")),
        "arrived file": steps(node, lambda: ids.append(arrived_file(node, 4))),
        "exported file": steps(node, lambda: node.fact(ids[-1], "exported", "exporter")),
        "arrived file again": steps(node, lambda: ids.append(arrived_file(node, 5))),
        "trouble": steps(
            node,
            lambda: node.execute(
                "INSERT INTO delivery_troubles VALUES (?, 'disk-full', 'why')", (ids[-1],)
            ),
        ),
        "exported after trouble": steps(node, lambda: node.fact(ids[-1], "exported", "exporter")),
        "died": steps(node, lambda: node.fact(big, "cancelled", "person")),
        "retried": steps(node, lambda: node.fact(big, "retry", "person")),
    }
    assert [node.state(i) for i in (small, big)] == ["F", "S-2W"]
    for view in ("work_timer", *_WORK):
        sql = f"SELECT * FROM {view} LIMIT 5"
        cost[view] = steps(node, lambda sql=sql: node.rows(sql))  # type: ignore[misc]
    send = "SELECT * FROM work_send WHERE next_hop = 'there' LIMIT 8"
    cost["work_send"] = steps(node, lambda: node.rows(send))
    return cost


def test_no_cost_grows_with_the_database() -> None:
    few, many = costs(filled(10)), costs(filled(500))
    grown = {name: (few[name], many[name]) for name in few if many[name] > 1.2 * few[name]}
    assert grown == {}


def test_no_walk_takes_more_steps_than_its_budget() -> None:
    assert over_budget("steps", costs(filled(10))) == []


@pytest.mark.parametrize("index", ["messages_pieces", "messages_identity", "messages_to_send"])
def test_without_an_index_the_cost_grows(index: str) -> None:
    """The negative control."""
    few, many = filled(10), filled(200)
    for node in (few, many):
        node.execute(f"DROP INDEX {index}")
    before, after = costs(few), costs(many)
    assert any(after[name] > 1.2 * before[name] for name in before)
