"""Gaps that the other side makes byte by byte: both directions keep a bounded number of ranges."""

from netrelay.core.serial.byte_ranges import KEPT_RANGES_MAX
from netrelay.core.serial.line_records import (
    PIECE_MAX_BYTES,
    RANGES_MOST,
    LineData,
    LineHave,
)
from netrelay.core.serial.piece_sizes import PieceSizes
from netrelay.core.serial.received_bytes import ReceivedBytes
from netrelay.core.serial.sent_bytes import SentBytes

COUNT = 4000


def test_single_bytes_with_gaps_are_dropped_beyond_the_bound() -> None:
    received = ReceivedBytes()
    taken = [received.take(LineData(2 * at + 1, b"x")) for at in range(COUNT)]
    assert sum(each is not None for each in taken) == KEPT_RANGES_MAX
    # The gaps can still be filled, from the first one on.
    assert received.take(LineData(0, b"abc")) == b"abcx"


def test_ranges_that_are_named_without_end_are_forgotten_beyond_the_bound() -> None:
    sent = SentBytes(PieceSizes())
    sent.add(bytes(2 * COUNT))
    while (piece := sent.next_piece(PIECE_MAX_BYTES)) is not None:
        sent.left(piece, 0.0)
    for at in range(0, COUNT, RANGES_MOST):
        ranges = tuple((2 * each + 1, 2 * each + 2) for each in range(at, at + RANGES_MOST))
        sent.heard(LineHave(0, ranges), 1.0, is_answer=False, is_last_word=False)
    assert len(sent._arrived) == KEPT_RANGES_MAX
