"""A file that one node sends is stored and delivered by another, byte for byte."""

import os

import pytest

from netrelay.core.single import single_header_bytes
from tests.transfer.linked_pair import SIZE, Pair

NAME = b"report.txt"
LARGEST_SINGLE = SIZE - single_header_bytes(NAME)


@pytest.mark.parametrize(
    ("length", "types"),
    [
        (0, [1]),
        (1, [1]),
        (5_000, [1]),
        (LARGEST_SINGLE, [1]),
        (LARGEST_SINGLE + 1, [2, 3]),
        (SIZE, [2, 3]),
        (SIZE + 1, [2, 2, 3]),
        (3 * SIZE, [2, 2, 2, 3]),
        (3 * SIZE + 7, [2, 2, 2, 2, 3]),
    ],
)
def test_a_file_of_any_length_arrives_byte_for_byte(
    pair: Pair, length: int, types: list[int]
) -> None:
    content = os.urandom(length)
    claimed = pair.source.drop_file(pair.destination, NAME, content)
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"report.txt": content}
    pieces = pair.source.rows("SELECT type FROM messages WHERE parent > 0 ORDER BY 1")
    assert [type_ for (type_,) in pieces] == types
    assert pair.source.states(6) == ["F"]
    arrived = pair.destination.home.inbox / "alba" / "report.txt"
    assert arrived.stat().st_mtime_ns == claimed.mtime_ns
    assert arrived.stat().st_mode & 0o7777 == 0o640
    assert arrived.stat().st_nlink == 1
    assert list(pair.destination.home.staging.iterdir()) == []
