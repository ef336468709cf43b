"""Frames of a serial line: stuffed bytes between zero bytes, with a CRC-32 (docs/protocol.md).

    content, CRC-32 (4 bytes, big endian)   ->   COBS   ->   0 stuffed 0

Consistent overhead byte stuffing (Cheshire and Baker, 1997) leaves no zero inside a frame, and adds
one byte in 254. So one byte that is lost, added or damaged costs two frames at most, and both ends
find the next one by its zero. The CRC is that of IEEE 802.3, which zlib has. It starts with the
session numbers of both ends, which are not sent: a frame of an earlier session fails it.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

CONTENT_MAX_BYTES: Final = 1100
"""Most bytes between two zeros before stuffing, without the CRC."""
CRC_BYTES: Final = 4
DELIMITER: Final = b"\0"
_BLOCK_BYTES: Final = 254
_STUFFED_MAX_BYTES: Final = (
    CONTENT_MAX_BYTES + CRC_BYTES + (CONTENT_MAX_BYTES + CRC_BYTES) // _BLOCK_BYTES + 1
)
NO_SESSIONS: Final = 0
"""Start value of the CRC of a frame that belongs to no session."""


def sessions_start(sender: int, receiver: int) -> int:
    """Return what the CRC of a frame starts with, in a session of these two numbers."""
    return zlib.crc32(struct.pack(">II", sender, receiver))


def encode_frame(content: bytes, start: int) -> bytes:
    """Return the bytes on the line, without the zero before them; start: of `sessions_start`."""
    if not 0 < len(content) <= CONTENT_MAX_BYTES:
        raise ValueError(f"a frame of {len(content)} bytes, must be 1 to {CONTENT_MAX_BYTES}")
    return stuffed(content + struct.pack(">I", zlib.crc32(content, start))) + DELIMITER


def is_intact(unstuffed: bytes, start: int) -> bool:
    """Return whether the CRC behind a content is right in that session."""
    (claimed,) = struct.unpack_from(">I", unstuffed, len(unstuffed) - CRC_BYTES)
    return bool(zlib.crc32(unstuffed[:-CRC_BYTES], start) == claimed)


def stuffed(content: bytes) -> bytes:
    """Return the bytes without a zero that `unstuffed` turns back."""
    out = bytearray()
    for run in content.split(DELIMITER):
        at = 0
        while len(run) - at >= _BLOCK_BYTES:
            out.append(_BLOCK_BYTES + 1)
            out += run[at : at + _BLOCK_BYTES]
            at += _BLOCK_BYTES
        out.append(len(run) - at + 1)
        out += run[at:]
    return bytes(out)


def unstuffed(found: bytes) -> bytes | None:
    """Return the content of stuffed bytes, which hold no zero; None if they are none."""
    out = bytearray()
    at = 0
    while at < len(found):
        end = at + found[at]
        if end > len(found):
            return None
        out += found[at + 1 : end]
        if found[at] <= _BLOCK_BYTES and end < len(found):
            out.append(0)
        at = end
    return bytes(out)


class FrameSplitter:
    """Splits what comes from a line at its zeros; keeps less than one frame."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._is_overlong = False
        self.unreadable = 0
        """Pieces between two zeros that cannot be a frame."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield content with CRC, not compared yet, of each piece that has the form of a frame."""
        *ended, rest = data.split(DELIMITER)
        for piece in ended:
            self._add(piece)
            found = self._end()
            if found is not None:
                yield found
        self._add(rest)

    def _add(self, piece: bytes) -> None:
        self._is_overlong |= len(self._kept) + len(piece) > _STUFFED_MAX_BYTES
        if self._is_overlong:
            self._kept.clear()
        else:
            self._kept += piece

    def _end(self) -> bytes | None:
        found = None if self._is_overlong else unstuffed(bytes(self._kept))
        is_empty = not self._kept and not self._is_overlong
        self._kept.clear()
        self._is_overlong = False
        if found is not None and CRC_BYTES < len(found) <= CONTENT_MAX_BYTES + CRC_BYTES:
            return found
        self.unreadable += not is_empty
        return None
