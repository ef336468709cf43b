"""Nodes that cannot be dialled: who says hello, who is called, and what waits."""

import json
from typing import Any

import pytest

from tests.sql.node import MIB, Node


def said(node: Node, source: Node, type_: int, number: int, **more: Any) -> int:
    """Let a hello or reply of a source arrive by the process that receives it."""
    info = {"addresses": [], "commsport": 7411, "dataports": [7412], "capacity": MIB, "size": MIB}
    actor = "initial_receiver" if type_ == 4 else "initial_sender"
    return node.born(
        type_,
        "arrived",
        actor,
        source=source.name,
        epoch=source.epoch,
        sequence=number,
        hash=b"h",
        found=b"h",
        info=json.dumps(info | more),
    )


@pytest.fixture
def hub() -> Node:
    hub = Node("hub")
    hub.know("boat")
    return hub


@pytest.fixture
def boat() -> Node:
    """Return a node that cannot be dialled, with a hub that it knows an address of."""
    boat = Node("boat")
    boat.execute("UPDATE selfinfo SET can_be_dialled = 0")
    boat.know("hub")
    boat.execute("UPDATE peers SET addresses = '[\"hub.example\"]'")
    return boat


def hellos(node: Node) -> list[tuple[Any, ...]]:
    return node.rows("SELECT id, in_vain FROM work_initial_sender WHERE type = 4")


def report(node: Node, event: str, reason: str = "why", silence_s: int = 0) -> None:
    node.execute(
        "INSERT INTO call_reports VALUES ('hub', ?, 1.0, ?, ?)", (event, reason, silence_s)
    )


def settle(boat: Node, hub: Node, number: int | None = None) -> None:
    """Settle an agreement by the hello of the boat that is under way."""
    (hello, sequence) = boat.row("SELECT id, sequence FROM messages WHERE state = 'S-5'")
    said(boat, hub, 5, number or sequence, echo=boat.epoch.hex().upper(), answers_calls=True)
    assert boat.state(hello) == "F"


# At the node that is called


def test_a_peer_that_calls_is_neither_greeted_nor_dialled(hub: Node, boat: Node) -> None:
    job = hub.job("boat", 5)
    ((asked, _),) = hellos(hub)
    said(hub, boat, 4, 3, calls=True, answers_calls=True)
    assert hellos(hub) == [(asked, 1)], "the hello of before is in vain"
    hub.fact(asked, "expired", "initial_sender")
    assert hub.value("SELECT count(*) FROM messages WHERE type = 4 AND source = 'hub'") == 1
    assert hub.state(job) == "S-2W"
    assert hub.rows("SELECT * FROM work_connect") == []
    assert hub.rows("SELECT node, agreement_number FROM work_answer") == [("boat", 3)]
    hub.forget("boat")
    assert hellos(hub) == [], "only its own hello helps"


def test_the_reply_waits_for_the_connection_of_the_hello(hub: Node, boat: Node) -> None:
    said(hub, boat, 4, 3, calls=True)
    (reply,) = (i for i, _, to in hub.messages(5) if to == "boat")
    assert hub.rows("SELECT id FROM work_initial_sender") == []
    lifetime_s = hub.value("SELECT due_s FROM next_due WHERE process = 'initial_sender'")
    assert lifetime_s == 600, "nothing looks at it before"
    hub.fact(reply, "sent", "initial_receiver")
    assert hub.walks(reply)[-1] == "S-5 F"
    hub.fact(reply, "sent", "initial_receiver")
    assert hub.state(reply) == "F", "sent by two connections"


def test_a_reply_that_was_not_fetched_ends_after_its_lifetime(hub: Node, boat: Node) -> None:
    said(hub, boat, 4, 3, calls=True)
    hub.time_s = 600.0
    ((reply, type_),) = hub.rows("SELECT id, type FROM work_initial_sender")
    assert type_ == 5
    hub.fact(reply, "expired", "initial_sender")
    assert hub.rows("SELECT 1 FROM messages WHERE state = 'S-5'") == []


def test_a_peer_is_dialled_again_when_it_or_a_person_says_so(hub: Node, boat: Node) -> None:
    said(hub, boat, 4, 3, calls=True)
    assert hub.value("SELECT calls FROM peers") == 1
    said(hub, boat, 4, 5, calls=False)
    assert hub.value("SELECT calls FROM peers") == 0
    said(hub, boat, 4, 7, calls=True)
    hub.execute("UPDATE peers SET addresses = '[\"boat.example\"]'")
    assert hub.value("SELECT calls FROM peers") == 0
    assert len(hellos(hub)) == 1


def test_a_change_of_who_calls_is_told_to_the_processes(hub: Node, boat: Node) -> None:
    before = hub.value("SELECT number FROM peer_revision")
    hub.woken.clear()
    said(hub, boat, 4, 3, calls=True)
    assert hub.value("SELECT number FROM peer_revision") > before
    assert "sender" in hub.woken
    hub.woken.clear()
    said(hub, boat, 4, 5, calls=True)
    assert "sender" not in hub.woken, "only the agreement has changed"


def test_what_waits_for_a_call_has_a_name(hub: Node, boat: Node) -> None:
    hub.execute(
        "INSERT INTO clock (one, boot_id, offset_s, unix_offset_s) VALUES (1, 'boot', 0, 0)"
    )
    hub.job("boat", 5)
    said(hub, boat, 4, 3, calls=True)
    cause = "SELECT cause, waits_for FROM causes"
    assert hub.rows(cause) == [("no-call", "boat")]
    assert hub.rows("SELECT cause FROM stuck") == [("no-call",)]
    hub.execute("INSERT INTO calls VALUES ('boat', 7, 0, 3, 0, NULL, 0.5, '', '')")
    assert hub.rows(cause) == [("on-its-way", "boat")]
    hub.execute("INSERT INTO calls VALUES ('boat', -1, -1, 3, 0, 9.0, 0.5, '', 'it broke')")
    assert hub.rows(cause) == [("no-call", "boat")]
    hub.forget("boat")
    assert hub.rows(cause) == [("no-call", "boat")], "not for an answer to a hello"


# At the node that calls


def test_a_node_that_calls_greets_whom_it_is_to_receive_from(boat: Node, hub: Node) -> None:
    ((_, in_vain),) = hellos(boat)
    assert not in_vain, "although it has nothing to send, and nobody waits"
    settle(boat, hub)
    assert boat.rows("SELECT node FROM work_call WHERE due_s <= clock()") == [("hub",)]


def test_a_node_that_can_be_dialled_calls_nobody(hub: Node) -> None:
    hub.agree("boat", MIB)
    hub.execute("UPDATE peers SET answers_calls = 1, addresses = '[\"boat.example\"]'")
    assert hub.rows("SELECT * FROM work_call") == []
    assert hub.rows("SELECT * FROM peers_to_call") == []


def test_a_peer_that_answers_no_calls_is_not_called(boat: Node, hub: Node) -> None:
    (number,) = boat.row("SELECT sequence FROM messages WHERE state = 'S-5'")
    said(boat, hub, 5, number, echo=boat.epoch.hex().upper())
    assert boat.rows("SELECT * FROM work_call") == []


def test_a_call_is_placed_again_with_growing_delays(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    waits = []
    for _ in range(12):
        report(boat, "unreached")
        (due_s,) = boat.row("SELECT due_s FROM work_call")
        waits.append(due_s - boat.time_s)
        boat.time_s = due_s
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 300
    assert boat.value("SELECT due_s FROM next_due WHERE process = 'processor_r'") is None
    report(boat, "open")
    assert boat.rows("SELECT * FROM work_call") == []
    boat.time_s += 60
    report(boat, "ended")
    (due_s,) = boat.row("SELECT due_s FROM work_call")
    assert round(due_s - boat.time_s, 3) == 0.3, "most ends are a restart"
    assert boat.value("SELECT due_s FROM next_due WHERE process = 'processor_r'") == due_s


def test_a_call_that_ends_as_soon_as_it_opens_is_placed_once_a_second(
    boat: Node, hub: Node
) -> None:
    settle(boat, hub)
    report(boat, "open")
    report(boat, "ended")
    assert boat.value("SELECT due_s FROM work_call") == boat.time_s + 1


@pytest.mark.parametrize(("event", "failures"), [("unagreed", 1), ("unreached", 2)])
def test_a_call_in_vain_makes_the_caller_say_hello(
    boat: Node, hub: Node, event: str, failures: int
) -> None:
    settle(boat, hub)
    for _ in range(3):
        report(boat, event)
    assert hellos(boat) == [], "what was settled just now is not doubted"
    report(boat, "open")
    boat.time_s += 10
    for count in range(1, failures + 1):
        assert hellos(boat) == []
        report(boat, event)
        assert len(hellos(boat)) == int(count == failures)
    assert [in_vain for _, in_vain in hellos(boat)] == [0]


def test_a_new_agreement_brings_the_next_call_forward_to_a_second(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    boat.time_s = 100.0
    for _ in range(9):
        report(boat, "unreached")
    assert boat.value("SELECT due_s FROM work_call") == 100 + 256
    settle(boat, hub)
    assert boat.value("SELECT due_s FROM work_call") == 101
    assert "processor_r" in boat.woken


def test_a_hello_is_repeated_until_the_call_is_open(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    boat.execute("INSERT INTO wanted_agreements VALUES ('hub')")
    ((hello, _),) = hellos(boat)
    boat.fact(hello, "sent", "initial_sender")
    assert hellos(boat) == [(hello, 0)]
    report(boat, "open")
    assert hellos(boat) == [(hello, 1)]


def test_a_hello_that_expired_is_said_anew(boat: Node) -> None:
    ((hello, _),) = hellos(boat)
    boat.fact(hello, "expired", "initial_sender")
    ((again, _),) = hellos(boat)
    assert again != hello


def test_who_is_carried_to_or_has_no_address_is_not_greeted(boat: Node) -> None:
    boat.know("far", via="hub")
    boat.know("nowhere")
    assert {to for _, _, to in boat.messages(4)} == {"hub"}
    boat.execute("UPDATE peers SET addresses = '[\"n.example\"]' WHERE node = 'nowhere'")
    assert {to for _, _, to in boat.messages(4)} == {"hub", "nowhere"}


def test_a_removed_peer_leaves_no_call(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    report(boat, "open")
    boat.execute("DELETE FROM peers WHERE node = 'hub'")
    assert boat.rows("SELECT * FROM placed_calls") == []
    report(boat, "ended")
    assert boat.rows("SELECT * FROM placed_calls") == [], "a late report changes nothing"


def test_a_peer_says_in_each_hello_whether_it_resumes(hub: Node) -> None:
    boat = Node("boat")
    said(hub, boat, 4, 3, resumes=True)
    assert hub.rows("SELECT resumes FROM peers") == [(1,)]
    said(hub, boat, 4, 5)
    assert hub.rows("SELECT resumes FROM peers") == [(0,)]
