"""Frames: round trips, and lengths bounded before a payload is read."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.frames import (
    ACKNOWLEDGEMENT_MAX_BYTES,
    EXPECT_ACKNOWLEDGEMENT,
    EXPECT_AGREEMENT,
    EXPECT_VERDICT,
    FRAME_HEADER_BYTES,
    REFUSALS_MAX,
    Acknowledgement,
    Agreement,
    FrameKind,
    RefusedMessage,
    Verdict,
    VerdictCode,
    decode_acknowledgement,
    decode_agreement,
    decode_frame_header,
    decode_verdict,
    encode_acknowledgement,
    encode_agreement,
    encode_frame_header,
    encode_verdict,
    expect_messages,
)
from netrelay.core.segments import SEGMENT_BYTES, frame_limit_bytes
from netrelay.core.words import Refusal, WireError

u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)
refused_messages = st.builds(
    RefusedMessage,
    st.integers(1, 2**64 - 1),
    st.integers(0, 2**16 - 1),
    st.sampled_from(Refusal),
    u32,
)


def payload_of(frame: bytes, expected: Mapping[int, int]) -> memoryview:
    """Return the payload of a complete frame."""
    kind, length = decode_frame_header(frame[:FRAME_HEADER_BYTES], expected)
    assert kind in expected
    assert len(frame) == FRAME_HEADER_BYTES + length
    return memoryview(frame)[FRAME_HEADER_BYTES:]


@given(st.integers(1, 256), u64)
def test_agreement_round_trip(segments: int, number: int) -> None:
    agreement = Agreement(segments * SEGMENT_BYTES, number)
    assert decode_agreement(payload_of(encode_agreement(agreement), EXPECT_AGREEMENT)) == agreement


@given(st.sampled_from(VerdictCode), u32)
def test_verdict_round_trip(code: VerdictCode, retry_after_s: int) -> None:
    verdict = Verdict(code, retry_after_s)
    assert decode_verdict(payload_of(encode_verdict(verdict), EXPECT_VERDICT)) == verdict


@given(u64, st.lists(refused_messages, max_size=20))
def test_acknowledgement_round_trip(decided: int, refused: list[RefusedMessage]) -> None:
    payload = payload_of(encode_acknowledgement(decided, refused), EXPECT_ACKNOWLEDGEMENT)
    assert decode_acknowledgement(payload) == Acknowledgement(decided, tuple(refused))


def test_an_acknowledgement_holds_at_most_its_limit_of_refusals() -> None:
    refused = [RefusedMessage(1, n, Refusal.NO_ROOM, 60) for n in range(REFUSALS_MAX)]
    frame = encode_acknowledgement(1, refused)
    assert len(frame) == FRAME_HEADER_BYTES + ACKNOWLEDGEMENT_MAX_BYTES
    assert (
        len(decode_acknowledgement(payload_of(frame, EXPECT_ACKNOWLEDGEMENT)).refused)
        == REFUSALS_MAX
    )
    with pytest.raises(ValueError, match="1025 refusals"):
        encode_acknowledgement(1, [*refused, refused[0]])


@given(u64, st.integers(1, 256))
def test_no_frame_header_passes_with_a_length_over_its_limit(raw: int, segments: int) -> None:
    limit = frame_limit_bytes(segments * SEGMENT_BYTES)
    try:
        kind, length = decode_frame_header(
            raw.to_bytes(8, "big"), expect_messages(segments * SEGMENT_BYTES)
        )
    except WireError:
        return
    assert kind is FrameKind.MESSAGES
    assert length <= limit


def test_the_limit_passes_and_one_byte_more_is_too_large() -> None:
    limit = frame_limit_bytes(SEGMENT_BYTES)
    expected = expect_messages(SEGMENT_BYTES)
    header = encode_frame_header(FrameKind.MESSAGES, limit)
    assert decode_frame_header(header, expected) == (FrameKind.MESSAGES, limit)
    with pytest.raises(WireError, match=f"{limit + 1} bytes, at most {limit}") as raised:
        decode_frame_header(encode_frame_header(FrameKind.MESSAGES, limit + 1), expected)
    assert raised.value.refusal is Refusal.TOO_LARGE


def test_an_unexpected_kind_is_malformed() -> None:
    header = encode_frame_header(FrameKind.MESSAGES, 10)
    with pytest.raises(WireError, match="is not one of AGREEMENT") as raised:
        decode_frame_header(header, EXPECT_AGREEMENT)
    assert raised.value.refusal is Refusal.MALFORMED
