"""A node finds out which of its peers cannot dial it, and calls them."""

from typing import Any

import pytest

from tests.sql.node import Node
from tests.sql.test_calls import said

ACCEPTED = 5


@pytest.fixture
def hub() -> Node:
    hub = Node("hub")
    hub.know("boat")
    return hub


@pytest.fixture
def boat() -> Node:
    """Return a node that says hello to a hub, though it has nothing to send."""
    boat = Node("boat")
    boat.know("hub")
    boat.execute("UPDATE peers SET addresses = '[\"hub.example\"]'")
    boat.execute("INSERT INTO wanted_agreements VALUES ('hub')")
    return boat


def hellos(node: Node) -> list[tuple[Any, ...]]:
    return node.rows("SELECT id, in_vain FROM work_initial_sender WHERE type = 4")


def greet(node: Node, event: str, reason: str | None = None) -> int:
    """Report what became of the hello of a node that is due."""
    ((hello, in_vain),) = hellos(node)
    assert not in_vain
    node.execute("INSERT INTO greetings VALUES (?, ?, 1.0, ?)", (hello, event, reason))
    return int(hello)


def kept_out(node: Node) -> list[tuple[Any, ...]]:
    return node.rows("SELECT node FROM kept_out")


def due_s(node: Node) -> Any:
    return node.value("SELECT due_s FROM messages WHERE state = 'S-5'")


def find_out(node: Node) -> None:
    for _ in range(ACCEPTED):
        greet(node, "sent")
        node.time_s = max(node.time_s, due_s(node))


def test_who_accepts_five_hellos_and_does_not_answer_cannot_dial_this_node(boat: Node) -> None:
    for _ in range(ACCEPTED - 1):
        greet(boat, "sent")
        assert kept_out(boat) == []
        boat.time_s = due_s(boat)
    assert boat.time_s >= 8, "the reply has time"
    boat.woken.clear()
    greet(boat, "sent")
    assert kept_out(boat) == [("hub",)]
    assert boat.rows("SELECT * FROM cannot_dial_here") == [("hub", boat.time_s)]
    assert due_s(boat) == 0, "the next hello, which asks for the reply, goes at once"
    assert {"initial_sender", "processor_r"} <= boat.woken


def test_what_fails_between_begins_the_count_anew(boat: Node) -> None:
    boat.execute("UPDATE peers SET said_commsport = 7411")
    for _ in range(3):
        for event in ["sent"] * (ACCEPTED - 1) + ["unsent"]:
            greet(boat, event)
            boat.time_s = due_s(boat)
    assert kept_out(boat) == []


def test_a_peer_that_cannot_dial_this_node_is_called(boat: Node, hub: Node) -> None:
    find_out(boat)
    number = boat.value("SELECT sequence FROM messages WHERE state = 'S-5'")
    said(boat, hub, 5, number, echo=boat.epoch.hex().upper(), answers_calls=True)
    assert boat.rows("SELECT node, due_s FROM work_call") == [("hub", 0)]
    boat.execute("INSERT INTO call_reports VALUES ('hub', 'open', 1.0, '', 0)")
    assert boat.rows("SELECT * FROM work_call") == []


def test_an_older_agreement_does_not_hide_that_the_peer_cannot_dial_this_node(boat: Node) -> None:
    boat.agree("hub", 65536)
    find_out(boat)
    assert kept_out(boat) == [("hub",)]
    assert hellos(boat)[0][1] == 0


def test_a_peer_whose_netrelay_knows_no_calls_is_not_asked_without_end(boat: Node) -> None:
    find_out(boat)
    greet(boat, "unsent", "no reply came back on the connection: the peer ended the connection")
    boat.time_s = due_s(boat)
    boat.execute("UPDATE peers SET via = NULL")
    ((_, in_vain),) = hellos(boat)
    assert in_vain


def test_a_peer_that_dials_this_node_need_not_be_called(boat: Node, hub: Node) -> None:
    find_out(boat)
    number = boat.value("SELECT sequence FROM messages WHERE state = 'S-5'")
    said(boat, hub, 5, number, echo=boat.epoch.hex().upper(), answers_calls=True)
    boat.woken.clear()
    boat.execute("INSERT INTO dialled_here VALUES ('hub')")
    assert kept_out(boat) == []
    assert len(hellos(boat)) == 1, "it is told so"
    assert "initial_sender" in boat.woken
    before = boat.messages(4)
    boat.execute("INSERT INTO dialled_here VALUES ('hub')")
    assert boat.messages(4) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE selfinfo SET ipaddress = '10.0.0.9'",
        "UPDATE peers SET addresses = '[\"other.example\"]'",
    ],
)
def test_what_a_person_changes_is_found_out_anew(boat: Node, change: str) -> None:
    find_out(boat)
    boat.execute(change)
    assert kept_out(boat) == []


def test_where_a_person_says_that_nobody_can_nothing_is_found_out(boat: Node) -> None:
    boat.execute("UPDATE selfinfo SET can_be_dialled = 0")
    find_out(boat)
    assert boat.rows("SELECT * FROM cannot_dial_here") == []
    assert kept_out(boat) == [("hub",)]


def test_a_removed_peer_leaves_nothing(boat: Node) -> None:
    find_out(boat)
    boat.execute("DELETE FROM peers")
    assert boat.rows("SELECT * FROM cannot_dial_here") == []


def test_a_caller_that_is_away_for_an_hour_is_greeted(hub: Node, boat: Node) -> None:
    """It may have been taken for a node that cannot be dialled, and does not know where hub is."""
    said(hub, boat, 4, 3, calls=True)
    hub.time_s = 3599.0
    hub.execute("INSERT INTO wanted_agreements VALUES ('boat')")
    assert hellos(hub) == []
    hub.time_s = 3600.0
    hub.execute("INSERT INTO wanted_agreements VALUES ('boat')")
    hello = greet(hub, "unsent")
    hub.time_s += 10
    assert hellos(hub) == [(hello, 1)], "tried once"
    hub.execute("INSERT INTO calls VALUES ('boat', 7, 0, 3, 0, NULL, 0.5, '', '')")
    assert hub.rows("SELECT * FROM callers_away") == []
    hub.time_s += 9999
    hub.execute("INSERT INTO calls VALUES ('boat', -1, -1, 3, 0, 9.0, 0.5, '', 'it broke')")
    hub.time_s += 3599
    assert hub.rows("SELECT * FROM callers_away") == []
    hub.time_s += 1
    assert hub.rows("SELECT * FROM callers_away") == [("boat",)]
