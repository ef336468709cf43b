"""Frames in reverse between a TLS connection and the process that makes or reads them."""

from netrelay.core.frames import FrameKind, encode_frame_header
from netrelay.core.reverse_frames import EXPECT_REVERSE_FRAMES, REVERSE_END_FRAME
from netrelay.link.reverse_way import ReverseWay
from tests.link.linked import frame_of
from tests.link.pair import sockets

FRAME = frame_of(b"one text")


def test_frames_leave_whole() -> None:
    near, far = sockets()
    way = ReverseWay(near, EXPECT_REVERSE_FRAMES)
    assert way.take() == b""
    far.send(FRAME + FRAME[:9])
    assert way.take() == FRAME
    far.send(FRAME[9:])
    assert way.take() == FRAME
    far.close()
    assert way.take() == REVERSE_END_FRAME
    assert (way.is_ended, way.take()) == (True, b"")
    assert way.interest() is None


def test_a_frame_of_the_peer_is_passed_on_until_it_ends() -> None:
    near, far = sockets()
    way = ReverseWay(near, EXPECT_REVERSE_FRAMES)
    assert way.hear(FrameKind.VERDICT, b"a verdict") == b""
    assert far.recv(16) == b"a verdict"
    assert way.hear(FrameKind.REVERSE_END, REVERSE_END_FRAME) == b""
    assert far.recv(16) == b""
    assert way.hear(FrameKind.VERDICT, b"late") == b""
    far.close()


def test_one_that_is_not_read_ends() -> None:
    near, far = sockets()
    way = ReverseWay(near, EXPECT_REVERSE_FRAMES)
    said = [way.hear(FrameKind.MESSAGES, bytes(65_536)) for _ in range(64)]
    assert [each for each in said if each] == [REVERSE_END_FRAME]
    far.close()


def test_what_is_no_frame_ends_it() -> None:
    near, far = sockets()
    way = ReverseWay(near, EXPECT_REVERSE_FRAMES)
    far.send(FRAME + encode_frame_header(FrameKind.VERDICT, 8))
    assert way.take() == FRAME + REVERSE_END_FRAME
    assert way.is_ended
    far.close()


def test_what_waits_is_passed_on_while_there_is_no_room_for_frames() -> None:
    """Else the poller would report the socket as writable for ever."""
    near, far = sockets()
    way = ReverseWay(near, EXPECT_REVERSE_FRAMES)
    said = 0
    while not waits(way):
        way.hear(FrameKind.MESSAGES, bytes(16_384))
        said += 16_384
    heard = 0
    while heard < said:
        heard += len(far.recv(1 << 20))
        assert way.take(has_room=False) == b""
    assert not waits(way)
    far.send(FRAME)
    assert way.take(has_room=False) == b""
    assert way.take() == FRAME
    far.close()


def test_what_nobody_reads_any_more_does_not_wait() -> None:
    near, far = sockets()
    way = ReverseWay(near, EXPECT_REVERSE_FRAMES)
    while not waits(way):
        way.hear(FrameKind.MESSAGES, bytes(16_384))
    far.close()
    assert way.take(has_room=False) == b""
    assert not waits(way)
    assert way.take() == REVERSE_END_FRAME


def waits(way: ReverseWay) -> bool:
    """Return whether something waits for the other process."""
    interest = way.interest()
    return interest is not None and interest[2]


def test_it_awaits_an_answer_from_a_frame_until_the_peer_says_something() -> None:
    near, far = sockets()
    way = ReverseWay(near, EXPECT_REVERSE_FRAMES)
    assert not way.awaits_answer
    far.send(FRAME[:9])
    way.take()
    assert not way.awaits_answer, "no frame is whole"
    far.send(FRAME[9:])
    way.take()
    assert way.awaits_answer
    way.hear(FrameKind.VERDICT, b"a verdict")
    assert not way.awaits_answer
    far.send(FRAME)
    way.take()
    way.close()
    assert not way.awaits_answer
    far.close()
