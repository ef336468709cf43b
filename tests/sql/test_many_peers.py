"""What a step asks does not grow with the number of peers: counted in SQLite's own steps."""

import pytest

from tests.sql.node import MIB, Node
from tests.sql.test_cost import steps

FEW, MANY = 5, 400
QUESTIONS = {
    "work_connect": "SELECT * FROM work_connect",
    "work_receipts": "SELECT * FROM work_receipts",
    "work_send": "SELECT * FROM work_send WHERE next_hop = 'there' LIMIT 8",
    "work_call": "SELECT * FROM work_call",
    "next_due_of_processor_s": "SELECT * FROM next_due_of_processor_s",
    "next_due_of_processor_r": "SELECT * FROM next_due_of_processor_r",
    "next_due_of_exporter": "SELECT * FROM next_due_of_exporter",
    "next_due_of_initial_sender": "SELECT * FROM next_due_of_initial_sender",
    "stall_samples": "SELECT * FROM stall_samples",
    "waiting_pieces": "SELECT * FROM waiting_pieces",
}


def fleet(count: int) -> Node:
    """Give a node with so many peers, all of them met and away, and something for one of them."""
    node = Node("here")
    for name in ("there", *(f"peer-{number}" for number in range(count))):
        node.know(name)
        node.agree(name, MIB)
        node.execute(
            "INSERT INTO calls VALUES (?, -1, -1, 3, 0, NULL, 0.5, '10.0.0.9', 'away')", (name,)
        )
    for hello, _, _ in node.messages(4):
        node.fact(hello, "expired", "initial_sender")
    node.job("there", 256)
    node.arrived(1, "there", sequence=9, size_bytes=5, total_bytes=5)
    return node


def costs(node: Node) -> dict[str, int]:
    return {
        name: steps(node, lambda sql=sql: node.rows(sql))  # type: ignore[misc]
        for name, sql in QUESTIONS.items()
    }


def test_a_step_asks_the_same_of_few_peers_and_of_many() -> None:
    few, many = costs(fleet(FEW)), costs(fleet(MANY))
    grown = {name: (few[name], many[name]) for name in few if many[name] > 1.2 * few[name]}
    assert grown == {}


def cost_of_one_more(count: int) -> int:
    node = fleet(count)
    return steps(node, lambda: node.know("late"))


def test_one_more_peer_costs_the_same() -> None:
    few, many = cost_of_one_more(FEW), cost_of_one_more(MANY)
    assert many <= 1.2 * few, (few, many)


def test_one_more_peer_costs_the_same_whatever_the_history_holds() -> None:
    few, many = fleet(FEW), fleet(FEW)
    for sequence in range(100, 400):
        many.arrived(1, "there", sequence=sequence, size_bytes=5, total_bytes=5)
    costs_of_one = [steps(node, lambda node=node: node.know("late")) for node in (few, many)]  # type: ignore[misc]
    assert costs_of_one[1] <= 1.2 * costs_of_one[0]


def test_the_answers_are_those_of_all_peers() -> None:
    node = fleet(MANY)
    node.time_s = 1000.0
    assert node.rows("SELECT node FROM work_connect") == [("there",)]
    node.execute("INSERT INTO calls VALUES ('there', -1, 3, 3, 60, NULL, 0.5, '', 'busy')")
    assert node.rows("SELECT node FROM work_connect") == []
    assert node.value("SELECT due_s FROM next_due WHERE process = 'processor_s'") == 1060.0


@pytest.mark.parametrize("index", ["messages_to_send"])
def test_without_an_index_the_hops_are_read_from_all_messages(index: str) -> None:
    """The negative control."""
    node = fleet(FEW)
    for sequence in range(100, 400):
        node.arrived(1, "there", sequence=sequence, size_bytes=5, total_bytes=5)
    before = steps(node, lambda: node.rows("SELECT * FROM ready_hops"))
    node.execute(f"DROP INDEX {index}")
    assert steps(node, lambda: node.rows("SELECT * FROM ready_hops")) > 3 * before
