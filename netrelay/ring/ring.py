"""The two ends of one ring of small records: one process appends, one other takes.

Neither end looks at the other's memory for a count. The writer learns what was consumed, and the
reader what was published, from packets on the bell; see layout.py for the bytes.
"""

from mmap import mmap
from zlib import crc32

from .layout import (
    PAYLOAD_LIMIT_BYTES,
    RECORD_BYTES,
    RECORD_HEADER,
    RING_HEADER_BYTES,
    RING_RECORDS,
)

_LOW_32_BITS = 0xFFFFFFFF
_pack_header = RECORD_HEADER.pack_into
_unpack_header = RECORD_HEADER.unpack_from
_RECORD_HEADER_BYTES = RECORD_HEADER.size


class RingDamaged(Exception):  # noqa: N818  (it says what happened)
    """What the other end published cannot be what it wrote: end this generation."""


class RingWriter:
    """The appending end of a ring; `appended` counts records since the generation began.

    Nothing is visible to the reader until `appended` has reached it over the bell.
    """

    __slots__ = ("_consumed", "_memory", "appended")

    def __init__(self, memory: mmap) -> None:
        self._memory = memory
        self._consumed = 0
        self.appended = 0

    def append(self, payload: bytes) -> bool:
        """Write one record; False, and nothing written, while the ring is full.

        Raises ValueError for a payload over PAYLOAD_LIMIT_BYTES, full or not.
        """
        length_bytes = len(payload)
        if length_bytes > PAYLOAD_LIMIT_BYTES:
            raise ValueError(
                f"record payload of {length_bytes} bytes: at most {PAYLOAD_LIMIT_BYTES} allowed"
            )
        sequence = self.appended
        if sequence - self._consumed >= RING_RECORDS:
            return False
        memory = self._memory
        start = RING_HEADER_BYTES + sequence % RING_RECORDS * RECORD_BYTES
        _pack_header(memory, start, sequence, length_bytes, crc32(payload, sequence & _LOW_32_BITS))
        start += _RECORD_HEADER_BYTES
        memory[start : start + length_bytes] = payload
        self.appended = sequence + 1
        return True

    def note_consumed(self, count: int) -> None:
        """Take the reader's word that `count` records are consumed, which makes room for more.

        Raises RingDamaged for a count that went back or is beyond what was appended.
        """
        if not self._consumed <= count <= self.appended:
            raise RingDamaged(
                f"consumed count {count}: must lie in {self._consumed}..{self.appended}"
            )
        self._consumed = count


class RingReader:
    """The taking end of a ring; `consumed` counts records since the generation began.

    The writer reuses a record's place only after `consumed` has reached it over the bell.
    """

    __slots__ = ("_memory", "_published", "consumed")

    def __init__(self, memory: mmap) -> None:
        self._memory = memory
        self._published = 0
        self.consumed = 0

    @property
    def waiting(self) -> int:
        """Records published and not yet taken."""
        return self._published - self.consumed

    def note_published(self, count: int) -> None:
        """Take the writer's word, as the bell brought it, that `count` records are published.

        Raises RingDamaged for a count that went back or is more than a ring holds.
        """
        if not self._published <= count <= self.consumed + RING_RECORDS:
            raise RingDamaged(
                f"published count {count}: must lie in "
                f"{self._published}..{self.consumed + RING_RECORDS}"
            )
        self._published = count

    def take(self, limit: int = RING_RECORDS) -> list[bytes]:
        """Copies of the next published payloads in order, at most `limit`; empty when none wait.

        Raises RingDamaged for a wrong sequence, length or checksum; then nothing was consumed.
        """
        memory = self._memory
        first = self.consumed
        end = min(self._published, first + limit)
        payloads = []
        for sequence in range(first, end):
            start = RING_HEADER_BYTES + sequence % RING_RECORDS * RECORD_BYTES
            written_sequence, length_bytes, checksum = _unpack_header(memory, start)
            if written_sequence != sequence:
                raise RingDamaged(f"record {sequence}: its place holds {written_sequence}")
            if length_bytes > PAYLOAD_LIMIT_BYTES:
                raise RingDamaged(
                    f"record {sequence}: length {length_bytes}, at most {PAYLOAD_LIMIT_BYTES}"
                )
            start += _RECORD_HEADER_BYTES
            payload = memory[start : start + length_bytes]
            # Of the copy: what was checked is what the caller gets, whatever the writer does now.
            if crc32(payload, sequence & _LOW_32_BITS) != checksum:
                raise RingDamaged(f"record {sequence}: its checksum is wrong")
            payloads.append(payload)
        # A limit below zero must not step back.
        self.consumed = max(first, end)
        return payloads
