"""Signed bodies: payload and signature are separated where they were joined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.signed_body import (
    MANIFEST_DOMAIN,
    RECEIPT_DOMAIN,
    SIGNED_PAYLOAD_MAX_BYTES,
    join_body,
    signed_data,
    split_body,
)
from netrelay.core.words import WireError


@given(st.binary(min_size=1, max_size=200), st.binary(min_size=64, max_size=64))
def test_splitting_inverts_joining(payload: bytes, signature: bytes) -> None:
    assert split_body(memoryview(join_body(payload, signature))) == (payload, signature)


def test_the_longest_body_is_one_segment() -> None:
    body = join_body(bytes(SIGNED_PAYLOAD_MAX_BYTES), bytes(64))
    assert len(body) == 65536
    split_body(body)


@pytest.mark.parametrize("length", [0, SIGNED_PAYLOAD_MAX_BYTES + 1])
def test_invalid_lengths_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"payload of {length}"):
        join_body(bytes(length), bytes(64))
    with pytest.raises(WireError, match=f"signed body of {length + 64} bytes"):
        split_body(bytes(length + 64))


@given(st.binary(max_size=50), st.binary(max_size=50), st.binary(max_size=50))
def test_the_signed_data_separates_header_and_payload(a: bytes, b: bytes, c: bytes) -> None:
    assert signed_data(a + b, c) != signed_data(a, b + c) or not b


def test_no_domain_is_a_prefix_of_another() -> None:
    for domain in (MANIFEST_DOMAIN, RECEIPT_DOMAIN):
        assert domain.index(b"\0") == len(domain) - 1
