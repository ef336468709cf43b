"""Streams: two ends without a line in between."""

import random

import pytest

from netrelay.core.serial.line_streams import (
    CREDIT_BYTES,
    QUEUED_BYTES,
    STREAMS_EACH,
    LinePort,
    LineStreams,
    LineViolationError,
    StreamBytes,
    StreamEnded,
    StreamEvent,
    StreamOpened,
)


class Pair:
    def __init__(self) -> None:
        self.even = LineStreams(has_odd_numbers=False)
        self.odd = LineStreams(has_odd_numbers=True)

    def carry(
        self, sender: LineStreams, receiver: LineStreams, limit: int = 10_000
    ) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for _ in range(limit):
            words = sender.next_words()
            if not words:
                break
            events += receiver.hear(words)
        return events

    def settle(self) -> None:
        while self.even.has_words or self.odd.has_words:
            self.carry(self.even, self.odd)
            self.carry(self.odd, self.even)


def opened() -> tuple[Pair, int]:
    pair = Pair()
    number = pair.even.open(LinePort.DATA)
    assert number == 0
    assert pair.carry(pair.even, pair.odd) == [StreamOpened(0, LinePort.DATA)]
    return pair, number


def test_bytes_and_the_end_arrive_in_order() -> None:
    pair, number = opened()
    pair.even.send(number, b"a" * 1500)
    pair.even.end(number)
    assert pair.carry(pair.even, pair.odd) == [
        StreamBytes(0, b"a" * 1024),
        StreamBytes(0, b"a" * 476),
        StreamEnded(0, is_reset=False),
    ]
    assert pair.even.room_bytes(number) == 0
    pair.odd.send(number, b"answer")
    pair.odd.end(number)
    assert pair.carry(pair.odd, pair.even) == [
        StreamBytes(0, b"answer"),
        StreamEnded(0, is_reset=False),
    ]
    assert pair.even._streams == pair.odd._streams == {}


def test_a_number_is_used_again_only_when_its_last_word_has_come() -> None:
    pair, number = opened()
    for _ in range(STREAMS_EACH - 1):
        assert pair.even.open(LinePort.DATA) is not None
    assert pair.even.open(LinePort.DATA) is None
    pair.even.reset(number)
    assert pair.even.open(LinePort.DATA) is None
    pair.settle()
    assert pair.even.open(LinePort.DATA) == number


def test_a_stream_that_is_not_read_holds_back_itself_alone() -> None:
    pair, slow = opened()
    other = pair.even.open(LinePort.DATA)
    assert other is not None
    sent = 0
    for _ in range(100):
        count = pair.even.room_bytes(slow)
        pair.even.send(slow, bytes(count))
        sent += count
        pair.settle()
    assert sent == CREDIT_BYTES + QUEUED_BYTES
    pair.even.send(other, b"through")
    assert pair.carry(pair.even, pair.odd) == [StreamBytes(other, b"through")]
    pair.odd.consumed(slow, CREDIT_BYTES)
    pair.settle()
    assert pair.even.room_bytes(slow) == QUEUED_BYTES


def test_greetings_go_before_data_and_data_by_turns() -> None:
    pair, first = opened()
    second, greeting = pair.even.open(LinePort.DATA), pair.even.open(LinePort.COMMS)
    assert second is not None
    assert greeting is not None
    pair.carry(pair.even, pair.odd)
    for number in (first, second, greeting):
        pair.even.send(number, bytes(2048))
    order = [each.number for each in pair.carry(pair.even, pair.odd)]
    assert order == [greeting, greeting, first, second, first, second]


def test_a_reset_drops_what_is_queued_and_is_answered() -> None:
    pair, number = opened()
    pair.even.send(number, bytes(100))
    pair.odd.send(number, b"on its way")
    pair.even.reset(number)
    assert pair.carry(pair.even, pair.odd) == [StreamEnded(0, is_reset=True)]
    assert pair.carry(pair.odd, pair.even) == []
    assert pair.even._streams == pair.odd._streams == {}


def test_words_may_be_cut_anywhere() -> None:
    pair, number = opened()
    pair.even.send(number, bytes(range(256)))
    pair.even.end(number)
    line = b"".join(iter(pair.even.next_words, b""))
    events: list[StreamEvent] = []
    for at in range(len(line)):
        events += pair.odd.hear(line[at : at + 1])
    found = b"".join(each.data for each in events if isinstance(each, StreamBytes))
    assert found == bytes(range(256))
    assert events[-1] == StreamEnded(0, is_reset=False)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (b"\x00", "word 0x0 is none"),
        (b"\x70", "word 0x70 is none"),
        (b"\x11\x02", "not its to open"),
        (b"\x10\x03", "for port 3"),
        (b"\x22\x00\x01x", "DATA of stream 2, which is not open"),
        (b"\x42", "END of stream 2, which is not open"),
        (b"\x31\x00\x01", "CREDIT of stream 1, which is not open"),
        (b"\x10\x02\x10\x02", "not its to open"),
        (b"\x10\x02\x20\x00\x00", "without credit"),
        (b"\x10\x02\x20\x40\x01", "without credit"),
        (b"\x10\x02\x30\x00\x01", "too much credit"),
        (b"\x10\x02\x40\x40", "after its end"),
        (b"\x10\x02\x60", "which has not ended"),
    ],
)
def test_what_no_side_may_say_is_refused(words: bytes, why: str) -> None:
    with pytest.raises(LineViolationError, match=why):
        LineStreams(has_odd_numbers=True).hear(words)


def test_the_last_credit_of_an_opener_is_ignored() -> None:
    assert LineStreams(has_odd_numbers=True).hear(b"\x30\x00\x01") == []


def test_who_opens_and_resets_for_ever_is_refused() -> None:
    streams = LineStreams(has_odd_numbers=True)
    with pytest.raises(LineViolationError, match="faster"):
        for _ in range(1000):
            streams.hear(b"\x10\x02\x50")


def test_any_words_are_events_or_refused_and_keep_no_more_than_the_credit() -> None:
    made = random.Random(5)
    for _ in range(2000):
        streams = LineStreams(has_odd_numbers=True)
        try:
            for _ in range(20):
                first = made.choice([0x10, 0x20, 0x30, 0x40, 0x50, 0x60]) | made.randrange(0, 4)
                streams.hear(bytes([first]) + made.randbytes(made.randrange(5)))
                assert len(streams._kept) < 3
        except LineViolationError:
            pass  # the session has ended
        assert len(streams._words) <= 256
