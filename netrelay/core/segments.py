"""Segment arithmetic: how plaintext is cut, and how large it is once sealed.

    job        |------------------------ total_size_bytes ------------------------|
    messages   |---- message size ----|---- message size ----|------- rest -------|
    segments   |seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|s |
    as sent    every segment is followed by its own 16-byte tag

A message size is a whole number of segments, so every message begins on a segment boundary and a
relay can cut one again between segments without the key.
"""

from collections.abc import Iterator
from typing import Final

SEGMENT_BYTES: Final = 65536
SEAL_BYTES: Final = 16  # the tag of AES-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439)

CAPACITY_MIN_BYTES: Final = SEGMENT_BYTES
CAPACITY_MAX_BYTES: Final = 16 * 1024 * 1024
CAPACITY_DEFAULT_BYTES: Final = 1024 * 1024

HEADER_LIMIT_BYTES: Final = 4096


def segment_count(length_bytes: int) -> int:
    """The number of segments of so much plaintext, the last one possibly short; 0 for nothing."""
    return -(-length_bytes // SEGMENT_BYTES)


def sealed_bytes(length_bytes: int) -> int:
    """The size of so much plaintext once every segment carries its tag."""
    return length_bytes + SEAL_BYTES * segment_count(length_bytes)


def check_capacity(name: str, size_bytes: int) -> None:
    """Raises ValueError, with the name given, unless the size is one a node may take or agree."""
    if not CAPACITY_MIN_BYTES <= size_bytes <= CAPACITY_MAX_BYTES or size_bytes % SEGMENT_BYTES:
        raise ValueError(
            f"{name} {size_bytes} must be {CAPACITY_MIN_BYTES} to {CAPACITY_MAX_BYTES} bytes "
            f"and a multiple of {SEGMENT_BYTES}"
        )


def chunk_ranges(total_size_bytes: int, message_size_bytes: int) -> Iterator[tuple[int, int]]:
    """The (offset, length) of every message a job is cut into, in order; none for an empty job."""
    check_capacity("message size", message_size_bytes)
    for offset in range(0, total_size_bytes, message_size_bytes):
        yield offset, min(message_size_bytes, total_size_bytes - offset)


def frame_limit_bytes(message_size_bytes: int) -> int:
    """The largest payload of a MESSAGES frame between nodes that agreed on this message size."""
    return HEADER_LIMIT_BYTES + sealed_bytes(message_size_bytes)
