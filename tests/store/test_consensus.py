"""Rows of consensus messages: requests, replies, and a hello that arrives twice."""

import json

import pytest

from netrelay.store.consensus import (
    ArrivedHello,
    DueHello,
    OwnHello,
    due_hellos,
    next_hello_s,
    own_hello,
    store_hellos,
    superseded_hellos,
)
from netrelay.store.facts import Facts
from tests.store.node import EPOCH, HERE, OTHER, SIZE, THEIR_EPOCH, THERE, OpenNode

HELLO, REPLY = 4, 5
THEIRS = ArrivedHello(
    *(HELLO, THERE, THEIR_EPOCH, 3, 2 * SIZE, 0, bytes(8)),
    *(("10.0.0.7", "fd00::7"), 7411, (7412, 7499)),
)


def take(node: OpenNode, hello: ArrivedHello) -> bool:
    """Store a hello as initial_receiver does; True when it is new."""
    database = node.open("initial_receiver")
    before = node.value("SELECT count(*) FROM messages WHERE birth = 'arrived'")
    with database.transaction():
        assert store_hellos(database, [hello]) == {}
    return node.value("SELECT count(*) FROM messages WHERE birth = 'arrived'") != before


def due(node: OpenNode) -> list[DueHello]:
    """Return what initial_sender has to send."""
    return due_hellos(node.open("initial_sender"), [], 10)


def settled(node: OpenNode) -> tuple[object, ...]:
    """Return the agreement with the peer."""
    (row,) = node.rows(
        "SELECT ipaddress, commsport, dataports, message_size, agreement_number, epoch FROM sysinfo"
    )
    return (json.loads(str(row[0])), row[1], json.loads(str(row[2])), *row[3:])


def test_what_a_node_says_of_itself(node: OpenNode) -> None:
    assert own_hello(node.open("initial_sender")) == OwnHello("::", 7411, (7412,), SIZE, EPOCH)


def test_a_hello_settles_the_smaller_capacity_and_is_answered(node: OpenNode) -> None:
    node.know(THERE, addresses='["there.local", "10.0.0.7"]')
    assert take(node, THEIRS)
    assert settled(node) == (["10.0.0.7", "fd00::7"], 7411, [7412, 7499], SIZE, 3, THEIR_EPOCH)
    (reply,) = due(node)
    assert reply == DueHello(
        *(reply.message, REPLY, THERE, "name of there", 3),
        *(("there.local", "10.0.0.7"), 7411, THEIR_EPOCH, SIZE),
        *(False, False),
    )


def test_a_repeated_hello_is_answered_again_with_what_it_says_now(node: OpenNode) -> None:
    node.know(THERE)
    assert take(node, THEIRS)
    node.fact(due(node)[0].message, "sent", "initial_sender")
    assert due(node) == []
    assert not take(node, THEIRS._replace(addresses=("10.0.0.8",), dataports=(9_999,)))
    assert [reply.number for reply in due(node)] == [3]
    assert settled(node)[:3] == (["10.0.0.8"], 7411, [9_999])
    assert node.value("SELECT count(*) FROM messages WHERE type IN (4, 5)") == 2


def test_a_file_makes_a_hello_that_lasts_until_its_reply(node: OpenNode) -> None:
    node.know(THERE, addresses='["there.local"]', commsport=7_500)
    node.add_job(10)
    (hello,) = due(node)
    assert (hello.type, hello.hosts, hello.commsport) == (HELLO, ("there.local",), 7_500)
    assert (hello.echoed_epoch, hello.agreed_size_bytes) == (b"", 0)
    assert (hello.in_vain, hello.expired) == (False, False)
    reply = THEIRS._replace(
        type=REPLY, number=hello.number, agreed_size_bytes=SIZE, echoed_epoch=EPOCH
    )
    assert take(node, reply)
    assert not take(node, reply)
    assert due(node) == []
    assert settled(node)[3:] == (SIZE, hello.number, THEIR_EPOCH)
    assert node.rows("SELECT state FROM messages WHERE type = 1") == [("S-4",)]


@pytest.mark.parametrize(
    "change",
    [{"number": 1_000}, {"echoed_epoch": b"another "}, {"peer": "stranger"}],
    ids=repr,
)
def test_a_reply_to_no_hello_of_ours_settles_nothing(
    node: OpenNode, change: dict[str, object]
) -> None:
    node.know(THERE)
    node.add_job(10)
    (hello,) = due(node)
    reply = THEIRS._replace(
        type=REPLY, number=hello.number, agreed_size_bytes=SIZE, echoed_epoch=EPOCH
    )
    take(node, reply._replace(**change))  # type: ignore[arg-type]
    assert node.rows("SELECT * FROM sysinfo") == []
    assert [each.message for each in due(node)] == [hello.message]


def test_a_reply_cannot_raise_the_size_above_our_capacity(node: OpenNode) -> None:
    node.know(THERE)
    node.add_job(10)
    (hello,) = due(node)
    take(
        node,
        THEIRS._replace(
            type=REPLY, number=hello.number, agreed_size_bytes=16 * SIZE, echoed_epoch=EPOCH
        ),
    )
    assert settled(node)[3] == SIZE


def test_a_hello_nobody_waits_for_any_more_is_in_vain_once_it_was_tried(node: OpenNode) -> None:
    node.know(THERE)
    job = node.add_job(10)
    node.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    (hello,) = due(node)
    assert not hello.in_vain
    fact = "INSERT INTO facts VALUES (?, 'unsent', 'initial_sender', 'no way', 0)"
    node.write(fact, hello.message)
    assert [hello.in_vain for hello in due(node)] == [True]


def test_a_hello_that_was_not_sent_is_due_again_within_its_lifetime(node: OpenNode) -> None:
    node.know(THERE)
    node.add_job(10)
    (hello,) = due(node)
    database = node.open("initial_sender")
    with database.transaction():
        Facts(database, print).report(hello.message, "unsent", "down", database.now_s() + 5)
    assert due(node) == []
    node.time_s += 5
    assert [each.message for each in due(node)] == [hello.message]
    node.time_s += 3_600
    assert [each.expired for each in due(node)] == [True]


@pytest.mark.parametrize("number", [2**62, 2**63 - 3, 2**63 - 2, 2**63 - 1])
def test_the_largest_agreement_number_stops_nobody(node: OpenNode, number: int) -> None:
    """The next number has to be larger; where none exists, processes must keep running."""
    node.know(THERE)
    take(node, THEIRS._replace(number=number))
    node.write("DELETE FROM sysinfo")
    node.add_job(10)
    assert HERE in str(node.rows("SELECT source FROM messages WHERE type = 6"))


def test_one_message_is_due_for_each_peer_that_is_not_busy(node: OpenNode) -> None:
    for peer in (THERE, OTHER):
        node.know(peer)
    node.add_job(10)
    node.time_s += 1
    for number in range(3, 403, 2):
        take(node, THEIRS._replace(number=number))
    node.time_s += 1
    take(node, THEIRS._replace(peer=OTHER))
    # The reply to the last hello of a peer comes before the hello to it.
    found = [(each.type, each.peer, each.number) for each in due(node)]
    assert sorted(found) == [(REPLY, OTHER, 3), (REPLY, THERE, 401)]
    busy = due_hellos(node.open("initial_sender"), [THERE], 10)
    assert [each.peer for each in busy] == [OTHER]
    # Who has waited longest comes first.
    (first,) = due_hellos(node.open("initial_sender"), [], 1)
    assert (first.peer, first.number) == (THERE, 401)


def test_what_ended_and_a_hello_to_whom_waits_for_a_reply_is_superseded(node: OpenNode) -> None:
    node.know(THERE)
    node.add_job(10)
    database = node.open("initial_sender")
    (hello,) = due(node)
    assert superseded_hellos(database, [hello.message]) == []
    take(node, THEIRS)
    assert superseded_hellos(database, [hello.message]) == [hello.message]
    (reply,) = due(node)
    assert superseded_hellos(database, [reply.message]) == []
    take(node, THEIRS._replace(number=5))
    assert superseded_hellos(database, [reply.message]) == [reply.message]
    (reply,) = due(node)
    node.fact(reply.message, "sent", "initial_sender")
    # The reply told the peer all that the hello asks.
    ended = [hello.message, reply.message]
    assert sorted(superseded_hellos(database, ended)) == sorted(ended)
    assert due(node) == []


def test_the_next_hello_is_that_of_a_peer_that_is_not_busy(node: OpenNode) -> None:
    for peer in (THERE, OTHER):
        node.know(peer)
    database = node.open("initial_sender")
    assert next_hello_s(database, []) is None
    node.add_job(10)
    node.add_job(10, destination=OTHER)
    (message,) = [each.message for each in due(node) if each.peer == OTHER]
    with database.transaction():
        Facts(database, print).report(message, "unsent", "down", database.now_s() + 5)
    assert next_hello_s(database, []) == 0.0
    assert next_hello_s(database, [THERE]) == pytest.approx(5)
    assert next_hello_s(database, [THERE, OTHER]) is None
