"""Sizes of DATA frames that follow the errors of a serial line."""

from math import sqrt
from typing import Final

from netrelay.core.serial.line_frames import CRC_BYTES
from netrelay.core.serial.line_records import DATA_HEADER_BYTES, PIECE_MAX_BYTES, PIECE_MIN_BYTES

# Header, CRC, the zero, and a byte of stuffing.
FRAME_COST_BYTES: Final = DATA_HEADER_BYTES + CRC_BYTES + 2
# The first estimate has the weight of so many frames of 256 bytes. The weight of a frame is halved
# when so many have followed it.
_FIRST_BYTES: Final = 256
_FIRST_FRAMES: Final = 16
_HALF_FRAMES: Final = 128


class PieceSizes:
    """The size of the next DATA frame, by how many were lost of those before.

    If each byte is damaged with a small probability e, a frame of L bytes and a cost of H carries
    most at L = sqrt(H / e): the derivative of L / (L + H) * (1 - e * (L + H)) is nearly 0 there.
    """

    def __init__(self) -> None:
        self._bytes = float(_FIRST_BYTES * _FIRST_FRAMES)
        self._losses = self._bytes * FRAME_COST_BYTES / _FIRST_BYTES**2

    @property
    def error_rate(self) -> float:
        """Lost frames for each byte that was sent in one."""
        return self._losses / self._bytes

    @property
    def size_bytes(self) -> int:
        """Bytes of the stream that the next frame should have."""
        wanted = sqrt(FRAME_COST_BYTES / max(self.error_rate, 1e-9))
        return max(PIECE_MIN_BYTES, min(int(wanted), PIECE_MAX_BYTES))

    def note(self, piece_bytes: int, *, is_lost: bool) -> None:
        """Count a frame with so many bytes of the stream."""
        kept = 0.5 ** (1 / _HALF_FRAMES)
        self._bytes = self._bytes * kept + piece_bytes + FRAME_COST_BYTES
        self._losses = self._losses * kept + is_lost
