"""Running hashes: pieces in order, and everything that is not."""

import os

import pytest
from blake3 import blake3

from netrelay.store.arrivals import MessageIdentity
from netrelay.transfer.running_hashes import RunningHashes

SIZE_BYTES = 10


def identity(sequence: int = 1) -> MessageIdentity:
    return MessageIdentity("source", "destination", b"epoch", sequence, 0)


def add(hashes: RunningHashes, content: bytes, *begins: int, sequence: int = 1) -> None:
    """Add pieces of five bytes that begin there."""
    for begin in begins:
        piece = memoryview(content[begin : begin + 5])
        hashes.add(identity(sequence), begin, len(content), piece)


def test_pieces_in_order_have_the_hash_of_the_file() -> None:
    hashes, content = RunningHashes(), os.urandom(SIZE_BYTES)
    add(hashes, content, 0)
    assert hashes.found == {}
    hashes.end_batch()
    add(hashes, content, 5)
    assert hashes.found == {identity(): blake3(content).digest()}
    hashes.end_batch()
    assert hashes.found == {}


@pytest.mark.parametrize(
    "begins",
    [
        (5,),
        (5, 0),
        (0, 10, 5),
        (0, 5, 5, 10),
        (0, 5, 10, 5),
        (0, 5, 10, 0),
    ],
)
def test_anything_else_has_none(begins: tuple[int, ...]) -> None:
    hashes, content = RunningHashes(), os.urandom(15)
    add(hashes, content, *begins)
    assert hashes.found == {}


def test_a_file_that_begins_again_is_hashed_as_it_is_then() -> None:
    hashes, before, content = RunningHashes(), os.urandom(15), os.urandom(15)
    add(hashes, before, 0, 5)
    add(hashes, content, 0, 5, 10)
    assert hashes.found == {identity(): blake3(content).digest()}


def test_files_are_kept_apart() -> None:
    hashes, first, second = RunningHashes(), os.urandom(10), os.urandom(10)
    add(hashes, first, 0, sequence=1)
    add(hashes, second, 0, sequence=2)
    add(hashes, first, 5, sequence=1)
    add(hashes, second, 5, sequence=2)
    assert hashes.found == {
        identity(1): blake3(first).digest(),
        identity(2): blake3(second).digest(),
    }


def test_the_oldest_of_more_than_64_is_forgotten() -> None:
    hashes, content = RunningHashes(), os.urandom(10)
    for sequence in range(65):
        add(hashes, content, 0, sequence=sequence)
    for sequence in range(65):
        add(hashes, content, 5, sequence=sequence)
    assert set(hashes.found) == {identity(sequence) for sequence in range(1, 65)}
