"""A peer shows itself, or a person says where it is: what waits for it is tried at once."""

import pytest

from tests.sql.node import MIB, Node

FAR_S = 1_000.0


@pytest.fixture
def node() -> Node:
    """A node in whose view `there` has not been reached for long; one message waits for it."""
    node = Node("here")
    node.know("there")
    node.know("other")
    node.agree("there", MIB)
    node.text("there", 5)
    for peer in ("there", "other"):
        node.execute(
            "INSERT INTO connections (peer, failures, due_s, changed_s) VALUES (?, 9, ?, 90)",
            (peer, FAR_S),
        )
    node.time_s = 100.0
    node.woken.clear()
    return node


def call(node: Node, peer: str = "there", address: str = "10.0.0.5") -> None:
    node.execute("INSERT INTO contacts VALUES (?, ?)", (peer, address))


def due(node: Node) -> dict[str, float]:
    return dict(node.rows("SELECT peer, due_s FROM connections"))


def test_who_calls_is_called_at_once(node: Node) -> None:
    assert node.rows("SELECT node FROM work_connect") == []
    call(node)
    assert node.rows("SELECT node, seen_address FROM work_connect") == [("there", "10.0.0.5")]
    assert due(node) == {"there": 100.0, "other": FAR_S}
    assert {"processor_s", "initial_sender"} <= node.woken


def test_who_comes_and_goes_is_called_once_a_second(node: Node) -> None:
    node.execute("UPDATE connections SET changed_s = 99.75 WHERE peer = 'there'")
    for node.time_s in (99.8, 100.0, 100.7):
        call(node)
        assert due(node)["there"] == 100.75
        assert node.rows("SELECT node FROM work_connect") == []
    node.time_s = 100.8
    assert node.rows("SELECT node FROM work_connect") == [("there",)]
    call(node)
    assert due(node)["there"] == 100.75, "never put off"


def test_an_open_connection_is_left_alone(node: Node) -> None:
    node.execute("UPDATE connections SET handle = 3 WHERE peer = 'there'")
    call(node)
    assert due(node)["there"] == FAR_S


def test_a_hello_that_waits_goes_at_once_but_once_a_second(node: Node) -> None:
    node.execute("INSERT INTO wanted_agreements VALUES ('there')")
    node.execute("INSERT INTO wanted_agreements VALUES ('other')")
    hello, another = (row[0] for row in node.messages(4))
    for each in (hello, another):
        node.fact(each, "unsent", "initial_sender", None, FAR_S)
    node.time_s = 100.5
    call(node)
    rows = dict(node.rows("SELECT id, due_s FROM messages WHERE state = 'S-5'"))
    assert rows == {hello: 101.0, another: FAR_S}
    node.time_s = 200.0
    call(node)
    assert node.value("SELECT due_s FROM messages WHERE id = ?", (hello,)) == 101.0


def test_where_it_said_it_is_outlives_the_agreement(node: Node) -> None:
    node.execute(
        "INSERT INTO agreements VALUES ('there', '[\"10.0.0.9\"]', 7500, '[1]', ?, 4, ?)",
        (MIB, b"12345678"),
    )
    node.forget("there")
    assert node.rows("SELECT said_addresses FROM peers WHERE node = 'there'") == [('["10.0.0.9"]',)]
    assert node.rows("SELECT commsport FROM work_initial_sender") == [(7500,)]


@pytest.mark.parametrize("change", ["addresses = '[\"10.0.0.7\"]'", "commsport = 7600"])
def test_a_person_who_says_where_it_is_is_believed_until_it_says_so_itself(
    node: Node, change: str
) -> None:
    node.execute(
        "INSERT INTO agreements VALUES ('there', '[\"10.0.0.9\"]', 7500, '[1]', ?, 4, ?)",
        (MIB, b"12345678"),
    )
    call(node)
    node.execute("UPDATE connections SET due_s = 1000")
    before = node.row("SELECT addresses, commsport FROM peers WHERE node = 'there'")
    node.execute(f"UPDATE peers SET {change} WHERE node = 'there'")
    given = node.row("SELECT addresses, commsport FROM peers WHERE node = 'there'")
    assert given != before
    assert node.rows("SELECT seen_address, addresses FROM work_connect") == [("", given[0])]
    asked = "SELECT seen_address, addresses, commsport FROM work_initial_sender"
    assert node.rows(asked) == [("", *given)]
    node.execute(
        "INSERT INTO agreements VALUES ('there', '[\"10.0.0.8\"]', 7700, '[1]', ?, 6, ?)",
        (MIB, b"12345678"),
    )
    assert node.rows(asked) == [("", given[0], 7700)]


def test_a_person_who_says_nothing_new_changes_nothing(node: Node) -> None:
    node.execute("UPDATE peers SET addresses = addresses, commsport = commsport")
    assert node.messages(4) == []
    assert due(node)["there"] == FAR_S
