"""MESSAGES frames: written in place by the sender, read in place by the receiver.

    frame header (8)
    +-------+-----+------------------------------------------+-------------
    | count |  0  |              message 0                   | message 1 ...
    |  u16  | u16 |                                          |
    +-------+-----+------------------------------------------+-------------
                  +------------+------------+----------+------------+-----+------+
                  | end-to-end | hop length | body     | end-to-end | hop | body |
                  | length u16 |    u16     | length   | header     |     |      |
                  |            |            |   u32    |            |     |      |
                  +------------+------------+----------+------------+-----+------+

Bodies are never copied: the cipher writes them into the frame and reads them out of it.
"""

from struct import Struct
from typing import Final

from netrelay.core.frames import (
    FRAME_HEADER_BYTES,
    MESSAGES_MAX,
    FrameKind,
    encode_frame_header,
)
from netrelay.core.header import END_TO_END_MAX_BYTES, HOP_BYTES
from netrelay.core.msgpack_array import malformed
from netrelay.core.segments import frame_limit_bytes

_COUNT: Final = Struct(">HH")
_LENGTHS: Final = Struct(">HHI")
MESSAGE_OVERHEAD_BYTES: Final = _LENGTHS.size + HOP_BYTES

_FIRST_MESSAGE: Final = FRAME_HEADER_BYTES + _COUNT.size


def messages_frame_limit_bytes(message_size_bytes: int) -> int:
    """Return the size of the largest MESSAGES frame, header included: what a slot has to hold."""
    return FRAME_HEADER_BYTES + frame_limit_bytes(message_size_bytes)


class MessagesWriter:
    """Writes one complete MESSAGES frame, header included, at the start of a view.

    For each message: `reserve`, fill the view it returns, then `finish_message` with the hop
    header, or `drop_message`. Call `finish` last. Only one message may be reserved at a time.
    """

    __slots__ = ("_at", "_body_at", "_end", "_hop_at", "_limit", "_view", "count")

    def __init__(self, view: memoryview, message_size_bytes: int) -> None:
        self._view = view
        self._limit = min(len(view), messages_frame_limit_bytes(message_size_bytes))
        self._at = _FIRST_MESSAGE
        self._hop_at = self._body_at = self._end = 0
        self.count = 0

    @property
    def length_bytes(self) -> int:
        """Length of the frame so far, header included."""
        return self._at

    def has_room(self, end_to_end_bytes: int, body_bytes: int) -> bool:
        """Return True when a message of these lengths can be reserved next."""
        return (
            self.count < MESSAGES_MAX
            and self._at + MESSAGE_OVERHEAD_BYTES + end_to_end_bytes + body_bytes <= self._limit
        )

    def reserve(self, end_to_end: bytes, body_bytes: int) -> memoryview:
        """Return a view of the body of one more message; the caller fills all of it.

        Raise ValueError when the message does not fit (see `has_room`) or another one is still
        reserved.
        """
        if self._end:
            raise ValueError("the message before was neither finished nor dropped")
        size = len(end_to_end)
        if not 0 < size <= END_TO_END_MAX_BYTES or body_bytes <= 0:
            raise ValueError(f"end-to-end header of {size} bytes with a body of {body_bytes}")
        if not self.has_room(size, body_bytes):
            raise ValueError(
                f"no room for a body of {body_bytes} bytes after {self.count} messages"
            )
        at = self._at
        _LENGTHS.pack_into(self._view, at, size, HOP_BYTES, body_bytes)
        at += _LENGTHS.size
        self._hop_at = at + size
        self._view[at : self._hop_at] = end_to_end
        self._body_at = self._hop_at + HOP_BYTES
        self._end = self._body_at + body_bytes
        return self._view[self._body_at : self._end]

    def finish_message(self, hop: bytes) -> int:
        """Add the reserved message, its body now written; return its position, from 0."""
        if not self._end or len(hop) != HOP_BYTES:
            raise ValueError(f"hop header of {len(hop)} bytes, or no message was reserved")
        self._view[self._hop_at : self._body_at] = hop
        self._at = self._end
        self._end = 0
        self.count += 1
        return self.count - 1

    def drop_message(self) -> None:
        """Discard the reserved message."""
        self._end = 0

    def finish(self) -> int:
        """Write the header; return the length of the frame. Raise ValueError for an empty one."""
        if self._end or not self.count:
            raise ValueError("a frame needs at least one message, and none left open")
        self._view[:FRAME_HEADER_BYTES] = encode_frame_header(
            FrameKind.MESSAGES, self._at - FRAME_HEADER_BYTES
        )
        _COUNT.pack_into(self._view, FRAME_HEADER_BYTES, self.count, 0)
        return self._at


def message_count(frame: memoryview) -> int:
    """Return how many messages a complete frame of this node says it holds, header included."""
    return int.from_bytes(frame[FRAME_HEADER_BYTES : FRAME_HEADER_BYTES + 2])


def read_messages(payload: memoryview) -> list[tuple[memoryview, memoryview, memoryview]]:
    """Return the (end-to-end header, hop header, body) of every message, as views of the payload.

    The headers are not decoded. Raise WireError MALFORMED unless all lengths add up exactly; then
    reject the whole frame.
    """
    size = len(payload)
    if size < _COUNT.size:
        raise malformed(f"MESSAGES of {size} bytes is too short for its count")
    count, zero = _COUNT.unpack_from(payload)
    if not 0 < count <= MESSAGES_MAX or zero:
        raise malformed(f"MESSAGES says it holds {count}, must be 1 to {MESSAGES_MAX}")
    messages = []
    at = _COUNT.size
    for index in range(count):
        if size - at < _LENGTHS.size:
            raise malformed(f"MESSAGES ends before message {index} of {count}")
        end_to_end_bytes, hop_bytes, body_bytes = _LENGTHS.unpack_from(payload, at)
        at += _LENGTHS.size
        hop_at = at + end_to_end_bytes
        body_at = hop_at + hop_bytes
        end = body_at + body_bytes
        if (
            not 0 < end_to_end_bytes <= END_TO_END_MAX_BYTES
            or hop_bytes != HOP_BYTES
            or not body_bytes
            or end > size
        ):
            raise malformed(
                f"message {index} has lengths {end_to_end_bytes}, {hop_bytes}, {body_bytes} "
                f"with {size - at} bytes left in the frame"
            )
        messages.append((payload[at:hop_at], payload[hop_at:body_at], payload[body_at:end]))
        at = end
    if at != size:
        raise malformed(f"MESSAGES has {size - at} bytes after its last message")
    return messages
