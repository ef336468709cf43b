"""Fuzzing of every decoder: any bytes give a value or a WireError, and no other exception."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netrelay.core.directory_stream import placed_entries
from netrelay.core.frames import (
    EXPECT_ACKNOWLEDGEMENT,
    decode_acknowledgement,
    decode_agreement,
    decode_frame_header,
    decode_verdict,
    expect_messages,
)
from netrelay.core.header import decode_end_to_end, decode_hop
from netrelay.core.hello import decode_hello, decode_hello_answer
from netrelay.core.manifest import decode_file_secrets, decode_key_secret, decode_manifest
from netrelay.core.medium_file import decode_medium_header
from netrelay.core.message_frames import read_messages
from netrelay.core.message_names import decode_names
from netrelay.core.receipt import decode_receipt
from netrelay.core.resumption import decode_resume, decode_resumed
from netrelay.core.signed_body import split_body
from netrelay.core.single import decode_single
from netrelay.core.words import Refusal, WireError

VECTORS = Path(__file__).parents[1] / "vectors"
Decoder = Callable[[memoryview], Any]
# Each decoder, the format of its vectors, and the bytes to strip from their start and end.
DECODERS: dict[str, tuple[Decoder, str, int, int]] = {
    "hello": (decode_hello, "hello", 0, 0),
    "hello answer": (decode_hello_answer, "hello-answer", 0, 0),
    "end-to-end header": (decode_end_to_end, "end-to-end", 0, 0),
    "hop header": (decode_hop, "hop", 0, 0),
    "frame header": (
        lambda data: decode_frame_header(
            data, {**EXPECT_ACKNOWLEDGEMENT, **expect_messages(65536)}
        ),
        "messages",
        0,
        0,
    ),
    "agreement": (decode_agreement, "agreement", 8, 0),
    "verdict": (decode_verdict, "verdict", 8, 0),
    "resume": (decode_resume, "resume", 8, 0),
    "resumed": (decode_resumed, "resumed", 8, 0),
    "acknowledgement": (decode_acknowledgement, "acknowledgement", 8, 0),
    "messages": (read_messages, "messages", 8, 0),
    "medium header": (decode_medium_header, "medium", 0, 64),
    "medium names": (decode_names, "medium-names", 0, 0),
    "signed body": (split_body, "manifest", 0, 0),
    "manifest": (decode_manifest, "manifest", 0, 64),
    "file secrets": (decode_file_secrets, "file-secrets", 0, 0),
    "key secret": (decode_key_secret, "key-secret", 0, 0),
    "single": (decode_single, "single", 0, 0),
    "directory": (
        lambda data: list(placed_entries(lambda at, most: data[at : at + most], len(data))),
        "directory",
        0,
        0,
    ),
    "receipt": (decode_receipt, "receipt", 0, 64),
}
packed_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.binary(max_size=40)
    | st.text(max_size=20)
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=8))
    | st.builds(msgpack.Timestamp, st.integers(0, 2**32)),
    lambda inner: st.lists(inner, max_size=13) | st.dictionaries(st.integers(), inner, max_size=2),
    max_leaves=20,
).map(lambda value: bytes(msgpack.packb(value, default=str)))


def vector_bytes(name: str) -> list[bytes]:
    """Return the small valid vectors of a decoder, stripped to the part it decodes."""
    _, format_, head, tail = DECODERS[name]
    paths = sorted(VECTORS.glob(f"valid-{format_}-*.bin"))
    wholes = [path.read_bytes() for path in paths if path.stat().st_size < 20_000]
    assert wholes
    return [whole[head : len(whole) - tail] for whole in wholes]


def assert_decodes_or_raises(name: str, data: bytes) -> None:
    """Fail unless the decoder returns a value or raises a WireError with code and short text."""
    decoder = DECODERS[name][0]
    try:
        decoder(memoryview(data))
    except WireError as error:
        assert str(error)
        assert isinstance(error.refusal, Refusal)
        assert len(str(error)) < 500


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=60)
@given(data=st.one_of(st.binary(max_size=600), packed_values))
def test_arbitrary_bytes_decode_or_raise(name: str, data: bytes) -> None:
    assert_decodes_or_raises(name, data)


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=60)
@given(draw=st.data())
def test_mutated_vectors_decode_or_raise(name: str, draw: st.DataObject) -> None:
    whole = draw.draw(st.sampled_from(vector_bytes(name)))
    at = draw.draw(st.integers(0, len(whole)))
    length = draw.draw(st.integers(0, 12))
    piece = draw.draw(st.one_of(st.binary(max_size=12), packed_values))
    assert_decodes_or_raises(name, whole[:at] + piece + whole[at + length :])


@pytest.mark.parametrize("name", DECODERS)
def test_truncated_vectors_decode_or_raise(name: str) -> None:
    whole = min(vector_bytes(name), key=len)
    for length in range(min(len(whole), 600)):
        assert_decodes_or_raises(name, whole[:length])


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("deep", [b"\x91" * 70_000, b"\x81" * 70_000, b"\xdd\xff\xff\xff\xff"])
def test_deep_and_huge_arrays_are_bounded(name: str, deep: bytes) -> None:
    assert_decodes_or_raises(name, deep)
    assert_decodes_or_raises(name, b"\x92\x01" + deep)
    assert_decodes_or_raises(name, b"\x92\x01" + deep[:60_000])
