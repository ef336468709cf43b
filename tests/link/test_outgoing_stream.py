"""OutgoingStream: which frames are kept, and what of them is sent again."""

import pytest

from netrelay.core.resumption import Resume, ResumeCode, Resumed
from netrelay.link.link_closed import LinkClosed
from netrelay.link.outgoing_stream import OutgoingStream

SESSION = b"s" * 16
LARGE = bytes(1 << 20)
PROVEN_BYTES = 1 << 30


def test_a_frame_is_kept_until_it_is_acknowledged() -> None:
    stream = OutgoingStream(SESSION, 1000)
    stream.written(1, b"one", 0.0, 0)
    stream.written(2, b"two", 0.0, 0)
    stream.cut(3, b"three")
    assert stream.resume() == Resume(SESSION, 0, 1, 3)
    stream.acknowledge(1)
    assert stream.resume() == Resume(SESSION, 1, 2, 3)
    assert stream.held_bytes == len(b"two" + b"three")


def test_a_large_frame_is_not_kept_on_a_connection_that_has_proven_to_be_fast() -> None:
    stream = OutgoingStream(SESSION, 4 << 20)
    stream.written(1, LARGE, 0.01, 0)
    assert stream.resume().first == 1
    stream.written(2, LARGE, 0.01, PROVEN_BYTES)
    assert (stream.resume(), stream.held_bytes) == (Resume(SESSION, 0, 3, 2), 0)
    stream.written(3, LARGE, 1.0, PROVEN_BYTES)
    stream.written(4, b"small", 0.0, PROVEN_BYTES)
    assert stream.resume().first == 3


def test_more_than_the_most_bytes_are_not_kept_but_for_one_frame() -> None:
    stream = OutgoingStream(SESSION, 10)
    stream.written(1, b"123456", 0.0, 0)
    stream.written(2, b"123456", 0.0, 0)
    assert (stream.resume().first, stream.held_bytes) == (2, 6)
    stream.cut(3, b"longer than ten bytes")
    assert (stream.resume().first, stream.held_bytes) == (3, 21)


def test_the_frames_that_did_not_arrive_go_again() -> None:
    stream = OutgoingStream(SESSION, 1000)
    for number in (1, 2, 3):
        stream.written(number, b"frame %d" % number, 0.0, 0)
    again = stream.go_on(Resumed(ResumeCode.RESUMED, 1, 6))
    assert again == [(2, b"frame 2"), (3, b"frame 3")]
    # Frame 1 came and is not acknowledged yet; the others are in the hands of the link.
    assert stream.resume() == Resume(SESSION, 0, 1, 1)


def test_a_new_session_forgets_all() -> None:
    stream = OutgoingStream(SESSION, 1000)
    stream.written(1, b"frame", 0.0, 0)
    assert stream.go_on(Resumed(ResumeCode.NEW)) is None
    assert (stream.resume(), stream.held_bytes) == (Resume(SESSION), 0)


@pytest.mark.parametrize(
    ("received", "held_bytes"),
    [
        (0, 0),  # acknowledged already
        (4, 0),  # never begun
        (1, 7),  # all bytes of the next frame: it would be complete
        (3, 1),  # bytes of a frame that was not begun
    ],
)
def test_an_answer_about_what_was_not_sent_ends_the_connection(
    received: int, held_bytes: int
) -> None:
    stream = OutgoingStream(SESSION, 1000)
    for number in (1, 2, 3):
        stream.written(number, b"frame %d" % number, 0.0, 0)
    stream.acknowledge(1)
    with pytest.raises(LinkClosed):
        stream.go_on(Resumed(ResumeCode.RESUMED, received, held_bytes))
