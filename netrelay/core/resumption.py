"""RESUME and RESUMED: a session of frames that goes on after its connection has ended.

    RESUME   16 bytes session | u64 acknowledged | u64 first | u64 begun   dialler, after AGREEMENT
    RESUMED  u8 code | 7 x 0 | u64 received | u64 held                     listener, after VERDICT

The MESSAGES frames of a session are numbered over all of its connections. The dialler says which
frames were acknowledged to it, which of the others it can send again (from `first`) and which it
had begun; the listener how many frames it has, and how many bytes of the next one, its header
included. The dialler sends the rest of that frame, as if the connection had not ended
(docs/protocol.md, section 5).
"""

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from netrelay.core.frames import FrameKind, encode_frame_header
from netrelay.core.msgpack_array import INTEGER_MAX, Octets, malformed

SESSION_BYTES: Final = 16
NO_SESSION: Final = bytes(SESSION_BYTES)

_RESUME: Final = Struct(">16sQQQ")
_RESUMED: Final = Struct(">B7sQQ")

RESUME_LIMIT_BYTES: Final = _RESUME.size
# Frame kinds that are allowed next, with the limit of their payload: for `decode_frame_header`.
EXPECT_RESUMED: Final = {int(FrameKind.RESUMED): _RESUMED.size}


class ResumeCode(IntEnum):
    """Answer of the listener: nothing of the session is known, or it goes on."""

    NEW = 0
    RESUMED = 1


class Resume(NamedTuple):
    """Payload of RESUME: a session, and what the dialler knows of its frames.

    acknowledged: the frames up to this one were. first: the first frame that it can send again,
    from any byte on. begun: the last frame of which it sent anything. A session without a
    connection before says 0, 1 and 0.
    """

    session: bytes
    acknowledged: int = 0
    first: int = 1
    begun: int = 0


class Resumed(NamedTuple):
    """Payload of RESUMED; received: complete frames, held_bytes: of the next one."""

    code: ResumeCode
    received: int = 0
    held_bytes: int = 0


def encode_resume(resume: Resume) -> bytes:
    """Return a complete RESUME frame."""
    return encode_frame_header(FrameKind.RESUME, _RESUME.size) + _RESUME.pack(*resume)


def decode_resume(payload: Octets) -> Resume:
    """Return what a dialler says of its session; raise WireError MALFORMED for anything else."""
    if len(payload) != _RESUME.size:
        raise malformed(f"RESUME must have {_RESUME.size} bytes, not {len(payload)}")
    resume = Resume(*_RESUME.unpack(payload))
    if resume.session == NO_SESSION:
        raise malformed("RESUME names no session: 16 bytes that are not all zero")
    if not resume.acknowledged < resume.first <= resume.begun + 1 <= INTEGER_MAX:
        raise malformed(
            f"RESUME with frames {resume.first} to {resume.begun} after {resume.acknowledged}"
        )
    return resume


def encode_resumed(resumed: Resumed) -> bytes:
    """Return a complete RESUMED frame."""
    code, received, held_bytes = resumed
    payload = _RESUMED.pack(code, bytes(7), received, held_bytes)
    return encode_frame_header(FrameKind.RESUMED, len(payload)) + payload


def decode_resumed(payload: Octets) -> Resumed:
    """Return the answer of a listener; raise WireError MALFORMED for anything else.

    The caller checks that the frames it names were sent.
    """
    if len(payload) != _RESUMED.size:
        raise malformed(f"RESUMED must have {_RESUMED.size} bytes, not {len(payload)}")
    code, zero, received, held_bytes = _RESUMED.unpack(payload)
    if code > ResumeCode.RESUMED or zero != bytes(7):
        raise malformed(f"RESUMED code {code} with padding {zero.hex()} is neither 0 nor 1")
    if code == ResumeCode.NEW and (received or held_bytes):
        raise malformed(f"RESUMED of a new session with {received} frames, {held_bytes} bytes")
    return Resumed(ResumeCode(code), received, held_bytes)
