"""Compressed content: round trips, and what a source may send in its place.

The vectors (`tests/vectors/compressed_vectors.py`) have the frames that break a rule.
"""

import random
import resource
from contextlib import suppress

import pytest
import zstandard
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from netrelay.core.compressed_stream import Compressor, Decompressor
from netrelay.core.plain_content import PlainContent
from netrelay.core.words import WireError
from tests.vectors.compressed_vectors import block, frame

MIB = 1024 * 1024
RUN_BYTES = 131_072
RUN = block(1, RUN_BYTES, b"\0")


def compressed(content: bytes, part_bytes: int = 1 << 16) -> tuple[bytes, PlainContent]:
    compressor = Compressor(len(content))
    parts = [
        compressor.add(content[at : at + part_bytes]) for at in range(0, len(content), part_bytes)
    ]
    last, plain = compressor.finish()
    return b"".join([*parts, last]), plain


def unpacked(packed: bytes, plain: PlainContent, part_bytes: int = 1 << 16) -> bytes:
    decompressor = Decompressor(plain)
    out = b"".join(
        piece
        for at in range(0, len(packed), part_bytes)
        for piece in decompressor.add(packed[at : at + part_bytes])
    )
    decompressor.finish()
    return out


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=1, max_size=300), st.integers(1, 2000), st.integers(18, 5000))
def test_content_round_trips_in_any_parts(seed: bytes, times: int, part_bytes: int) -> None:
    content = seed * times
    packed, plain = compressed(content, part_bytes)
    assert plain == PlainContent(len(content), blake3(content).digest())
    assert unpacked(packed, plain, part_bytes) == content


def test_a_large_content_needs_a_window_of_two_mebibytes_at_most() -> None:
    content = random.Random(1).randbytes(64) * (5 * MIB // 64)
    packed, plain = compressed(content)
    assert zstandard.get_frame_parameters(packed).window_size <= 2 * MIB
    assert unpacked(packed, plain) == content


def test_a_bomb_is_left_at_the_first_byte_too_much() -> None:
    bomb = frame(*[RUN] * 100_000, window=b"\x68")  # 400 KB, which unpack to 12 GiB
    decompressor = Decompressor(PlainContent(MIB, bytes(32)))
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(WireError, match="more than the 1048576 bytes that its source says"):
        for _ in decompressor.add(bomb):
            pass
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 64 * 1024


def test_what_is_unpacked_at_once_is_bounded() -> None:
    decompressor = Decompressor(PlainContent(1 << 40, bytes(32)))
    pieces = [len(piece) for piece in decompressor.add(frame(*[RUN] * 1_000, window=b"\x68"))]
    assert max(pieces) <= 16 * MIB
    assert len(pieces) == -(-(6 + 4 * 1_000) // 512)


def test_blocks_of_nothing_unpack_to_nothing() -> None:
    flood = frame(*[block(0, 0, b"")] * 10_000)
    decompressor = Decompressor(PlainContent(1, bytes(32)))
    assert b"".join(decompressor.add(flood)) == b""
    with pytest.raises(WireError, match="ends after 0 of 1 unpacked bytes"):
        decompressor.finish()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_any_change_of_a_frame_is_refused_or_without_effect(
    seed: bytes, place: int, change: bytes
) -> None:
    content = b"some content" + seed * 3
    packed, plain = compressed(content)
    at = place % len(packed)
    with suppress(WireError):
        assert unpacked(packed[:at] + change + packed[at + len(change) :], plain) == content
