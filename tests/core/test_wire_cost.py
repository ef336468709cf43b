"""Bytes of frames and on the wire for a file."""

import pytest

from netrelay.core.segments import sealed_bytes
from netrelay.core.wire_cost import frame_bytes, travelling_bytes, wire_cost

KIB, MIB = 1024, 1024 * 1024


def test_the_range_holds_what_is_likely_and_more_than_the_file() -> None:
    for size_bytes in (0, 1, 1000, MIB, 2**40):
        framed = frame_bytes(size_bytes, MIB, is_single=size_bytes <= MIB)
        assert framed > sealed_bytes(size_bytes)
        for is_connected in (True, False):
            cost = wire_cost(framed, MIB, is_connected=is_connected)
            assert framed <= cost.low_bytes < cost.likely_bytes < cost.high_bytes


def test_a_connection_that_is_open_costs_nothing() -> None:
    framed = frame_bytes(1000, MIB, is_single=True)
    opened, new = (wire_cost(framed, MIB, is_connected=each) for each in (True, False))
    assert new.likely_bytes - opened.likely_bytes == 4500


@pytest.mark.parametrize(("pieces", "message_size"), [(16, 64 * KIB), (1, MIB)])
def test_small_messages_cost_more_headers(pieces: int, message_size: int) -> None:
    framed = frame_bytes(MIB, message_size, is_single=False)
    headers_bytes = framed - sealed_bytes(MIB) - frame_bytes(0, message_size, is_single=False)
    assert headers_bytes % pieces == 0
    assert headers_bytes // pieces < 300


def test_compression_shrinks_what_travels() -> None:
    assert travelling_bytes(1000) == 1000
    assert travelling_bytes(1000, 0.25) == 250
