"""HELLO, DATA and HAVE."""

import random

import pytest

from netrelay.core.serial.line_records import (
    PIECE_MAX_BYTES,
    RANGES_MOST,
    LineData,
    LineFlag,
    LineHave,
    LineHello,
    LineRecord,
    decode_line_record,
    encode_line_record,
)

RECORDS: list[tuple[LineRecord, str]] = [
    (
        LineHello(0x01020304, 0, is_half_duplex=False, airtime_percent=100),
        "100101020304000000000064",
    ),
    (
        LineHello(
            0xFFFFFFFF,
            0x0A0B0C0D,
            is_half_duplex=True,
            airtime_percent=10,
            flags=LineFlag.OVER | LineFlag.ASK,
        ),
        "1301ffffffff0a0b0c0d010a",
    ),
    (LineData(0xFFFE, b"abc"), "20fffe616263"),
    (LineHave(7), "300007"),
    (LineHave(7, ((9, 12), (65530, 3)), LineFlag.ANSWER), "3400070009000cfffa0003"),
]


@pytest.mark.parametrize(("record", "vector"), RECORDS)
def test_the_vectors_of_the_document(record: LineRecord, vector: str) -> None:
    assert encode_line_record(record).hex() == vector
    assert decode_line_record(bytes.fromhex(vector)) == record


@pytest.mark.parametrize(
    "content",
    [
        b"\x00",
        b"\x40\0\0",
        b"\x28\0\0abc",  # a flag that nobody knows
        b"\x20\0",
        b"\x20\0\0",  # no data
        b"\x20\0\0" + bytes(PIECE_MAX_BYTES + 1),
        b"\x30\0\0\0\1",  # half a range
        b"\x30\0\0" + bytes(4 * RANGES_MOST + 4),
        bytes.fromhex("100101020304000000000064")[:-1],
        bytes.fromhex("100201020304000000000064"),  # version 2
        bytes.fromhex("100100000000000000000064"),  # no session
        bytes.fromhex("100101020304000000000264"),
        bytes.fromhex("100101020304000000000000"),
        bytes.fromhex("100101020304000000000065"),
    ],
)
def test_what_is_no_record_is_none(content: bytes) -> None:
    assert decode_line_record(content) is None


def test_any_bytes_are_a_record_or_none() -> None:
    made = random.Random(11)
    for _ in range(10_000):
        content = bytes([made.randrange(0x50)]) + made.randbytes(made.randrange(100))
        record = decode_line_record(content)
        if record is not None and not isinstance(record, LineHello):
            assert encode_line_record(record) == content
