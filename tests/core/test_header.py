"""End-to-end and hop headers: round trips, and refusal of inconsistent ones."""

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.header import (
    END_TO_END_MAX_BYTES,
    HOP_BYTES,
    NO_SALT,
    EndToEnd,
    Hop,
    check_message,
    decode_end_to_end,
    decode_hop,
    encode_end_to_end,
    encode_hop,
)
from netrelay.core.segments import SEGMENT_BYTES, sealed_bytes
from netrelay.core.words import Refusal, WireError
from tests.core.examples import CHUNK, HOP, RECEIPT, SINGLE, end_to_ends, hops


@given(end_to_ends())
def test_end_to_end_header_round_trip(header: EndToEnd) -> None:
    packed = encode_end_to_end(header)
    assert len(packed) <= END_TO_END_MAX_BYTES
    assert decode_end_to_end(memoryview(packed)) == header


@given(hops)
def test_hop_header_round_trip_in_its_fixed_length(hop: Hop) -> None:
    packed = encode_hop(hop)
    assert len(packed) == HOP_BYTES == 68
    assert decode_hop(memoryview(packed)) == hop


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.binary(max_size=40),
    st.text(max_size=20),
    st.lists(st.integers(0, 9), max_size=2),
)


@given(end_to_ends(), st.integers(0, 11), values)
def test_a_replaced_element_is_refused_or_decoded_as_it_is(
    header: EndToEnd, position: int, value: Any
) -> None:
    elements = msgpack.unpackb(encode_end_to_end(header))
    elements[position] = value
    try:
        decoded = decode_end_to_end(msgpack.packb(elements))
    except WireError:
        return
    again = msgpack.unpackb(encode_end_to_end(decoded))
    assert again == elements
    assert type(again[position]) is type(value)


@given(end_to_ends(), st.sampled_from(EndToEnd._fields), values)
def test_encoding_refuses_whatever_decoding_refuses(
    header: EndToEnd, field: str, value: Any
) -> None:
    if field in ("type", "source", "destination"):
        return  # the signature asks for a MessageType and for node ids
    changed = header._replace(**{field: value})
    try:
        packed = encode_end_to_end(changed)
    except ValueError:
        return
    assert decode_end_to_end(packed) == changed


def refusal_of(header: EndToEnd, hop: Hop, body_bytes: int, agreed: int = 1 << 20) -> Refusal:
    with pytest.raises(WireError) as raised:
        check_message(header, hop, body_bytes, agreed)
    return raised.value.refusal


def test_whole_segments_and_the_last_segment_are_consistent() -> None:
    check_message(CHUNK, HOP, 65552, 65536)
    last = HOP._replace(offset=4 * SEGMENT_BYTES, length_bytes=300_000 - 4 * SEGMENT_BYTES)
    check_message(CHUNK, last, sealed_bytes(last.length_bytes), 65536)
    part = HOP._replace(offset=0)
    check_message(SINGLE, part, 65552, 65536)  # a fragment made by a relay


def test_a_signed_body_is_consistent() -> None:
    check_message(RECEIPT, HOP._replace(offset=0, length_bytes=80, salt=NO_SALT), 80, 65536)


@pytest.mark.parametrize(
    ("hop", "body_bytes", "refusal"),
    [
        (HOP._replace(hops=16), 65552, None),
        (HOP._replace(hops=17), 65552, Refusal.LOOP),
        (HOP._replace(age_s=599), 65552, None),
        (HOP._replace(age_s=600), 65552, Refusal.EXPIRED),
        (HOP, 65551, Refusal.MALFORMED),
        (HOP, 65536, Refusal.MALFORMED),
        (HOP._replace(offset=1), 65552, Refusal.MALFORMED),
        (HOP._replace(length_bytes=0), 0, Refusal.MALFORMED),
        (HOP._replace(length_bytes=65535), 65551, Refusal.MALFORMED),
        (HOP._replace(offset=4 * 65536), 65552, Refusal.MALFORMED),
        (HOP._replace(length_bytes=131072), 131104, Refusal.TOO_LARGE),
    ],
)
def test_inconsistent_headers_are_refused(
    hop: Hop, body_bytes: int, refusal: Refusal | None
) -> None:
    if refusal is None:
        check_message(CHUNK, hop, body_bytes, 65536)
    else:
        assert refusal_of(CHUNK, hop, body_bytes, 65536) is refusal


@pytest.mark.parametrize(
    ("hop", "body_bytes"),
    [
        (HOP._replace(offset=0, length_bytes=80), 80),
        (HOP._replace(length_bytes=80, salt=NO_SALT), 80),
        (HOP._replace(offset=0, length_bytes=81, salt=NO_SALT), 80),
        (HOP._replace(offset=0, length_bytes=65537, salt=NO_SALT), 65537),
        (HOP._replace(offset=0, length_bytes=0, salt=NO_SALT), 0),
    ],
)
def test_an_inconsistent_signed_body_is_malformed(hop: Hop, body_bytes: int) -> None:
    assert refusal_of(RECEIPT, hop, body_bytes) is Refusal.MALFORMED


@given(end_to_ends(), hops, st.integers(0, 1 << 25))
def test_an_accepted_range_is_within_the_total_size(
    header: EndToEnd, hop: Hop, body_bytes: int
) -> None:
    try:
        check_message(header, hop, body_bytes, 1 << 20)
    except WireError:
        return
    if header.suite:
        assert hop.offset + hop.length_bytes <= header.total_size_bytes
        assert body_bytes == sealed_bytes(hop.length_bytes)


def test_errors_name_the_field_and_its_value() -> None:
    with pytest.raises(WireError, match="priority 10 must be an integer from 0 to 9"):
        encode_end_to_end(CHUNK._replace(priority=10))
    with pytest.raises(ValueError, match="salt has 15 bytes"):
        encode_hop(HOP._replace(salt=bytes(15)))
