"""One hello and its answer, from both sides, and every way in which that may fail."""

import pytest

from netrelay.core.hello import (
    HELLO_BYTES,
    Hello,
    HelloAnswer,
    encode_hello,
    encode_hello_answer,
)
from netrelay.core.pace import HELLO_DEADLINE_S
from netrelay.core.words import MessageType, WireError
from netrelay.link.connection import Connection
from netrelay.link.ends import LinkClosed, LinkEnd
from netrelay.link.hello_exchange import HelloSending, HelloTaking
from tests.link.linked import wait_until, write_all
from tests.link.pair import read_exactly

Ends = tuple[Connection, Connection]

HELLO = Hello(MessageType.HELLO, b"epoch of", 7, 1 << 20, 7411, (7412,), ("192.0.2.7",))
RECORD = encode_hello(HELLO)


def sending(ends: Ends, record: bytes = RECORD, now_s: float = 0.0) -> HelloSending:
    return HelloSending(ends[0], record, now_s)


def taken(taking: HelloTaking, sender: HelloSending | None = None) -> Hello:
    """Wait for the hello."""
    found: list[Hello] = []

    def step() -> bool:
        if sender is not None:
            assert sender.service(0.0) is None
        hello = taking.service(0.0)
        if hello is not None:
            found.append(hello)
        return bool(found)

    wait_until(step)
    return found[0]


def answered(sender: HelloSending, taking: HelloTaking) -> HelloAnswer:
    """Wait for the answer."""
    found: list[HelloAnswer] = []

    def step() -> bool:
        if not taking.is_over:
            assert taking.service(0.0) is None
        answer = sender.service(0.0)
        if answer is not None:
            found.append(answer)
        return bool(found)

    wait_until(step)
    return found[0]


def end_of(exchange: HelloSending | HelloTaking, now_s: float = 0.0) -> LinkClosed:
    """Wait for the end; neither a hello nor an answer may come before."""
    ends: list[LinkClosed] = []

    def step() -> bool:
        try:
            assert exchange.service(now_s) is None
        except LinkClosed as closed:
            ends.append(closed)
        return bool(ends)

    wait_until(step)
    return ends[0]


@pytest.mark.parametrize("answer", list(HelloAnswer))
def test_a_hello_is_taken_once_and_its_answer_is_heard(ends: Ends, answer: HelloAnswer) -> None:
    sender, taking = sending(ends), HelloTaking(ends[1])
    assert taken(taking, sender) == HELLO
    assert taking.peer == "anna"
    # Until it is stored nothing is said, and the record is not given again.
    assert taking.service(0.0) is None
    assert sender.service(0.0) is None
    assert not taking.is_over
    taking.answer(answer)
    assert answered(sender, taking) is answer
    assert taking.is_over


def test_a_hello_that_comes_byte_by_byte_is_one(ends: Ends) -> None:
    raw, listener = ends
    taking = HelloTaking(listener)
    for byte in RECORD[:-1]:
        write_all(raw, bytes([byte]))
        assert taking.service(0.0) is None
    write_all(raw, RECORD[-1:])
    assert taken(taking) == HELLO


@pytest.mark.parametrize(
    "record",
    [
        bytes(HELLO_BYTES),
        b"GET / HTTP/1.1\r\n".ljust(HELLO_BYTES),
        RECORD[:-1] + b"\1",
        b"\xff" * HELLO_BYTES,
    ],
)
def test_what_is_no_hello_is_said_once_and_can_be_answered(ends: Ends, record: bytes) -> None:
    sender, taking = sending(ends, record), HelloTaking(ends[1])
    with pytest.raises(WireError):
        taken(taking, sender)
    assert taking.service(0.0) is None
    taking.answer(HelloAnswer.MALFORMED)
    assert answered(sender, taking) is HelloAnswer.MALFORMED


def test_a_hello_that_is_too_short_is_an_end(ends: Ends) -> None:
    raw, listener = ends
    taking = HelloTaking(listener)
    write_all(raw, RECORD[:-1])
    raw.close()
    assert end_of(taking).end is LinkEnd.ENDED


def test_what_follows_a_hello_is_not_read_and_wakes_nobody(ends: Ends) -> None:
    raw, listener = ends
    taking = HelloTaking(listener)
    assert taking.wait() == (listener.fileno(), True, False)
    write_all(raw, RECORD + RECORD)
    assert taken(taking) == HELLO
    assert taking.wait() == (listener.fileno(), False, False)
    for _ in range(3):
        assert taking.service(0.0) is None
    taking.answer(HelloAnswer.OK)
    assert taking.is_over


def test_whoever_trickles_a_hello_meets_the_deadline(ends: Ends) -> None:
    raw, listener = ends
    listener.deadline_s = 20.0
    taking = HelloTaking(listener)
    for at_s in range(20):
        write_all(raw, RECORD[at_s : at_s + 1])
        assert taking.service(float(at_s)) is None
        assert taking.deadline_s == 20.0
    assert end_of(taking, 20.0).end is LinkEnd.DEADLINE


def test_whoever_never_stores_it_meets_the_deadline_too(ends: Ends) -> None:
    ends[1].deadline_s = 20.0
    sender, taking = sending(ends, now_s=5.0), HelloTaking(ends[1])
    taken(taking, sender)
    assert end_of(taking, 20.0).end is LinkEnd.DEADLINE
    assert sender.deadline_s == 5.0 + HELLO_DEADLINE_S
    assert end_of(sender, 5.0 + HELLO_DEADLINE_S).end is LinkEnd.DEADLINE


def test_the_time_to_reach_the_peer_is_not_the_time_to_talk(ends: Ends) -> None:
    ends[0].deadline_s = 20.0
    assert sending(ends, now_s=19.0).service(25.0) is None


def test_whoever_trickles_an_answer_meets_the_deadline(ends: Ends) -> None:
    sender = sending(ends)
    answer = encode_hello_answer(HelloAnswer.OK)
    for at_s, byte in enumerate(answer[:-1]):
        write_all(ends[1], bytes([byte]))
        assert sender.service(float(at_s)) is None
    assert read_exactly(ends[1], HELLO_BYTES) == RECORD
    assert end_of(sender, HELLO_DEADLINE_S).end is LinkEnd.DEADLINE


@pytest.mark.parametrize(
    "answer",
    [bytes(16), b"HTTP/1.1 400 Bad", encode_hello_answer(HelloAnswer.OK)[:-1] + b"\1"],
)
def test_what_is_no_answer_is_an_end(ends: Ends, answer: bytes) -> None:
    sender = sending(ends)
    write_all(ends[1], answer)
    closed = end_of(sender)
    assert closed.end is LinkEnd.PROTOCOL
    assert closed.reason.startswith("its answer is none: ")


def test_an_answer_that_is_too_short_is_an_end(ends: Ends) -> None:
    sender = sending(ends)
    assert sender.service(0.0) is None
    read_exactly(ends[1], HELLO_BYTES)
    write_all(ends[1], encode_hello_answer(HelloAnswer.OK)[:-1])
    ends[1].close()
    assert end_of(sender).end is LinkEnd.ENDED


def test_an_answer_nobody_waits_for_any_more_is_an_end(ends: Ends) -> None:
    sender, taking = sending(ends), HelloTaking(ends[1])
    taken(taking, sender)
    sender.close()
    sender.close()
    # The goodbye is found by the write or by the next look, never as an answer that arrived.
    with pytest.raises(LinkClosed):
        for _ in range(1000):
            taking.answer(HelloAnswer.OK)


def test_a_hello_that_stops_is_said_with_how_much_of_it_came(ends: Ends) -> None:
    raw, listener = ends
    taking = HelloTaking(listener)
    write_all(raw, RECORD[:100])
    raw.close()
    closed = end_of(taking)
    assert closed.end is LinkEnd.ENDED
    assert closed.reason.startswith("its hello stopped after 100 of 512 bytes: ")
