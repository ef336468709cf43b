"""Frames of a data connection in reverse: what a listener sends as dialler, on the same connection.

The kinds of the two directions differ, so nothing wraps them: AGREEMENT, RESUME and MESSAGES of the
listener are those of the connection in reverse, VERDICT, RESUMED and ACKNOWLEDGEMENT of the dialler
answer them. REVERSE_END, without payload, says on either side that it has ended. A connection
carries one in reverse, not another one after its end (docs/protocol.md).
"""

from collections.abc import Mapping
from typing import Final

from netrelay.core.frames import (
    EXPECT_ACKNOWLEDGEMENT,
    EXPECT_AGREEMENT,
    EXPECT_VERDICT,
    FrameKind,
    encode_frame_header,
)
from netrelay.core.resumption import EXPECT_RESUMED, RESUME_LIMIT_BYTES

REVERSE_MESSAGES_LIMIT_BYTES: Final = 65_536
"""Most payload of MESSAGES in reverse: nothing else moves on the connection meanwhile."""

REVERSE_END_FRAME: Final = encode_frame_header(FrameKind.REVERSE_END, 0)

_END: Final[Mapping[int, int]] = {FrameKind.REVERSE_END: 0}
# Frame kinds with the limit of their payload: for `decode_frame_header`.
EXPECT_REVERSE_FRAMES: Final[Mapping[int, int]] = {
    **EXPECT_AGREEMENT,
    FrameKind.RESUME: RESUME_LIMIT_BYTES,
    FrameKind.MESSAGES: REVERSE_MESSAGES_LIMIT_BYTES,
    **_END,
}
EXPECT_REVERSE_ANSWERS: Final[Mapping[int, int]] = {
    **EXPECT_VERDICT,
    **EXPECT_RESUMED,
    **EXPECT_ACKNOWLEDGEMENT,
    **_END,
}
