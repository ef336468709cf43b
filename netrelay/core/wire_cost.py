"""The cost of a file: bytes of the frames that carry it, and bytes on the wire for these."""

from typing import Final, NamedTuple

from netrelay.core.budget import wire_estimate_bytes
from netrelay.core.message_frames import MESSAGE_OVERHEAD_BYTES
from netrelay.core.segments import sealed_bytes

# An end-to-end header; a manifest or the key of singles with its headers; a frame header.
_END_TO_END_BYTES: Final = 120
_MANIFEST_BYTES: Final = 640
_FRAME_BYTES: Final = 12
# TLS adds 22 bytes to a record of 16 KiB, TCP and IP 52 to a segment of 1,448, and what
# acknowledges two segments has 52: on lines of the usual size of packets.
WIRE_RATIO: Final = (1 + 22 / 16_384) * (1 + 52 / 1_448 + 52 / 2_896)
"""Bytes that are likely on the wire, both ways, for each byte of frames."""
# Large packets (a local network that offloads, or loopback) have nearly no headers.
_LEAST_RATIO: Final = 1.005
# A handshake of both sides with its segments; a frame alone, its acknowledgement, and the receipt.
CONNECTION_BYTES: Final = 4500
RECEIPT_BYTES: Final = 1100


class WireCost(NamedTuple):
    """Bytes on the wire, both ways."""

    low_bytes: int
    likely_bytes: int
    high_bytes: int


def travelling_bytes(size_bytes: int, compressed_to: float = 1.0) -> int:
    """Return the bytes of a file that are sealed and sent.

    compressed_to: the share of its size that is left by compression, where something compresses it.
    """
    return max(int(size_bytes * compressed_to), 0)


def frame_bytes(payload_bytes: int, message_size_bytes: int, *, is_single: bool) -> int:
    """Return the bytes of the frames that carry this much of a file."""
    pieces = 1 if is_single else -(-payload_bytes // message_size_bytes)
    each_bytes = MESSAGE_OVERHEAD_BYTES + _END_TO_END_BYTES + _FRAME_BYTES
    return sealed_bytes(payload_bytes) + pieces * each_bytes + _MANIFEST_BYTES


def wire_cost(framed_bytes: int, message_size_bytes: int, *, is_connected: bool) -> WireCost:
    """Return what frames cost; is_connected: a connection is open for them."""
    extra_bytes = RECEIPT_BYTES + (0 if is_connected else CONNECTION_BYTES)
    frames = -(-framed_bytes // message_size_bytes)
    most_bytes = wire_estimate_bytes(framed_bytes) + 512 * frames
    return WireCost(
        int(framed_bytes * _LEAST_RATIO) + extra_bytes // 2,
        int(framed_bytes * WIRE_RATIO) + extra_bytes,
        most_bytes + 2 * extra_bytes,
    )
