"""Frames of a serial line."""

import random

import pytest

from netrelay.core.serial.line_frames import (
    CONTENT_MAX_BYTES,
    CRC_BYTES,
    NO_SESSIONS,
    FrameSplitter,
    encode_frame,
    is_intact,
    sessions_start,
    stuffed,
    unstuffed,
)
from netrelay.core.serial.line_records import LineData, LineHello, encode_line_record
from tests.cli.command_line import CHECKOUT


def runs() -> list[bytes]:
    made = random.Random(7)
    lengths = [0, 1, 2, 252, 253, 254, 255, 256, 507, 508, 509, 1100]
    full = [bytes([each % 255 + 1 for each in range(length)]) for length in lengths]
    zeros = [bytes(length) for length in lengths]
    mixed = [made.randbytes(made.randrange(1100)) for _ in range(200)]
    return full + zeros + mixed + [each + b"\0" for each in full] + [b"\0" + each for each in full]


def test_stuffed_bytes_have_no_zero_and_come_back() -> None:
    for content in runs():
        sent = stuffed(content)
        assert 0 not in sent
        assert unstuffed(sent) == content
        assert len(sent) <= len(content) + len(content) // 254 + 1


@pytest.mark.parametrize("cut", [b"\x02", b"\x05abc", b"\x03ab\x04c"])
def test_bytes_that_end_inside_a_block_are_none(cut: bytes) -> None:
    assert unstuffed(cut) is None


def test_the_vectors_of_the_document() -> None:
    assert encode_frame(b"123456789", NO_SESSIONS).hex() == "0e313233343536373839cbf4392600"
    hello = encode_line_record(LineHello(0x01020304, 0, is_half_duplex=False, airtime_percent=100))
    assert encode_frame(hello, NO_SESSIONS).hex() == "071001010203040101010106644768315a00"
    start = sessions_start(0x01020304, 0x0A0B0C0D)
    data = encode_frame(encode_line_record(LineData(0, b"a")), start).hex()
    assert data == "022001066188d56bc600"
    document = (CHECKOUT / "docs" / "protocol.md").read_text()
    assert all(f"`{each}`" in document for each in (encode_frame(hello, NO_SESSIONS).hex(), data))
    assert stuffed(b"\0").hex() == "0101"
    assert stuffed(b"\x11\0\x22").hex() == "02110222"


def test_the_splitter_finds_a_frame_after_noise_whatever_the_cuts() -> None:
    made = random.Random(3)
    content = made.randbytes(300)
    line = made.randbytes(50).replace(b"\0", b"\1") + b"\0" + encode_frame(content, 5) + b"\xff\xff"
    for step in (1, 2, 7, 64, 1000):
        splitter = FrameSplitter()
        found = [
            each
            for at in range(0, len(line), step)
            for each in splitter.feed(line[at : at + step])
            if is_intact(each, 5)
        ]
        assert [each[:-CRC_BYTES] for each in found] == [content]


def test_an_endless_frame_is_dropped_and_counted_once() -> None:
    splitter = FrameSplitter()
    for _ in range(1000):
        assert list(splitter.feed(b"\x07" * 1000)) == []
    assert len(splitter._kept) <= CONTENT_MAX_BYTES + 20
    assert list(splitter.feed(b"\0")) == []
    assert splitter.unreadable == 1
    assert [each[:-4] for each in splitter.feed(encode_frame(b"next", 1))] == [b"next"]


def test_a_frame_of_another_session_is_damaged() -> None:
    here, there = sessions_start(1, 2), sessions_start(2, 1)
    (found,) = FrameSplitter().feed(encode_frame(b"content", here))
    assert is_intact(found, here)
    assert not is_intact(found, there)
    assert not is_intact(found, NO_SESSIONS)


@pytest.mark.parametrize("content", [b"", bytes(CONTENT_MAX_BYTES + 1)])
def test_what_is_no_frame_is_not_sent(content: bytes) -> None:
    with pytest.raises(ValueError, match="must be 1 to"):
        encode_frame(content, 0)
