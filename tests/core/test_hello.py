"""Hello records: round trips, and refusal of invalid fields."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.hello import (
    HELLO_BYTES,
    Hello,
    HelloAnswer,
    common_version,
    decode_hello,
    decode_hello_answer,
    encode_hello,
    encode_hello_answer,
)
from netrelay.core.words import MessageType, WireError

EPOCH, OTHER = b"an epoch", b"and one.."[:8]
ASK = Hello(MessageType.HELLO, EPOCH, 3, 1 << 20, 7411, (7412,), ("192.0.2.1",))
REPLY = ASK._replace(
    type=MessageType.HELLO_REPLY, agreed_size_bytes=65536, echoed_epoch=OTHER, addresses=()
)
sizes = st.integers(1, 256).map(lambda count: count * 65536)
epochs = st.binary(min_size=8, max_size=8).filter(any)
ports = st.integers(1, 65535)
addresses = st.one_of(
    st.ip_addresses(v=4).filter(lambda a: not a.is_unspecified).map(str),
    st.ip_addresses(v=6).filter(lambda a: not a.is_unspecified).map(str),
)


@st.composite
def hellos(draw: st.DrawFn) -> Hello:
    """Draw any valid hello."""
    reply = draw(st.booleans())
    capacity = draw(sizes)
    version_max = draw(st.integers(1, 255))
    return Hello(
        MessageType.HELLO_REPLY if reply else MessageType.HELLO,
        draw(epochs),
        draw(st.integers(1, 2**63 - 1)),
        capacity,
        draw(ports),
        tuple(draw(st.lists(ports, min_size=1, max_size=4))),
        tuple(draw(st.lists(addresses, max_size=4))),
        min(capacity, draw(sizes)) if reply else 0,
        draw(epochs) if reply else bytes(8),
        draw(st.integers(0, 2**64 - 1)),
        draw(st.integers(1, version_max)),
        version_max,
    )


@given(hellos())
def test_hello_round_trip_in_512_bytes(hello: Hello) -> None:
    record = encode_hello(hello)
    assert len(record) == HELLO_BYTES
    assert decode_hello(memoryview(record)) == hello


@pytest.mark.parametrize(
    ("hello", "message"),
    [
        (ASK._replace(epoch=bytes(8)), "epoch is zero"),
        (ASK._replace(epoch=b"short"), "epoch b'short' must be 8 bytes"),
        (ASK._replace(agreement=0), "agreement number 0"),
        (ASK._replace(capacity_bytes=65537), "capacity 65537"),
        (ASK._replace(commsport=65536), "commsport 65536"),
        (ASK._replace(dataports=()), "dataport count 0"),
        (ASK._replace(dataports=(1, 2, 3, 4, 5)), "dataport count 5"),
        (ASK._replace(dataports=(0,)), "dataport 0"),
        (ASK._replace(addresses=("::1",) * 5), "address count 5"),
        (ASK._replace(addresses=("pi.local",)), "address 'pi.local' is not a literal"),
        (ASK._replace(addresses=("fe80::1%eth0",)), "'fe80::1%eth0' names an interface"),
        (ASK._replace(addresses=("0.0.0.0",)), "address 0.0.0.0 is one to listen on"),
        (ASK._replace(addresses=("::",)), "address :: is one to listen on"),
        (ASK._replace(agreed_size_bytes=65536), "a type 4 has no agreed size"),
        (ASK._replace(type=MessageType.SINGLE), "hello of type 1"),
        (ASK._replace(version_min=2), "version min 2"),
        (REPLY._replace(agreed_size_bytes=0), "agreed size 0"),
        (REPLY._replace(agreed_size_bytes=2 << 20), "is over the sender's own capacity"),
        (REPLY._replace(echoed_epoch=bytes(8)), "must echo the epoch"),
    ],
)
def test_encoding_refuses_invalid_fields(hello: Hello, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_hello(hello)


@given(hellos(), st.integers(0, HELLO_BYTES - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_the_hello(
    hello: Hello, position: int, flip: int
) -> None:
    record = bytearray(encode_hello(hello))
    record[position] ^= flip
    try:
        decoded = decode_hello(record)
    except WireError:
        return
    # Only the trailing bytes that a later version may define are ignored.
    assert decoded != hello or (position >= 134 and hello.version_max > 1)


def test_trailing_bytes_of_a_later_version_are_ignored() -> None:
    later = ASK._replace(version_max=2)
    record = encode_hello(later)[:-1] + b"\x01"
    assert decode_hello(record) == later
    with pytest.raises(WireError, match="bytes that are not zero"):
        decode_hello(encode_hello(ASK)[:-1] + b"\x01")


@pytest.mark.parametrize(
    ("lowest", "highest", "common"), [(1, 1, 1), (1, 9, 1), (2, 9, None), (2, 2, None)]
)
def test_a_version_is_common_when_the_ranges_overlap(
    lowest: int, highest: int, common: int | None
) -> None:
    assert common_version(ASK._replace(version_min=lowest, version_max=highest)) == common


@pytest.mark.parametrize("answer", HelloAnswer)
def test_answer_round_trip(answer: HelloAnswer) -> None:
    assert decode_hello_answer(encode_hello_answer(answer)) is answer


@given(st.sampled_from(HelloAnswer), st.integers(0, 15), st.integers(1, 255))
def test_a_changed_byte_of_an_answer_is_refused_or_changes_it(
    answer: HelloAnswer, position: int, flip: int
) -> None:
    record = bytearray(encode_hello_answer(answer))
    record[position] ^= flip
    try:
        decoded: Any = decode_hello_answer(record)
    except WireError:
        return
    assert position == 8
    assert decoded is not answer
