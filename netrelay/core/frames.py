"""Frames: the unit of framing on a data connection, in both directions.

    +-----------------+------+-------+-----------+
    | payload length  | kind | 0 0 0 |  payload  |
    |       u32       |  u8  |       |           |
    +-----------------+------+-------+-----------+

    AGREEMENT        u16 protocol version | u16 0 | u32 message size | u64 agreement number
    VERDICT          u8 code | 3 x 0 | u32 retry after, seconds
    MESSAGES         u16 count | u16 0 | count messages, see message_frames.py
    ACKNOWLEDGEMENT  u64 decided | u16 count | 6 x 0 | count refusals:
                     u64 frame number | u16 position | u8 code | u8 0 | u32 retry after, seconds
    BRIEF_ACKNOWLEDGEMENT   u16, the low bits of decided
    RESUME, RESUMED  see resumption.py
    REVERSE_END      nothing, see reverse_frames.py

MESSAGES frames are numbered implicitly, from 1 in each session (without RESUME: in each
connection). Acknowledgements are cumulative:
every frame up to `decided` has been decided, and each of its messages that was not refused is
durable at the receiver. Integers are big-endian (docs/protocol.md).
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from netrelay.core.msgpack_array import U32_MAX, Octets, malformed
from netrelay.core.segments import check_capacity, frame_limit_bytes
from netrelay.core.words import Refusal, WireError

PROTOCOL_VERSION: Final = 1

FRAME_HEADER_BYTES: Final = 8
# Equal, so that one acknowledgement can refuse every message of a frame.
MESSAGES_MAX: Final = 1024
REFUSALS_MAX: Final = MESSAGES_MAX

_FRAME_HEADER: Final = Struct(">IB3s")
_AGREEMENT: Final = Struct(">HHIQ")
_VERDICT: Final = Struct(">B3sI")
_ACKNOWLEDGEMENT: Final = Struct(">QH6s")
_BRIEF: Final = Struct(">H")
_REFUSAL: Final = Struct(">QHBBI")
_LAST_REFUSAL: Final = int(max(Refusal))
ACKNOWLEDGEMENT_MAX_BYTES: Final = _ACKNOWLEDGEMENT.size + REFUSALS_MAX * _REFUSAL.size


class FrameKind(IntEnum):
    """Kind of a frame, as encoded."""

    AGREEMENT = 1
    VERDICT = 2
    MESSAGES = 3
    ACKNOWLEDGEMENT = 4
    RESUME = 5
    RESUMED = 6
    REVERSE_END = 7
    BRIEF_ACKNOWLEDGEMENT = 8


class VerdictCode(IntEnum):
    """Answer of the listener to the agreement that the dialler stated."""

    OK = 0
    NO_AGREEMENT = 1
    NOT_WANTED = 2
    BUSY = 3


class Agreement(NamedTuple):
    """Payload of AGREEMENT: the agreement that the dialler assumes to be in force."""

    message_size_bytes: int
    number: int
    version: int = PROTOCOL_VERSION


class Verdict(NamedTuple):
    """Payload of VERDICT; after any code but OK the listener closes the connection."""

    code: VerdictCode
    retry_after_s: int = 0


class RefusedMessage(NamedTuple):
    """One refused message: frame number (from 1), position in the frame (from 0), reason."""

    frame: int
    position: int
    refusal: Refusal
    retry_after_s: int = 0


class Acknowledgement(NamedTuple):
    """Payload of ACKNOWLEDGEMENT: a cumulative count, and the refusals since the last one."""

    decided: int
    refused: tuple[RefusedMessage, ...] = ()


# Frame kinds that are allowed next, with the limit of their payload: for `decode_frame_header`.
EXPECT_AGREEMENT: Final[Mapping[int, int]] = {FrameKind.AGREEMENT: _AGREEMENT.size}
EXPECT_VERDICT: Final[Mapping[int, int]] = {FrameKind.VERDICT: _VERDICT.size}
EXPECT_ACKNOWLEDGEMENT: Final[Mapping[int, int]] = {
    FrameKind.ACKNOWLEDGEMENT: ACKNOWLEDGEMENT_MAX_BYTES,
    FrameKind.BRIEF_ACKNOWLEDGEMENT: _BRIEF.size,
}
BRIEF_STEP_MAX: Final = 0xFFFF
"""Most frames by which a BRIEF_ACKNOWLEDGEMENT may exceed the acknowledgement before it."""
BRIEF_ACKNOWLEDGEMENT_BYTES: Final = FRAME_HEADER_BYTES + _BRIEF.size


def expect_messages(message_size_bytes: int) -> Mapping[int, int]:
    """Return the kinds `decode_frame_header` may admit: MESSAGES of this agreed size."""
    return {FrameKind.MESSAGES: frame_limit_bytes(message_size_bytes)}


def encode_frame_header(kind: FrameKind, payload_bytes: int) -> bytes:
    """Return the 8-byte header of a frame; the length of the payload is not checked."""
    return _FRAME_HEADER.pack(payload_bytes, kind, b"\0\0\0")


def decode_frame_header(header: Octets, expected: Mapping[int, int]) -> tuple[FrameKind, int]:
    """Return the kind of a frame and the length of its payload in bytes, which is within its limit.

    `expected` maps each admissible kind to its limit. Raise WireError TOO_LARGE for a payload over
    its limit, MALFORMED for anything else, including a kind that is not expected. Framing is lost
    after either: close the connection.
    """
    if len(header) != FRAME_HEADER_BYTES:
        raise malformed(f"frame header must have {FRAME_HEADER_BYTES} bytes")
    length, kind, zero = _FRAME_HEADER.unpack(header)
    limit = expected.get(kind)
    if limit is None or zero != b"\0\0\0":
        names = ", ".join(FrameKind(k).name for k in expected)
        raise malformed(f"frame header {bytes(header).hex()} is not one of {names}")
    if length > limit:
        raise WireError(
            Refusal.TOO_LARGE,
            f"{FrameKind(kind).name} frame of {length} bytes, at most {limit}",
        )
    return FrameKind(kind), length


def encode_agreement(agreement: Agreement) -> bytes:
    """Return a complete AGREEMENT frame; raise ValueError for a message size out of bounds."""
    size_bytes, number, version = agreement
    check_capacity("message size", size_bytes)
    payload = _AGREEMENT.pack(version, 0, size_bytes, number)
    return encode_frame_header(FrameKind.AGREEMENT, len(payload)) + payload


def decode_agreement(payload: Octets) -> Agreement:
    """Return the agreement in a payload; the caller compares it with its own.

    Raise WireError MALFORMED, also for another protocol version: the hello has negotiated it.
    """
    if len(payload) != _AGREEMENT.size:
        raise malformed(f"AGREEMENT must have {_AGREEMENT.size} bytes")
    version, zero, size_bytes, number = _AGREEMENT.unpack(payload)
    if version != PROTOCOL_VERSION:
        raise malformed(f"AGREEMENT of protocol version {version}, we speak {PROTOCOL_VERSION}")
    if zero:
        raise malformed(f"AGREEMENT has {zero} where zero belongs")
    try:
        check_capacity("message size", size_bytes)
    except ValueError as error:
        raise malformed(f"AGREEMENT: {error}") from None
    return Agreement(size_bytes, number, version)


def encode_verdict(verdict: Verdict) -> bytes:
    """Return a complete VERDICT frame."""
    payload = _VERDICT.pack(verdict.code, b"\0\0\0", verdict.retry_after_s)
    return encode_frame_header(FrameKind.VERDICT, len(payload)) + payload


def decode_verdict(payload: Octets) -> Verdict:
    """Return the verdict in a payload; raise WireError MALFORMED for anything else."""
    if len(payload) != _VERDICT.size:
        raise malformed(f"VERDICT must have {_VERDICT.size} bytes")
    code, zero, retry_after_s = _VERDICT.unpack(payload)
    if code > VerdictCode.BUSY or zero != b"\0\0\0":
        raise malformed(f"VERDICT code {code} with padding {zero.hex()} is none of 0 to 3 and zero")
    return Verdict(VerdictCode(code), retry_after_s)


def encode_acknowledgement(decided: int, refused: Sequence[RefusedMessage] = ()) -> bytes:
    """Return a complete ACKNOWLEDGEMENT frame; raise ValueError for over REFUSALS_MAX refusals.

    The peer counts a refusal only if it arrives with or before the `decided` that covers its frame.
    Split more than REFUSALS_MAX over several frames, and raise `decided` in the last one only.
    """
    if len(refused) > REFUSALS_MAX:
        raise ValueError(f"{len(refused)} refusals in one acknowledgement, at most {REFUSALS_MAX}")
    length = _ACKNOWLEDGEMENT.size + len(refused) * _REFUSAL.size
    frame = bytearray(FRAME_HEADER_BYTES + length)
    _FRAME_HEADER.pack_into(frame, 0, length, FrameKind.ACKNOWLEDGEMENT, b"\0\0\0")
    _ACKNOWLEDGEMENT.pack_into(frame, FRAME_HEADER_BYTES, decided, len(refused), bytes(6))
    at = FRAME_HEADER_BYTES + _ACKNOWLEDGEMENT.size
    for number, position, refusal, retry_after_s in refused:
        _REFUSAL.pack_into(frame, at, number, position, refusal, 0, min(retry_after_s, U32_MAX))
        at += _REFUSAL.size
    return bytes(frame)


def decode_acknowledgement(payload: Octets) -> Acknowledgement:
    """Return the acknowledgement in a payload; raise WireError MALFORMED for anything else.

    The caller checks that the frames it names were sent.
    """
    size = len(payload)
    if not _ACKNOWLEDGEMENT.size <= size <= ACKNOWLEDGEMENT_MAX_BYTES:
        raise malformed(
            f"ACKNOWLEDGEMENT of {size} bytes, must have "
            f"{_ACKNOWLEDGEMENT.size} to {ACKNOWLEDGEMENT_MAX_BYTES}"
        )
    decided, count, zero = _ACKNOWLEDGEMENT.unpack_from(payload)
    if zero != bytes(6) or size != _ACKNOWLEDGEMENT.size + count * _REFUSAL.size:
        raise malformed(
            f"ACKNOWLEDGEMENT of {size} bytes does not hold the {count} refusals it says"
        )
    refused = []
    for number, position, code, pad, retry_after_s in _REFUSAL.iter_unpack(
        memoryview(payload)[_ACKNOWLEDGEMENT.size :]
    ):
        if not 1 <= code <= _LAST_REFUSAL or pad or not number:
            raise malformed(
                f"refusal of frame {number} with code {code}: from frame 1, codes 1 to"
                f" {_LAST_REFUSAL}"
            )
        refused.append(RefusedMessage(number, position, Refusal(code), retry_after_s))
    return Acknowledgement(decided, tuple(refused))


def encode_brief_acknowledgement(decided: int) -> bytes:
    """Return a complete BRIEF_ACKNOWLEDGEMENT frame: nothing is refused.

    For a peer that takes frames both ways, and BRIEF_STEP_MAX frames after the last one at most.
    """
    header = encode_frame_header(FrameKind.BRIEF_ACKNOWLEDGEMENT, _BRIEF.size)
    return header + _BRIEF.pack(decided & BRIEF_STEP_MAX)


def decode_brief_acknowledgement(payload: Octets, acknowledged: int) -> Acknowledgement:
    """Return the acknowledgement in a payload, by the last one; raise WireError MALFORMED."""
    if len(payload) != _BRIEF.size:
        raise malformed(f"BRIEF_ACKNOWLEDGEMENT must have {_BRIEF.size} bytes")
    (low,) = _BRIEF.unpack(payload)
    return Acknowledgement(acknowledged + (low - acknowledged & BRIEF_STEP_MAX))
