"""The inner header of singles: sized by its name alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.single import (
    SingleHeader,
    SingleKind,
    decode_single,
    encode_single_header,
    single_header_bytes,
)

times = st.integers(-(2**63) + 1, 2**63 - 1)
headers = st.one_of(
    st.builds(SingleHeader, st.just(SingleKind.FILE), st.binary(min_size=1, max_size=1024), times),
    st.builds(SingleHeader, st.just(SingleKind.TEXT), st.just(b""), times),
)


@given(headers, st.binary(max_size=100))
def test_header_and_content_come_back(header: SingleHeader, content: bytes) -> None:
    packed = encode_single_header(header)
    assert len(packed) == single_header_bytes(header.name)
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
    ],
)
def test_what_no_peer_would_take_is_not_written(header: SingleHeader, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_single_header(header)
