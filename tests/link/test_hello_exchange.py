"""The hello exchange from both sides, and every way in which it may fail."""

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
from netrelay.link.hello_exchange import HelloReceiver, HelloSender
from netrelay.link.link_closed import CloseCause, LinkClosed
from tests.link.linked import wait_until, write_all
from tests.link.pair import read_exactly

Ends = tuple[Connection, Connection]

HELLO = Hello(MessageType.HELLO, b"epoch of", 7, 1 << 20, 7411, (7412,), ("192.0.2.7",))
RECORD = encode_hello(HELLO)


def sender_over(ends: Ends, record: bytes = RECORD, now_s: float = 0.0) -> HelloSender:
    return HelloSender(ends[0], record, now_s)


def received_hello(receiver: HelloReceiver, sender: HelloSender | None = None) -> Hello:
    """Wait for the hello."""
    found: list[Hello] = []

    def step() -> bool:
        if sender is not None:
            assert sender.service(0.0) is None
        hello = receiver.service(0.0)
        if hello is not None:
            found.append(hello)
        return bool(found)

    wait_until(step)
    return found[0]


def received_answer(sender: HelloSender, receiver: HelloReceiver) -> HelloAnswer:
    """Wait for the answer."""
    found: list[HelloAnswer] = []

    def step() -> bool:
        if not receiver.is_answered:
            assert receiver.service(0.0) is None
        answer = sender.service(0.0)
        if answer is not None:
            found.append(answer)
        return bool(found)

    wait_until(step)
    return found[0]


def close_of(exchange: HelloSender | HelloReceiver, now_s: float = 0.0) -> LinkClosed:
    """Wait for the close, before which neither a hello nor an answer may be returned."""
    closes: list[LinkClosed] = []

    def step() -> bool:
        try:
            assert exchange.service(now_s) is None
        except LinkClosed as closed:
            closes.append(closed)
        return bool(closes)

    wait_until(step)
    return closes[0]


@pytest.mark.parametrize("answer", list(HelloAnswer))
def test_a_hello_is_returned_once_and_its_answer_arrives(ends: Ends, answer: HelloAnswer) -> None:
    sender, receiver = sender_over(ends), HelloReceiver(ends[1])
    assert received_hello(receiver, sender) == HELLO
    assert receiver.peer == "anna"
    # No answer is sent before the caller gives one, and the hello is not returned again.
    assert receiver.service(0.0) is None
    assert sender.service(0.0) is None
    assert not receiver.is_answered
    receiver.answer(answer)
    assert received_answer(sender, receiver) is answer
    assert receiver.is_answered


def test_a_hello_that_comes_byte_by_byte_is_one(ends: Ends) -> None:
    raw, listener = ends
    receiver = HelloReceiver(listener)
    for byte in RECORD[:-1]:
        write_all(raw, bytes([byte]))
        assert receiver.service(0.0) is None
    write_all(raw, RECORD[-1:])
    assert received_hello(receiver) == HELLO


@pytest.mark.parametrize(
    "record",
    [
        bytes(HELLO_BYTES),
        b"GET / HTTP/1.1\r\n".ljust(HELLO_BYTES),
        RECORD[:-1] + b"\1",
        b"\xff" * HELLO_BYTES,
    ],
)
def test_a_malformed_hello_is_raised_once_and_can_be_answered(ends: Ends, record: bytes) -> None:
    sender, receiver = sender_over(ends, record), HelloReceiver(ends[1])
    with pytest.raises(WireError):
        received_hello(receiver, sender)
    assert receiver.service(0.0) is None
    receiver.answer(HelloAnswer.MALFORMED)
    assert received_answer(sender, receiver) is HelloAnswer.MALFORMED


def test_an_incomplete_hello_is_a_close(ends: Ends) -> None:
    raw, listener = ends
    receiver = HelloReceiver(listener)
    write_all(raw, RECORD[:-1])
    raw.close()
    assert close_of(receiver).cause is CloseCause.CLOSE_NOTIFY


def test_bytes_after_a_hello_are_neither_read_nor_polled_for(ends: Ends) -> None:
    raw, listener = ends
    receiver = HelloReceiver(listener)
    assert receiver.interest() == (listener.fileno(), True, False)
    write_all(raw, RECORD + RECORD)
    assert received_hello(receiver) == HELLO
    assert receiver.interest() == (listener.fileno(), False, False)
    for _ in range(3):
        assert receiver.service(0.0) is None
    receiver.answer(HelloAnswer.OK)
    assert receiver.is_answered


def test_a_hello_sent_byte_by_byte_must_be_complete_at_the_deadline(ends: Ends) -> None:
    raw, listener = ends
    listener.deadline_s = 20.0
    receiver = HelloReceiver(listener)
    for at_s in range(20):
        write_all(raw, RECORD[at_s : at_s + 1])
        assert receiver.service(float(at_s)) is None
        assert receiver.deadline_s == 20.0
    assert close_of(receiver, 20.0).cause is CloseCause.DEADLINE


def test_a_listener_that_never_answers_is_closed_at_the_deadline(ends: Ends) -> None:
    ends[1].deadline_s = 20.0
    sender, receiver = sender_over(ends, now_s=5.0), HelloReceiver(ends[1])
    received_hello(receiver, sender)
    assert close_of(receiver, 20.0).cause is CloseCause.DEADLINE
    assert sender.deadline_s == 5.0 + HELLO_DEADLINE_S
    assert close_of(sender, 5.0 + HELLO_DEADLINE_S).cause is CloseCause.DEADLINE


def test_the_deadline_of_dialling_does_not_apply_to_the_exchange(ends: Ends) -> None:
    ends[0].deadline_s = 20.0
    assert sender_over(ends, now_s=19.0).service(25.0) is None


def test_an_answer_sent_byte_by_byte_must_be_complete_at_the_deadline(ends: Ends) -> None:
    sender = sender_over(ends)
    answer = encode_hello_answer(HelloAnswer.OK)
    for at_s, byte in enumerate(answer[:-1]):
        write_all(ends[1], bytes([byte]))
        assert sender.service(float(at_s)) is None
    assert read_exactly(ends[1], HELLO_BYTES) == RECORD
    assert close_of(sender, HELLO_DEADLINE_S).cause is CloseCause.DEADLINE


@pytest.mark.parametrize(
    "answer",
    [bytes(16), b"HTTP/1.1 400 Bad", encode_hello_answer(HelloAnswer.OK)[:-1] + b"\1"],
)
def test_a_malformed_answer_is_a_close(ends: Ends, answer: bytes) -> None:
    sender = sender_over(ends)
    write_all(ends[1], answer)
    closed = close_of(sender)
    assert closed.cause is CloseCause.PROTOCOL
    assert closed.reason.startswith("its answer is none: ")


def test_an_incomplete_answer_is_a_close(ends: Ends) -> None:
    sender = sender_over(ends)
    assert sender.service(0.0) is None
    read_exactly(ends[1], HELLO_BYTES)
    write_all(ends[1], encode_hello_answer(HelloAnswer.OK)[:-1])
    ends[1].close()
    assert close_of(sender).cause is CloseCause.CLOSE_NOTIFY


def test_an_answer_to_a_closed_connection_is_a_close(ends: Ends) -> None:
    sender, receiver = sender_over(ends), HelloReceiver(ends[1])
    received_hello(receiver, sender)
    sender.close()
    sender.close()
    # The write or the next read reports close_notify; the answer never counts as delivered.
    with pytest.raises(LinkClosed):
        for _ in range(1000):
            receiver.answer(HelloAnswer.OK)


def test_the_reason_for_an_incomplete_hello_names_its_length(ends: Ends) -> None:
    raw, listener = ends
    receiver = HelloReceiver(listener)
    write_all(raw, RECORD[:100])
    raw.close()
    closed = close_of(receiver)
    assert closed.cause is CloseCause.CLOSE_NOTIFY
    assert closed.reason.startswith("its hello stopped after 100 of 512 bytes: ")


def test_the_reply_comes_back_on_the_connection_of_the_hello(ends: Ends) -> None:
    sender, receiver = sender_over(ends), HelloReceiver(ends[1])
    received_hello(receiver, sender)
    receiver.answer(HelloAnswer.OK)
    assert received_answer(sender, receiver) is HelloAnswer.OK
    reply = HELLO._replace(
        type=MessageType.HELLO_REPLY, agreed_size_bytes=1 << 20, echoed_epoch=HELLO.epoch
    )
    back, waiting = receiver.turn(encode_hello(reply), 0.0), sender.turn()
    assert received_hello(waiting, back) == reply
    waiting.answer(HelloAnswer.OK)
    assert received_answer(back, waiting) is HelloAnswer.OK
    with pytest.raises(LinkClosed) as raised:
        waiting.service(HELLO_DEADLINE_S + 1)
    assert raised.value.cause is CloseCause.DEADLINE, "no longer than a hello may take"
