"""Contents of the frames of a serial line (docs/protocol.md): HELLO, DATA and HAVE.

All numbers are big endian. The low four bits of the first byte are flags.
"""

import struct
from enum import IntEnum, IntFlag
from typing import Final, NamedTuple

from netrelay.core.serial.byte_ranges import ByteRange

LINE_VERSION: Final = 1
OFFSETS: Final = 1 << 16
"""Offsets on the line are counted modulo this number."""
WINDOW_BYTES: Final = 24 * 1024
"""Most bytes on their way: less than half of OFFSETS, so that an offset has one meaning."""
PIECE_MAX_BYTES: Final = 1024
"""Most bytes of the stream in one DATA frame."""
PIECE_MIN_BYTES: Final = 32
RANGES_MOST: Final = 16
_HELLO: Final = struct.Struct(">BBIIBB")
_DATA: Final = struct.Struct(">BH")
_RANGE: Final = struct.Struct(">HH")
DATA_HEADER_BYTES: Final = _DATA.size
_KIND_BITS: Final = 4


class LineKind(IntEnum):
    """Kind of a frame, the high four bits of its first byte."""

    HELLO = 1
    DATA = 2
    HAVE = 3


class LineFlag(IntFlag):
    """Flags of a frame."""

    NONE = 0
    OVER = 1  # half duplex: the turn is the other side's
    ASK = 2  # an answer is wanted at once
    ANSWER = 4  # made after the last ASK that has arrived


class LineHello(NamedTuple):
    """A HELLO: the session numbers of its sender, and of the other end as heard, 0 for none.

    airtime_percent: how much of an hour its sender may transmit.
    """

    session: int
    heard: int
    is_half_duplex: bool
    airtime_percent: int
    flags: LineFlag = LineFlag.NONE


class LineData(NamedTuple):
    """A DATA frame: bytes of the stream of this direction, from an offset modulo OFFSETS."""

    offset: int
    data: bytes
    flags: LineFlag = LineFlag.NONE


class LineHave(NamedTuple):
    """A HAVE: all bytes before `offset` have arrived, and those of the ranges, modulo OFFSETS."""

    offset: int
    ranges: tuple[ByteRange, ...] = ()
    flags: LineFlag = LineFlag.NONE


LineRecord = LineHello | LineData | LineHave


def encode_line_record(record: LineRecord) -> bytes:
    """Return the content of a frame."""
    match record:
        case LineHello(session, heard, is_half_duplex, percent, flags):
            first = _first(LineKind.HELLO, flags)
            return _HELLO.pack(first, LINE_VERSION, session, heard, int(is_half_duplex), percent)
        case LineData(offset, data, flags):
            return _DATA.pack(_first(LineKind.DATA, flags), offset) + data
        case LineHave(offset, ranges, flags):
            said = b"".join(_RANGE.pack(*each) for each in ranges)
            return _DATA.pack(_first(LineKind.HAVE, flags), offset) + said


def decode_line_record(content: bytes) -> LineRecord | None:
    """Return the record of a content whose CRC is right; None for what is none."""
    kind, flags = content[0] >> _KIND_BITS, content[0] & 0xF
    if flags > sum(LineFlag):
        return None
    if kind == LineKind.HELLO:
        return _hello(content, LineFlag(flags))
    if len(content) < _DATA.size:
        return None
    _, offset = _DATA.unpack_from(content)
    rest = content[_DATA.size :]
    if kind == LineKind.DATA and 0 < len(rest) <= PIECE_MAX_BYTES:
        return LineData(offset, rest, LineFlag(flags))
    is_whole = len(rest) % _RANGE.size == 0 and len(rest) <= RANGES_MOST * _RANGE.size
    if kind == LineKind.HAVE and is_whole:
        return LineHave(offset, tuple(_RANGE.iter_unpack(rest)), LineFlag(flags))
    return None


def _first(kind: LineKind, flags: LineFlag) -> int:
    return kind << _KIND_BITS | flags


def _hello(content: bytes, flags: LineFlag) -> LineHello | None:
    if len(content) < _HELLO.size:
        return None
    _, version, session, heard, is_half_duplex, percent = _HELLO.unpack_from(content)
    if version != LINE_VERSION or not session or is_half_duplex > 1 or not 1 <= percent <= 100:
        return None
    return LineHello(session, heard, bool(is_half_duplex), percent, flags)
