"""Byte streams that share a serial line, as TCP connections share a network: open, data, end.

Each begins with a credit of CREDIT_BYTES in both directions, and gets more as its reader takes what
has come: one that is not read holds back no other. Its opener numbers it, with even or odd numbers.
Each side ends a stream once, by END or RESET. When both have, the side that was asked for it says
FREED, which is its last word about that number.
"""

import struct
from collections import deque
from enum import IntEnum
from typing import Final, NamedTuple

CREDIT_BYTES: Final = 16 * 1024
"""Bytes of one stream that may be on their way to its reader, in one direction."""
STREAMS_EACH: Final = 8
"""Streams that one side may have open."""
QUEUED_BYTES: Final = 4096
"""Bytes of one stream that wait here for the line."""
_SEGMENT_BYTES: Final = 1024
# Each of 16 streams has a few words that wait; more come of a side that does not wait for FREED.
_WORDS_MOST: Final = 256
_NUMBER_BITS: Final = 4
_LENGTH: Final = struct.Struct(">H")


class LineViolationError(ValueError):
    """The other side has said what no side may say; the session begins anew."""


class LinePort(IntEnum):
    """The port at which a stream arrives: for greetings, or for data."""

    COMMS = 1
    DATA = 2


class StreamWord(IntEnum):
    """Word about a stream, the high four bits of a byte; the number is in the low ones."""

    OPEN = 1  # and a port
    DATA = 2  # and a length of 16 bits, and so many bytes
    CREDIT = 3  # and 16 bits: so many more bytes may be sent
    END = 4
    RESET = 5
    FREED = 6


_ARGUMENT_BYTES: Final = {
    StreamWord.OPEN: 1,
    StreamWord.DATA: _LENGTH.size,
    StreamWord.CREDIT: _LENGTH.size,
}


class StreamOpened(NamedTuple):
    """The other side has opened a stream."""

    number: int
    port: LinePort


class StreamBytes(NamedTuple):
    """Bytes of a stream have come; `consumed` grants more."""

    number: int
    data: bytes


class StreamEnded(NamedTuple):
    """No more bytes of a stream come; is_reset: nor are any taken, it is over."""

    number: int
    is_reset: bool


StreamEvent = StreamOpened | StreamBytes | StreamEnded


class _Stream:
    def __init__(self, port: LinePort, *, is_own: bool) -> None:
        self.port = port
        self.is_own = is_own
        self.queue = bytearray()
        self.credit_bytes = CREDIT_BYTES
        self.expected_bytes = CREDIT_BYTES
        self.ungranted_bytes = 0
        self.is_ending = False  # END follows the queue
        self.has_ended = False  # END or RESET of this side is said
        self.is_over = False  # END or RESET of the other side has come

    @property
    def is_sendable(self) -> bool:
        return bool(self.queue) and self.credit_bytes > 0


class LineStreams:
    """All streams of one session."""

    def __init__(self, *, has_odd_numbers: bool) -> None:
        self._parity = int(has_odd_numbers)
        self._streams: dict[int, _Stream] = {}
        self._words: deque[bytes] = deque()
        self._order: deque[int] = deque()
        self._kept = bytearray()
        self._data_number = 0
        self._data_left = 0

    def open(self, port: LinePort) -> int | None:
        """Open a stream and return its number; None while STREAMS_EACH are open."""
        numbers = range(self._parity, 2 * STREAMS_EACH, 2)
        free = next((number for number in numbers if number not in self._streams), None)
        if free is not None:
            self._begin(free, _Stream(port, is_own=True))
            self._say(StreamWord.OPEN, free, bytes([port]))
        return free

    def room_bytes(self, number: int) -> int:
        """Return how many bytes `send` takes now."""
        stream = self._streams.get(number)
        if stream is None or stream.is_ending or stream.has_ended:
            return 0
        return QUEUED_BYTES - len(stream.queue)

    def send(self, number: int, data: bytes) -> None:
        """Queue bytes, at most `room_bytes`."""
        self._streams[number].queue += data

    def end(self, number: int) -> None:
        """Send no more after what is queued; what comes is still read."""
        stream = self._streams.get(number)
        if stream is not None and not stream.has_ended:
            stream.is_ending = True
            self._end_if_empty(number, stream)

    def reset(self, number: int) -> None:
        """Drop a stream: what is queued is not sent. After its `end` it is read to nowhere."""
        stream = self._streams.get(number)
        if stream is not None and not stream.has_ended:
            stream.queue.clear()
            self._finish(number, stream, StreamWord.RESET)

    def consumed(self, number: int, count_bytes: int) -> None:
        """Note that the reader of a stream has taken bytes: so many more may come."""
        stream = self._streams.get(number)
        if stream is None or stream.is_over:
            return
        stream.ungranted_bytes += count_bytes
        if stream.ungranted_bytes >= CREDIT_BYTES // 2:
            self._say(StreamWord.CREDIT, number, _LENGTH.pack(stream.ungranted_bytes))
            stream.expected_bytes += stream.ungranted_bytes
            stream.ungranted_bytes = 0

    @property
    def has_words(self) -> bool:
        """True if `next_words` returns something."""
        return bool(self._words) or any(each.is_sendable for each in self._streams.values())

    def next_words(self) -> bytes:
        """Return what goes on the line next, about a kilobyte at most; empty: nothing.

        Words before data, greetings before other data, and those by turns.
        """
        if self._words:
            return self._words.popleft()
        sendable = [number for number in self._order if self._streams[number].is_sendable]
        if not sendable:
            return b""
        number = min(sendable, key=lambda each: self._streams[each].port)
        self._order.remove(number)
        self._order.append(number)
        stream = self._streams[number]
        count = min(len(stream.queue), stream.credit_bytes, _SEGMENT_BYTES)
        data = bytes(stream.queue[:count])
        del stream.queue[:count]
        stream.credit_bytes -= count
        self._end_if_empty(number, stream)
        return _word(StreamWord.DATA, number, _LENGTH.pack(count) + data)

    def hear(self, data: bytes) -> list[StreamEvent]:
        """Return what ordered bytes of the other side say; LineViolationError for what none may."""
        events: list[StreamEvent] = []
        self._kept += data
        while self._kept:
            if self._data_left:
                events += self._hear_data()
                continue
            try:
                word = StreamWord(self._kept[0] >> _NUMBER_BITS)
            except ValueError:
                raise LineViolationError(f"word {self._kept[0]:#x} is none") from None
            needed = 1 + _ARGUMENT_BYTES.get(word, 0)
            if len(self._kept) < needed:
                break
            number, argument = self._kept[0] & 0xF, bytes(self._kept[1:needed])
            del self._kept[:needed]
            events += self._hear_word(word, number, int.from_bytes(argument, "big"))
        return events

    def _hear_data(self) -> list[StreamEvent]:
        data = bytes(self._kept[: self._data_left])
        del self._kept[: len(data)]
        self._data_left -= len(data)
        stream = self._streams[self._data_number]
        # After RESET of this side nobody reads it.
        if stream.has_ended and not stream.is_ending:
            return []
        return [StreamBytes(self._data_number, data)]

    def _hear_word(self, word: StreamWord, number: int, value: int) -> list[StreamEvent]:
        stream = self._streams.get(number)
        if word is StreamWord.OPEN:
            return [self._hear_open(number, value)]
        if stream is None:
            # The last word of its opener about a stream that has ended on both sides.
            if word is StreamWord.CREDIT and number % 2 != self._parity:
                return []
            raise LineViolationError(f"{word.name} of stream {number}, which is not open")
        if word is StreamWord.FREED:
            if not (stream.is_own and stream.has_ended and stream.is_over):
                raise LineViolationError(f"FREED of stream {number}, which has not ended")
            self._forget(number)
            return []
        if word is StreamWord.CREDIT:
            stream.credit_bytes += value
            if stream.credit_bytes > CREDIT_BYTES:
                raise LineViolationError(f"too much credit for stream {number}")
            return []
        if stream.is_over:
            raise LineViolationError(f"{word.name} of stream {number} after its end")
        if word is StreamWord.DATA:
            if not 0 < value <= stream.expected_bytes:
                raise LineViolationError(f"{value} bytes of stream {number} without credit")
            stream.expected_bytes -= value
            self._data_number, self._data_left = number, value
            return []
        return self._hear_end(number, stream, is_reset=word is StreamWord.RESET)

    def _hear_open(self, number: int, port: int) -> StreamEvent:
        if number % 2 == self._parity or number in self._streams:
            raise LineViolationError(f"OPEN of stream {number}, which is not its to open")
        if port not in tuple(LinePort):
            raise LineViolationError(f"OPEN of stream {number} for port {port}")
        self._begin(number, _Stream(LinePort(port), is_own=False))
        return StreamOpened(number, LinePort(port))

    def _hear_end(self, number: int, stream: _Stream, *, is_reset: bool) -> list[StreamEvent]:
        was_reset = stream.has_ended and not stream.is_ending
        stream.is_over = True
        if is_reset and not stream.has_ended:
            stream.queue.clear()
            self._finish(number, stream, StreamWord.RESET)
        else:
            self._free_if_over(number, stream)
        return [] if was_reset else [StreamEnded(number, is_reset)]

    def _begin(self, number: int, stream: _Stream) -> None:
        self._streams[number] = stream
        self._order.append(number)

    def _end_if_empty(self, number: int, stream: _Stream) -> None:
        if stream.is_ending and not stream.queue and not stream.has_ended:
            self._finish(number, stream, StreamWord.END)

    def _finish(self, number: int, stream: _Stream, word: StreamWord) -> None:
        stream.has_ended = True
        stream.is_ending = word is StreamWord.END
        self._say(word, number)
        self._free_if_over(number, stream)

    def _free_if_over(self, number: int, stream: _Stream) -> None:
        if stream.has_ended and stream.is_over and not stream.is_own:
            self._say(StreamWord.FREED, number)
            self._forget(number)

    def _forget(self, number: int) -> None:
        del self._streams[number]
        self._order.remove(number)

    def _say(self, word: StreamWord, number: int, argument: bytes = b"") -> None:
        if len(self._words) >= _WORDS_MOST:
            raise LineViolationError("streams end and begin faster than that can be said")
        self._words.append(_word(word, number, argument))


def _word(word: StreamWord, number: int, argument: bytes) -> bytes:
    return bytes([word << _NUMBER_BITS | number]) + argument
