"""RESUME and RESUMED; the vectors hold their bytes."""

import pytest

from netrelay.core.frames import FRAME_HEADER_BYTES
from netrelay.core.resumption import (
    Resume,
    ResumeCode,
    Resumed,
    decode_resume,
    decode_resumed,
    encode_resume,
    encode_resumed,
)
from netrelay.core.words import WireError

SESSION = b"s" * 16


@pytest.mark.parametrize(
    "resume", [Resume(SESSION), Resume(SESSION, 7, 8, 9), Resume(SESSION, 7, 10, 9)]
)
def test_what_a_dialler_says_comes_back(resume: Resume) -> None:
    assert decode_resume(encode_resume(resume)[FRAME_HEADER_BYTES:]) == resume


@pytest.mark.parametrize(
    "resume", [Resume(bytes(16)), Resume(SESSION, 3, 3, 3), Resume(SESSION, 0, 3, 1)]
)
def test_frames_that_cannot_be_are_refused(resume: Resume) -> None:
    with pytest.raises(WireError):
        decode_resume(encode_resume(resume)[FRAME_HEADER_BYTES:])


def test_the_answer_comes_back() -> None:
    resumed = Resumed(ResumeCode.RESUMED, 8, 70_000)
    assert decode_resumed(encode_resumed(resumed)[FRAME_HEADER_BYTES:]) == resumed


def test_a_new_session_has_no_bytes() -> None:
    with pytest.raises(WireError, match="new session"):
        decode_resumed(encode_resumed(Resumed(ResumeCode.NEW, 0, 1))[FRAME_HEADER_BYTES:])
