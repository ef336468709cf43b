"""The frames of the two directions of a connection differ, so nothing has to wrap them."""

from netrelay.core.frames import EXPECT_ACKNOWLEDGEMENT, FrameKind, expect_messages
from netrelay.core.resumption import EXPECT_RESUMED
from netrelay.core.reverse_frames import EXPECT_REVERSE_ANSWERS, EXPECT_REVERSE_FRAMES


def test_a_listener_and_a_dialler_send_other_kinds_in_reverse_than_else() -> None:
    of_listener = {FrameKind.VERDICT, *EXPECT_RESUMED, *EXPECT_ACKNOWLEDGEMENT}
    assert not of_listener & set(EXPECT_REVERSE_FRAMES)
    of_dialler = {FrameKind.AGREEMENT, FrameKind.RESUME, *expect_messages(65536)}
    assert not of_dialler & set(EXPECT_REVERSE_ANSWERS)
