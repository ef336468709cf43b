"""Segment arithmetic, compared with counting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.segments import (
    CAPACITY_DEFAULT_BYTES,
    CAPACITY_MAX_BYTES,
    CAPACITY_MIN_BYTES,
    SEAL_BYTES,
    SEGMENT_BYTES,
    check_capacity,
    frame_limit_bytes,
    sealed_bytes,
    segment_count,
)

capacities = st.integers(1, 256).map(lambda count: count * SEGMENT_BYTES)


@given(st.integers(0, 40 * SEGMENT_BYTES))
def test_every_segment_carries_one_tag(length: int) -> None:
    pieces = [min(SEGMENT_BYTES, length - at) for at in range(0, length, SEGMENT_BYTES)]
    assert segment_count(length) == len(pieces)
    assert sealed_bytes(length) == sum(piece + SEAL_BYTES for piece in pieces)


@pytest.mark.parametrize(
    ("length", "sealed"),
    [(0, 0), (1, 17), (65536, 65552), (65537, 65569), (1 << 20, (1 << 20) + 256)],
)
def test_sealed_sizes(length: int, sealed: int) -> None:
    assert sealed_bytes(length) == sealed


@given(capacities)
def test_the_largest_message_fits_a_frame(size: int) -> None:
    check_capacity("size", size)
    assert frame_limit_bytes(size) == 4096 + sealed_bytes(size)


@pytest.mark.parametrize("size", [0, 1, -65536, 65535, 65537, CAPACITY_MAX_BYTES + SEGMENT_BYTES])
def test_a_size_out_of_bounds_is_named(size: int) -> None:
    with pytest.raises(ValueError, match=f"message size {size} must be 65536 to 16777216"):
        check_capacity("message size", size)


def test_the_bounds_themselves_are_allowed() -> None:
    for size in (CAPACITY_MIN_BYTES, CAPACITY_DEFAULT_BYTES, CAPACITY_MAX_BYTES):
        check_capacity("size", size)
