"""The two endpoints of one ring: a single-producer, single-consumer queue of small records.

Neither endpoint reads a count from shared memory: the writer learns what was consumed, and the
reader what was published, from packets on the bell. layout.py has the format.
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


class RingDamaged(Exception):  # noqa: N818  (named after the event)
    """The other process published invalid data: the generation must end."""


class RingWriter:
    """The producer; `appended` counts records since the generation began.

    Records become visible to the reader when `appended` has reached it over the bell.
    """

    __slots__ = ("_consumed", "_memory", "appended")

    def __init__(self, memory: mmap) -> None:
        self._memory = memory
        self._consumed = 0
        self.appended = 0

    def append(self, payload: bytes) -> bool:
        """Write one record; return False, with nothing written, while the ring is full.

        Raise ValueError for a payload over PAYLOAD_LIMIT_BYTES, even when the ring is full.
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
        """Store the reader's count of consumed records, which frees their places.

        Raise RingDamaged for a count that decreased or exceeds what was appended.
        """
        if not self._consumed <= count <= self.appended:
            raise RingDamaged(
                f"consumed count {count}: must lie in {self._consumed}..{self.appended}"
            )
        self._consumed = count


class RingReader:
    """The consumer; `consumed` counts records since the generation began.

    The writer reuses the place of a record only after `consumed` has reached it over the bell.
    """

    __slots__ = ("_memory", "_published", "consumed")

    def __init__(self, memory: mmap) -> None:
        self._memory = memory
        self._published = 0
        self.consumed = 0

    @property
    def waiting(self) -> int:
        """Number of records published and not yet taken."""
        return self._published - self.consumed

    def note_published(self, count: int) -> None:
        """Store the writer's count of published records.

        Raise RingDamaged for a count that decreased or exceeds the capacity of the ring.
        """
        if not self._published <= count <= self.consumed + RING_RECORDS:
            raise RingDamaged(
                f"published count {count}: must lie in "
                f"{self._published}..{self.consumed + RING_RECORDS}"
            )
        self._published = count

    def take(self, limit: int = RING_RECORDS) -> list[bytes]:
        """Return copies of the next published payloads in order, at most `limit`.

        Raise RingDamaged, with nothing consumed, for a wrong sequence, length or checksum.
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
            # Checked on the copy, which the other process cannot change any more.
            if crc32(payload, sequence & _LOW_32_BITS) != checksum:
                raise RingDamaged(f"record {sequence}: its checksum is wrong")
            payloads.append(payload)
        # A negative limit must not decrease the count.
        self.consumed = max(first, end)
        return payloads
