"""Compression of claims: what is worth it, what is not, and that small ones do not wait."""

import os
from pathlib import Path

import pytest

from netrelay.core.compressed_stream import Decompressor
from netrelay.transfer.claims import Claimed, describe
from netrelay.transfer.compression import Compression, Done

MIB = 1024 * 1024
TEXT = b"a line that comes again\n" * 1000


class Place:
    """A home with claims and a folder of compressed copies."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.claims = home / "claims"
        self.copies = home / "copies"
        self.claims.mkdir()
        self.copies.mkdir()

    def claim(self, name: str, content: bytes) -> Claimed:
        """Return a claim of a file with this content."""
        (self.claims / name).write_bytes(content)
        return describe(self.home, os.fsencode(self.claims / name))

    def compression(self, *kept: str) -> Compression:
        """Return a compression of this home."""
        return Compression(self.home, self.copies, kept)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def all_done(compression: Compression) -> list[Done]:
    """Advance until nothing waits; return what was done, in its order."""
    done: list[Done] = []
    while compression.claims:
        done += compression.advance()
    return done


def test_a_copy_unpacks_to_its_claim(place: Place) -> None:
    compression = place.compression()
    item = place.claim("log", TEXT)
    compression.add("boat", item, is_wherever=False)
    ((node, done, copy),) = all_done(compression)
    assert (node, done) == ("boat", item)
    assert copy is not None
    assert copy.size_bytes < len(TEXT) * 0.8
    decompressor = Decompressor(copy.plain)
    packed = (place.copies / copy.name).read_bytes()
    assert len(packed) == copy.size_bytes
    assert b"".join(decompressor.add(packed)) == TEXT
    decompressor.finish()


def test_what_does_not_shrink_by_a_fifth_has_no_copy(place: Place) -> None:
    compression = place.compression()
    compression.add("boat", place.claim("noise", os.urandom(4 * MIB)), is_wherever=False)
    # Its beginning promises more than the rest holds.
    mixed = place.claim("mixed", TEXT * 8 + os.urandom(4 * MIB))
    compression.add("boat", mixed, is_wherever=False)
    assert [each.copy for each in all_done(compression)] == [None, None]
    assert list(place.copies.iterdir()) == []


def test_wherever_it_shrinks_a_little_is_enough(place: Place) -> None:
    compression = place.compression()
    mixed = place.claim("mixed", TEXT * 8 + os.urandom(4 * MIB))
    compression.add("boat", mixed, is_wherever=True)
    compression.add("boat", place.claim("noise", os.urandom(MIB)), is_wherever=True)
    assert [each.copy is not None for each in all_done(compression)] == [False, True]


def test_small_ones_do_not_wait_for_a_large_one(place: Place) -> None:
    compression = place.compression()
    compression.add("boat", place.claim("large", TEXT * 800), is_wherever=False)
    assert compression.advance() == []
    for name in ("a", "b"):
        compression.add("boat", place.claim(name, TEXT), is_wherever=False)
    assert {done.item.name for done in compression.advance()} == {b"a", b"b"}
    assert [done.item.name for done in all_done(compression)] == [b"large"]


def test_a_claim_that_changes_is_sent_as_it_is(place: Place) -> None:
    compression = place.compression()
    item = place.claim("large", TEXT * 800)
    compression.add("boat", item, is_wherever=False)
    assert compression.advance() == []
    (place.claims / "large").write_bytes(TEXT)
    assert all_done(compression) == [Done("boat", item, None)]
    assert list(place.copies.iterdir()) == []


def test_a_start_removes_the_copies_that_no_job_has(place: Place) -> None:
    for name in ("mine", "left"):
        (place.copies / name).write_bytes(b"x")
    place.compression("mine")
    assert [path.name for path in place.copies.iterdir()] == ["mine"]
