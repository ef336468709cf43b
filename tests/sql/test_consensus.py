"""Types 4 and 5, written out by hand: asking, answering, both at once, again, and gone."""

import json
from typing import Any

import pytest

from tests.sql.node import KIB, MIB, Node


def hello(to: Node, source: Node, id_: int) -> int:
    """Deliver a type 4 of `source` to `to`, or its repetition; give its row there."""
    number, capacity = source.row(
        "SELECT m.sequence, s.capacity FROM messages m, selfinfo s WHERE m.id = ?", (id_,)
    )
    return _delivered(to, source, 4, number, {"capacity": capacity})


def reply(to: Node, source: Node, id_: int) -> int:
    """Deliver a type 5 of `source` to `to`; give its row there."""
    number, info = source.row("SELECT sequence, info FROM messages WHERE id = ?", (id_,))
    return _delivered(to, source, 5, number, json.loads(info))


def _delivered(to: Node, source: Node, type_: int, number: int, said: dict[str, Any]) -> int:
    known = to.rows(
        "SELECT id FROM messages WHERE type = ? AND source = ? AND epoch = ? AND sequence = ?",
        (type_, source.name, source.epoch, number),
    )
    info = json.dumps({"addresses": [], "commsport": 7411, "dataports": [7412]} | said)
    if known:
        to.execute("UPDATE messages SET info = ? WHERE id = ?", (info, known[0][0]))
        to.fact(known[0][0], "again" if type_ == 4 else "answered", "initial_receiver")
        return int(known[0][0])
    return to.arrived(type_, source.name, epoch=source.epoch, sequence=number, info=info)


def agreement(node: Node, peer: Node) -> Any:
    return node.rows(
        "SELECT message_size, agreement_number FROM sysinfo WHERE node = ?", (peer.name,)
    )


def only(node: Node, type_: int, destination: Node) -> int:
    (id_,) = [i for i, _, d in node.messages(type_) if d == destination.name]
    return int(id_)


@pytest.fixture
def nodes() -> tuple[Node, Node]:
    lesser, greater = Node("a", capacity=MIB), Node("b", capacity=256 * KIB)
    lesser.know("b")
    greater.know("a")
    return lesser, greater


def test_consensus_from_the_first_message_to_the_agreement(nodes: tuple[Node, Node]) -> None:
    a, b = nodes
    a.woken.clear()
    job = a.job("b", 5)
    assert a.walks(job) == ["- N-1 N-2 S-1 S-1"]
    asked = only(a, 4, b)
    assert a.walks(asked) == ["- N-1 N-2 S-1 S-5"]
    assert "initial_sender" in a.woken
    assert a.rows("SELECT id, in_vain FROM work_initial_sender") == [(asked, 0)]
    a.fact(asked, "sent", "initial_sender", None, 20.0)
    assert a.state(asked) == "S-5", "it stays until its type 5 is here"
    assert a.rows("SELECT * FROM work_initial_sender") == []
    heard = hello(b, a, asked)
    assert b.walks(heard) == ["- N-1 N-2 N-3 N-4 F"]
    assert agreement(b, a) == [(256 * KIB, 2)]
    answer = only(b, 5, a)
    assert b.walks(answer) == ["- N-1 N-2 S-1 S-5"]
    b.fact(answer, "sent", "initial_sender")
    assert b.state(answer) == "F"
    back = reply(a, b, answer)
    assert a.walks(back) == ["- N-1 N-2 N-3 N-4 F"]
    assert a.state(asked) == "F"
    assert agreement(a, b) == [(256 * KIB, 2)]
    assert a.state(job) == "S-2W"
    assert {"processor_r", "processor_s"} <= a.woken


def test_the_numbers_of_two_who_ask_never_collide(nodes: tuple[Node, Node]) -> None:
    a, b = nodes
    a.job("b", 5)
    b.job("a", 5)
    assert [n.value("SELECT sequence FROM messages WHERE type = 4") for n in nodes] == [2, 3]


@pytest.mark.parametrize("order", ["replies last", "replies first", "one reply lost"])
def test_both_ask_at_once_and_agree_on_one(nodes: tuple[Node, Node], order: str) -> None:
    a, b = nodes
    jobs = a.job("b", 5), b.job("a", 5)
    ask_a, ask_b = only(a, 4, b), only(b, 4, a)
    hello(b, a, ask_a)
    if order == "replies first":
        reply(a, b, only(b, 5, a))
    hello(a, b, ask_b)
    if order != "replies first":
        reply(a, b, only(b, 5, a))
    if order == "one reply lost":
        a.fact(only(a, 5, b), "sent", "initial_sender")
        assert b.state(ask_b) == "S-5"
        hello(a, b, ask_b)
        assert a.state(only(a, 5, b)) == "S-5", "asked again, answered again"
    reply(b, a, only(a, 5, b))
    assert agreement(a, b) == agreement(b, a) == [(256 * KIB, 3)]
    assert [n.state(j) for n, j in zip(nodes, jobs, strict=True)] == ["S-2W", "S-2W"]


def test_the_hello_nobody_waits_for_any_more_is_in_vain_once_a_connection_is_there(
    nodes: tuple[Node, Node],
) -> None:
    a, b = nodes
    b.job("a", 5)
    a.job("b", 5)
    ask_a = only(a, 4, b)
    hello(a, b, only(b, 4, a))
    a.fact(ask_a, "unsent", "initial_sender")
    assert a.rows("SELECT id, in_vain FROM work_initial_sender WHERE type = 4") == [(ask_a, 0)]
    a.fact(ask_a, "sent", "initial_sender")
    assert a.rows("SELECT id, in_vain FROM work_initial_sender WHERE type = 4") == [(ask_a, 0)]
    a.execute("INSERT INTO connections (peer, handle, failures) VALUES ('b', 7, 0)")
    assert a.rows("SELECT id, in_vain FROM work_initial_sender WHERE type = 4") == [(ask_a, 1)]
    a.fact(ask_a, "expired", "initial_sender")
    assert a.state(ask_a) == "D"


@pytest.mark.parametrize("event", ["sent", "unsent"])
def test_a_hello_for_which_nothing_waits_is_tried_until_it_is_accepted_or_fails(
    nodes: tuple[Node, Node], event: str
) -> None:
    a, _ = nodes
    a.execute("INSERT INTO wanted_agreements VALUES ('b')")
    (hello,) = [i for i, _, _ in a.messages(4)]
    assert a.rows("SELECT id, in_vain FROM work_initial_sender") == [(hello, 0)]
    a.fact(hello, event, "initial_sender")
    in_vain = int(event == "unsent")
    assert a.rows("SELECT id, in_vain FROM work_initial_sender") == [(hello, in_vain)]


def test_a_hello_that_dies_unheard_is_asked_anew_while_somebody_waits(
    nodes: tuple[Node, Node],
) -> None:
    a, _ = nodes
    a.job("b", 5)
    (first,) = [i for i, _, _ in a.messages(4)]
    a.fact(first, "expired", "initial_sender")
    assert [(i == first, s) for i, s, _ in a.messages(4)] == [(True, "D"), (False, "S-5")]
    assert a.rows("SELECT sequence FROM messages WHERE type = 4") == [(2,), (4,)]


def test_a_repeated_hello_is_answered_again(nodes: tuple[Node, Node]) -> None:
    a, b = nodes
    a.job("b", 5)
    asked = only(a, 4, b)
    heard = hello(b, a, asked)
    answer = only(b, 5, a)
    b.fact(answer, "sent", "initial_sender")
    hello(b, a, asked)
    assert b.walks(heard)[-1] == "F F"
    assert b.walks(answer)[-1] == "F S-1 S-5"
    b.fact(answer, "unsent", "initial_sender", None, 60.0)
    hello(b, a, asked)
    assert b.row("SELECT state, due_s FROM messages WHERE id = ?", (answer,)) == ("S-5", 0.0)
    b.fact(answer, "expired", "initial_sender")
    hello(b, a, asked)
    assert b.walks(answer)[-1] == "D S-1 S-5"
    assert len(b.messages(5)) == 1
    reply(a, b, answer)
    assert a.state(asked) == "F"


def test_the_answer_given_again_says_what_holds_now(nodes: tuple[Node, Node]) -> None:
    a, b = nodes
    a.job("b", 5)
    asked = only(a, 4, b)
    hello(b, a, asked)
    answer = only(b, 5, a)
    b.execute("UPDATE selfinfo SET capacity = ?", (64 * KIB,))
    hello(b, a, asked)
    reply(a, b, answer)
    assert agreement(a, b) == agreement(b, a) == [(64 * KIB, 2)]


def test_a_reply_that_comes_after_all_revives_the_dead_hello(nodes: tuple[Node, Node]) -> None:
    a, b = nodes
    a.job("b", 5)
    asked = only(a, 4, b)
    hello(b, a, asked)
    a.fact(asked, "expired", "initial_sender")
    reply(a, b, only(b, 5, a))
    assert a.walks(asked)[-1] == "D F"
    assert agreement(a, b) == [(256 * KIB, 2)]


@pytest.mark.parametrize("wrong", ["epoch", "number", "unasked"])
def test_a_reply_to_no_hello_of_ours_changes_nothing(nodes: tuple[Node, Node], wrong: str) -> None:
    a, b = nodes
    if wrong != "unasked":
        a.job("b", 5)
    echo = (b"\0" * 8 if wrong == "epoch" else a.epoch).hex().upper()
    said = {"echo": echo, "size": 64 * KIB, "capacity": 64 * KIB}
    stray = _delivered(a, b, 5, 4 if wrong == "number" else 2, said)
    assert a.state(stray) == "F"
    assert agreement(a, b) == []


def test_a_hello_that_waits_over_a_start_is_answered_in_the_new_epoch(
    nodes: tuple[Node, Node],
) -> None:
    a, b = nodes
    a.job("b", 5)
    asked = only(a, 4, b)
    hello(b, a, asked)
    answer = only(b, 5, a)
    a.begin_epoch(b"another!")
    reply(a, b, answer)
    assert agreement(a, b) == [], "an answer to what was asked before the start"
    hello(b, a, asked)
    reply(a, b, answer)
    assert a.state(asked) == "F"
    assert agreement(a, b) == [(256 * KIB, 2)]


def test_an_older_agreement_does_not_replace_a_newer(nodes: tuple[Node, Node]) -> None:
    a, b = nodes
    a.agree("b", 128 * KIB, 9)
    _delivered(a, b, 4, 4, {"capacity": 64 * KIB})
    assert agreement(a, b) == [(128 * KIB, 9)]
    assert a.value("SELECT last_agreement FROM peers") == 9


def test_another_database_there_counts_from_anew(nodes: tuple[Node, Node]) -> None:
    a, b = nodes
    a.agree("b", 128 * KIB, 9)
    b.epoch = b"restored"
    _delivered(a, b, 4, 2, {"capacity": 64 * KIB})
    assert agreement(a, b) == [(64 * KIB, 2)]
    a.forget("b")
    a.job("b", 5)
    numbers = a.rows("SELECT sequence FROM messages WHERE type = 4 AND source = 'a'")
    assert numbers == [(10,)], "numbers of ours never go back"


def test_the_smaller_capacity_counts_whoever_asks(nodes: tuple[Node, Node]) -> None:
    a, b = nodes
    b.job("a", 5)
    hello(a, b, only(b, 4, a))
    reply(b, a, only(a, 5, b))
    assert agreement(a, b) == agreement(b, a) == [(256 * KIB, 3)]


def test_agreement_gone_sends_the_ready_back_to_s1(nodes: tuple[Node, Node]) -> None:
    a, _ = nodes
    a.agree("b", MIB)
    job = a.job("b", 2 * MIB)
    manifest, first, second = a.pieces(job)
    a.fact(second, "handed", "processor_s")
    a.woken.clear()
    a.forget("b")
    assert [a.state(i) for i in (job, manifest, first, second)] == ["S-2W", "S-1", "S-1", "S-4W"]
    assert a.woken >= {"processor_r", "processor_s", "initial_sender"}
    assert len(a.messages(4)) == 1
    a.agree("b", MIB, 4)
    assert [a.state(i) for i in (manifest, first)] == ["S-4", "S-4"]


def test_a_smaller_agreement_cuts_what_is_ready(nodes: tuple[Node, Node]) -> None:
    a, _ = nodes
    a.agree("b", MIB)
    job = a.job("b", MIB + 7)
    manifest, first, second = a.pieces(job)
    a.agree("b", 512 * KIB, 4)
    assert [a.state(i) for i in (manifest, first, second)] == ["S-4", "S-2W", "S-4"]
    assert a.walks(first)[-2:] == ["S-4 S-1 S-2", "S-2 S-2W"]
    assert len(a.pieces(first)) == 2


def test_a_larger_agreement_leaves_what_is_ready(nodes: tuple[Node, Node]) -> None:
    a, _ = nodes
    a.agree("b", 512 * KIB)
    job = a.job("b", MIB + 7)
    a.agree("b", MIB, 4)
    assert [a.state(i) for i in a.pieces(job)] == ["S-4"] * 4


@pytest.mark.parametrize(
    "change", ["capacity = 65536", "ipaddress = '::1'", "commsport = 1", "dataports = '[1]'"]
)
def test_what_changes_here_needs_new_agreements(nodes: tuple[Node, Node], change: str) -> None:
    a, b = nodes
    a.agree("b", MIB)
    single = a.text("b", 5)
    a.execute(f"UPDATE selfinfo SET {change}")
    assert agreement(a, b) == []
    assert a.state(single) == "S-1"
    assert [s for _, s, _ in a.messages(4)] == ["S-5"]


def test_who_changes_tells_all_who_knew_it_until_they_answer(nodes: tuple[Node, Node]) -> None:
    """Nothing waits for it here: the others could not find it any more."""
    a, b = nodes
    a.know("c")
    a.agree("b", MIB)
    a.execute("UPDATE selfinfo SET ipaddress = '::1'")
    ask = only(a, 4, b)
    assert [d for _, _, d in a.messages(4)] == ["b"], "the others never knew it"
    for event in ("unsent", "sent"):
        a.fact(ask, event, "initial_sender")
        assert a.rows("SELECT id, in_vain FROM work_initial_sender") == [(ask, 0)]
    hello(b, a, ask)
    reply(a, b, only(b, 5, a))
    assert a.state(ask) == "F"
    assert agreement(a, b) == agreement(b, a)


def test_hellos_are_one_for_each_peer_and_are_asked_again_after_an_agreement_went(
    nodes: tuple[Node, Node],
) -> None:
    a, b = nodes
    for sequence in range(5):
        a.job("b", 5, sequence=sequence)
    assert len(a.messages(4)) == 1
    hello(b, a, only(a, 4, b))
    reply(a, b, only(b, 5, a))
    a.forget("b")
    assert [s for _, s, _ in a.messages(4)] == ["F", "S-5"]


def test_no_agreement_is_believed_at_once_of_a_number_we_asked_for(
    nodes: tuple[Node, Node],
) -> None:
    a, _ = nodes
    a.agree("b", MIB, 2)
    a.execute("INSERT INTO unknown_agreements VALUES ('b', 4)")
    assert len(a.rows("SELECT * FROM sysinfo")) == 1, "another number, settled meanwhile"
    a.execute("INSERT INTO unknown_agreements VALUES ('b', 2)")
    assert a.rows("SELECT * FROM sysinfo") == []


def test_no_agreement_waits_for_the_reply_to_a_number_the_other_asked_for(
    nodes: tuple[Node, Node],
) -> None:
    a, _ = nodes
    a.time_s = 100.0
    a.agree("b", MIB, 3)
    single = a.text("b", 5)
    for a.time_s in (100.0, 109.0):
        a.execute("INSERT INTO unknown_agreements VALUES ('b', 3)")
        assert a.state(single) == "S-4"
    a.time_s = 110.0
    a.execute("INSERT INTO unknown_agreements VALUES ('b', 3)")
    assert a.state(single) == "S-1"
    assert [s for _, s, _ in a.messages(4)] == ["S-5"]


def test_who_cannot_be_reached_where_it_said_is_asked_where_it_is_now(
    nodes: tuple[Node, Node],
) -> None:
    a, b = nodes
    a.agree("b", MIB, 2)
    single = a.text("b", 5)
    a.execute("INSERT INTO connections (peer, handle, failures) VALUES ('b', -1, 2)")
    for _ in range(2):
        a.execute("INSERT INTO wanted_agreements VALUES ('b')")
    ask = only(a, 4, b)
    assert a.rows("SELECT id, in_vain FROM work_initial_sender") == [(ask, 0)]
    assert a.state(single) == "S-4", "what was agreed counts until it answers"
    hello(b, a, ask)
    reply(a, b, only(b, 5, a))
    assert agreement(a, b) == agreement(b, a) == [(256 * KIB, 4)]
    assert (a.state(ask), a.state(single)) == ("F", "S-4")


def test_a_hello_for_an_agreement_in_doubt_is_in_vain_once_a_connection_is_there(
    nodes: tuple[Node, Node],
) -> None:
    a, b = nodes
    a.agree("b", MIB, 2)
    a.text("b", 5)
    a.execute("INSERT INTO connections (peer, handle, failures) VALUES ('b', 7, 0)")
    a.execute("INSERT INTO wanted_agreements VALUES ('b')")
    a.fact(only(a, 4, b), "sent", "initial_sender")
    assert a.rows("SELECT in_vain FROM work_initial_sender") == [(1,)]


@pytest.mark.parametrize("event", ["sent", "unsent", "expired"])
def test_a_reply_that_is_faster_than_the_word_that_its_hello_was_sent(
    nodes: tuple[Node, Node], event: str
) -> None:
    a, b = nodes
    a.job("b", 5)
    ask = only(a, 4, b)
    hello(b, a, ask)
    reply(a, b, only(b, 5, a))
    a.fact(ask, event, "initial_sender", None, 20.0)
    assert a.state(ask) == "F"


def waiting_replies(node: Node) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = node.rows(
        "SELECT destination, sequence FROM messages WHERE state = 'S-5' AND type = 5"
        " ORDER BY destination"
    )
    return rows


@pytest.mark.parametrize("numbers", [range(3, 803, 2), range(801, 1, -2)], ids=["up", "down"])
def test_of_many_hellos_the_reply_to_the_last_waits_alone(
    nodes: tuple[Node, Node], numbers: range
) -> None:
    a, b = nodes
    a.know("c")
    other = Node("c")
    _delivered(a, other, 4, 3, {"capacity": MIB})
    for number in numbers:
        _delivered(a, b, 4, number, {"capacity": MIB})
    assert waiting_replies(a) == [("b", numbers[-1]), ("c", 3)]


def test_a_repeat_of_an_older_hello_is_the_last_one(nodes: tuple[Node, Node]) -> None:
    """A peer whose database was put back says numbers again that it said before."""
    a, b = nodes
    for number in (3, 5, 3):
        _delivered(a, b, 4, number, {"capacity": MIB})
        assert waiting_replies(a) == [("b", number)]


def test_the_reply_of_an_earlier_start_is_replaced(nodes: tuple[Node, Node]) -> None:
    a, b = nodes
    _delivered(a, b, 4, 3, {"capacity": MIB})
    a.begin_epoch(b"another!")
    _delivered(a, b, 4, 3, {"capacity": MIB})
    assert waiting_replies(a) == [("b", 3)]


@pytest.mark.parametrize("event", ["sent", "unsent", "expired"])
def test_a_reply_that_was_replaced_while_it_was_dialled_for(
    nodes: tuple[Node, Node], event: str
) -> None:
    a, b = nodes
    _delivered(a, b, 4, 3, {"capacity": MIB})
    replaced = only(a, 5, b)
    _delivered(a, b, 4, 5, {"capacity": MIB})
    a.fact(replaced, event, "initial_sender")
    assert a.state(replaced) == "D"
    assert waiting_replies(a) == [("b", 5)]
