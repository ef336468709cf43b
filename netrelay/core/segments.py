"""Segment arithmetic: how plaintext is divided, and the size of its sealed form.

    job        |------------------------ total_size_bytes ------------------------|
    messages   |---- message size ----|---- message size ----|------- rest -------|
    segments   |seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|seg|s |
    as sent    every segment is followed by its own 16-byte tag

A message size is a whole number of segments, so every message begins at a segment boundary, and a
relay can fragment it between segments without the key.
"""

from typing import Final

SEGMENT_BYTES: Final = 65536
SEAL_BYTES: Final = 16  # the tag of AES-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439)

CAPACITY_MIN_BYTES: Final = SEGMENT_BYTES
CAPACITY_MAX_BYTES: Final = 16 * 1024 * 1024
CAPACITY_DEFAULT_BYTES: Final = 1024 * 1024

HEADER_LIMIT_BYTES: Final = 4096


def segment_count(length_bytes: int) -> int:
    """Return the number of segments of this much plaintext, the last one possibly short."""
    return -(-length_bytes // SEGMENT_BYTES)


def sealed_bytes(length_bytes: int) -> int:
    """Return the sealed size of this much plaintext: one tag more for each segment."""
    return length_bytes + SEAL_BYTES * segment_count(length_bytes)


def check_capacity(name: str, size_bytes: int) -> None:
    """Raise ValueError, quoting `name`, unless this is a valid capacity or message size."""
    if not CAPACITY_MIN_BYTES <= size_bytes <= CAPACITY_MAX_BYTES or size_bytes % SEGMENT_BYTES:
        raise ValueError(
            f"{name} {size_bytes} must be {CAPACITY_MIN_BYTES} to {CAPACITY_MAX_BYTES} bytes "
            f"and a multiple of {SEGMENT_BYTES}"
        )


def frame_limit_bytes(message_size_bytes: int) -> int:
    """Return the largest payload of a MESSAGES frame, in bytes, at this agreed message size."""
    return HEADER_LIMIT_BYTES + sealed_bytes(message_size_bytes)
