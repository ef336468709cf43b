"""The inner header of singles: round trips, and a length that depends on the name alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.plain_content import PlainContent
from netrelay.core.segments import SEGMENT_BYTES
from netrelay.core.single import (
    TEXT_MAX_BYTES,
    SingleHeader,
    SingleKind,
    decode_single,
    decode_text,
    encode_single_header,
    encode_text,
    single_header_bytes,
)
from netrelay.core.words import WireError

times = st.integers(-(2**63) + 1, 2**63 - 1)
plains = st.none() | st.builds(
    PlainContent, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32)
)
headers = st.one_of(
    st.builds(
        SingleHeader,
        st.sampled_from([SingleKind.FILE, SingleKind.DIRECTORY]),
        st.binary(min_size=1, max_size=1024),
        times,
        plains,
    ),
    st.builds(SingleHeader, st.just(SingleKind.TEXT), st.just(b""), times, st.none()),
)


@given(headers, st.binary(max_size=100))
def test_header_and_content_round_trip(header: SingleHeader, content: bytes) -> None:
    packed = encode_single_header(header)
    assert len(packed) == single_header_bytes(header.name, header.plain)
    decoded, rest = decode_single(packed + content)
    assert decoded == header
    assert bytes(rest) == content


def test_the_content_is_not_copied() -> None:
    plaintext = bytearray(encode_single_header(SingleHeader(SingleKind.TEXT, b"", 0)) + b"ahoy")
    _, content = decode_single(plaintext)
    assert content.obj is plaintext


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (SingleHeader(SingleKind.FILE, b"", 0), "name b'' must be 1 to 1024 bytes"),
        (SingleHeader(SingleKind.FILE, bytes(1025), 0), "must be 1 to 1024 bytes"),
        (SingleHeader(SingleKind.TEXT, b"n", 0), "name of a text"),
        (SingleHeader(SingleKind.FILE, b"n", 2**63), "modification time 9223372036854775808"),
        (
            SingleHeader(SingleKind.TEXT, b"", 0, PlainContent(9, bytes(32))),
            "a text is never compressed",
        ),
    ],
)
def test_encoding_refuses_invalid_fields(header: SingleHeader, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_single_header(header)


def test_the_longest_text_round_trips_and_fills_one_segment() -> None:
    longest = "ß" * (TEXT_MAX_BYTES // 2) + "s" * (TEXT_MAX_BYTES % 2)
    plaintext = encode_text(longest, 7)
    assert len(plaintext) == SEGMENT_BYTES
    header, content = decode_single(plaintext)
    assert header == SingleHeader(SingleKind.TEXT, b"", 7)
    assert decode_text(content) == longest


@pytest.mark.parametrize("text", ["", "s" * (TEXT_MAX_BYTES + 1)])
def test_an_empty_or_too_long_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"{len(text)} bytes long; allowed: 1 to"):
        encode_text(text, 0)


@pytest.mark.parametrize("content", [b"", b"\xff", b"\xed\xa0\x80"])
def test_content_that_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(WireError, match="text"):
        decode_text(content)
