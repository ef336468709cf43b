"""Two machines with one identity: an epoch of a peer that comes back."""

import json

import pytest

from tests.sql.node import Node

OLD, NEW, NEWER = (bytes([number]) * 8 for number in (1, 2, 3))
TWINS = "SELECT node, since_s, address, other_address FROM twins"


@pytest.fixture
def node() -> Node:
    """A node that knows one peer."""
    node = Node("here")
    node.know("there")
    return node


def hello(
    node: Node,
    epoch: bytes,
    at_s: float,
    address: str = "192.0.2.1",
    *,
    twice: bool = False,
    number: int | None = None,
) -> None:
    """Let a hello arrive; by default its number is that of no other one."""
    node.time_s = at_s
    number = int(10 * at_s) + 1 if number is None else number
    info = {
        "addresses": [address],
        "commsport": 7411,
        "dataports": [7412],
        "capacity": 65536,
        "size": 0,
        "echo": "00" * 8,
        "twice": twice,
    }
    node.execute(
        "INSERT INTO arrivals (actor, type, source, destination, epoch, sequence, attempt,"
        ' previous_hop, info, has_body, "offset", size_bytes, total_bytes, priority, lifetime_s,'
        " age_s, hops) VALUES ('initial_receiver', 4, 'there', 'here', ?, ?, 1, 'there', ?, 1,"
        " 0, 0, 0, 4, 600, 0, 0)",
        (epoch, number, json.dumps(info)),
    )


def test_a_node_that_starts_again_and_again_is_one(node: Node) -> None:
    for number in range(20):
        hello(node, bytes([number + 1]) * 8, 100.0 * number)
        hello(node, bytes([number + 1]) * 8, 100.0 * number + 70)
    assert node.rows(TWINS) == []
    assert node.value("SELECT count(*) FROM named_epochs") == 8


def test_an_epoch_that_comes_back_is_a_second_machine(node: Node) -> None:
    hello(node, OLD, 10, "192.0.2.1")
    hello(node, NEW, 500, "192.0.2.2")
    hello(node, OLD, 561, "192.0.2.1")
    assert node.rows(TWINS) == [("there", 500.0, "192.0.2.2", "192.0.2.1")]
    # Whoever speaks next: they are still two.
    hello(node, NEW, 600, "192.0.2.3")
    assert node.rows(TWINS) == [("there", 500.0, "192.0.2.3", "192.0.2.1")]


def test_a_record_of_before_a_restart_may_be_late(node: Node) -> None:
    hello(node, OLD, 10)
    hello(node, NEW, 500)
    hello(node, OLD, 540)
    hello(node, NEW, 541)
    assert node.rows(TWINS) == []


def test_it_is_over_when_one_is_off_and_the_other_started_anew(node: Node) -> None:
    hello(node, OLD, 10)
    hello(node, NEW, 500)
    hello(node, OLD, 600)
    hello(node, NEWER, 700)
    assert node.rows(TWINS) == []
    # The copy was not switched off after all.
    hello(node, NEW, 800)
    assert node.rows("SELECT node, since_s FROM twins") == [("there", 700.0)]


def test_an_epoch_is_recognized_when_eight_others_were_named_since(node: Node) -> None:
    for number in range(1, 10):
        hello(node, bytes([number]) * 8, 100.0 * number)
    hello(node, bytes([1]) * 8, 2000)
    hello(node, bytes([9]) * 8, 2100)
    assert [row[:1] for row in node.rows(TWINS)] == [("there",)]


@pytest.mark.parametrize(
    "tie",
    [
        "INSERT INTO rights VALUES ('there', 'deliver', '')",
        "INSERT INTO sequences VALUES ('here', 'there', 2)",
        "INSERT INTO peers (node, name, pin, via)"
        " VALUES ('further', 'further', randomblob(32), 'there')",
    ],
)
def test_only_a_peer_that_has_to_do_with_us_is_believed(node: Node, tie: str) -> None:
    hello(node, OLD, 10, twice=True)
    assert node.rows("SELECT node FROM own_twins") == []
    node.execute(tie)
    assert node.rows("SELECT node FROM own_twins") == [("there",)]


def test_a_peer_may_say_it_of_us_until_it_does_not(node: Node) -> None:
    node.execute("INSERT INTO rights VALUES ('there', 'deliver', '')")
    hello(node, OLD, 10)
    assert node.rows("SELECT node FROM own_twins") == []
    hello(node, OLD, 20, twice=True)
    hello(node, OLD, 30, twice=True)
    assert node.rows("SELECT node, since_s FROM own_twins") == [("there", 20.0)]
    hello(node, OLD, 40)
    assert node.rows("SELECT node FROM own_twins") == []
    hello(node, OLD, 50, twice=True)
    hello(node, NEW, 60)
    assert node.rows("SELECT node FROM own_twins") == []


def test_a_peer_that_is_removed_is_forgotten(node: Node) -> None:
    hello(node, OLD, 10)
    node.execute("DELETE FROM peers")
    assert node.rows("SELECT * FROM named_epochs") == []


@pytest.mark.parametrize(("number", "asks"), [(7, 1), (5, 1), (9, 0)])
def test_a_number_that_was_given_out_before_is_replaced(node: Node, number: int, asks: int) -> None:
    hello(node, OLD, 10, number=7)
    hello(node, NEW, 20, number=number)
    asked = node.rows("SELECT sequence FROM messages WHERE type = 4 AND source = 'here'")
    assert len(asked) == asks
    assert all(ask > number for (ask,) in asked)
