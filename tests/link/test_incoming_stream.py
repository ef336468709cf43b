"""IncomingStream: what can go on, and which refusals are said again."""

import pytest

from netrelay.core.frames import RefusedMessage
from netrelay.core.resumption import Resume
from netrelay.core.words import Refusal
from netrelay.link.incoming_stream import IncomingStream

SESSION = b"s" * 16


def stream_of(received: int, decided: int, cut_frame: bytes = b"") -> IncomingStream:
    stream = IncomingStream(SESSION)
    stream.received, stream.decided = received, decided
    stream.cut_frame = bytearray(cut_frame)
    return stream


@pytest.mark.parametrize(
    ("acknowledged", "first", "begun", "can"),
    [
        (3, 6, 6, True),  # the cut frame is there
        (3, 4, 8, True),  # more than is needed
        (3, 7, 6, False),  # the cut frame is not there
        (3, 6, 5, False),  # it says that it has not begun what is held here
        (5, 6, 6, False),  # acknowledged more than was decided
    ],
)
def test_a_dialler_has_to_have_what_is_missing(
    acknowledged: int, first: int, begun: int, can: bool
) -> None:
    stream = stream_of(received=5, decided=4, cut_frame=b"12345678 the beginning")
    assert stream.can_go_on(Resume(SESSION, acknowledged, first, begun)) is can


def test_nothing_is_missing_between_two_frames() -> None:
    assert stream_of(5, 5).can_go_on(Resume(SESSION, 5, 6, 5))
    assert not stream_of(5, 5).can_go_on(Resume(SESSION, 4, 5, 4))


def test_refusals_are_said_again_from_the_frame_that_was_acknowledged() -> None:
    stream = stream_of(received=3, decided=0)
    refused = [RefusedMessage(number, 0, Refusal.HELD) for number in (1, 2, 3)]
    stream.decide(1, refused[:1])
    stream.decide(3, refused[1:])
    assert stream.refused_after(1) == refused[1:]
    assert stream.decided == 3


def test_a_forgotten_refusal_ends_the_session() -> None:
    stream = stream_of(received=2, decided=0)
    stream.decide(1, [RefusedMessage(1, place, Refusal.HELD) for place in range(1000)])
    for _ in range(5):
        stream.decide(2, [RefusedMessage(2, place, Refusal.HELD) for place in range(1000)])
    assert not stream.can_go_on(Resume(SESSION, 0, 1, 2))
    assert stream.can_go_on(Resume(SESSION, 2, 3, 2))
