"""Files of a medium: their header, and what they may hold."""

import pytest

from netrelay.core.medium_file import (
    MEDIUM_HEADER_BYTES,
    MEDIUM_PARTS_MAX,
    MEDIUM_SIGNED_BYTES,
    MediumHeader,
    MediumKind,
    MediumPart,
    decode_medium_header,
    encode_medium_header,
    part_limit_bytes,
)
from netrelay.core.segments import CAPACITY_MAX_BYTES, CAPACITY_MIN_BYTES

LARGEST = MediumHeader(
    MediumKind.MESSAGES,
    "a" * 32,
    "b" * 32,
    bytes(range(16)),
    CAPACITY_MAX_BYTES,
    tuple(
        MediumPart(part_limit_bytes(MediumKind.MESSAGES, CAPACITY_MAX_BYTES), bytes([each] * 32))
        for each in range(MEDIUM_PARTS_MAX)
    ),
)


def test_the_largest_header_has_its_place_and_comes_back() -> None:
    signed = encode_medium_header(LARGEST)
    assert len(signed) == MEDIUM_SIGNED_BYTES == MEDIUM_HEADER_BYTES - 64
    assert decode_medium_header(signed) == LARGEST


def test_the_largest_file_is_one_that_fat32_holds() -> None:
    assert LARGEST.file_bytes < 4 * 1024**3


@pytest.mark.parametrize(
    "wrong",
    [
        {"parts": ()},
        {"parts": (MediumPart(1, bytes(32)),) * (MEDIUM_PARTS_MAX + 1)},
        {"message_size_bytes": CAPACITY_MIN_BYTES - 1},
    ],
)
def test_a_header_that_would_be_refused_is_not_written(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        encode_medium_header(LARGEST._replace(**wrong))  # type: ignore[arg-type]
