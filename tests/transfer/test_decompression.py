"""Unpacking of compressed files beside the staging folder."""

import os
from pathlib import Path

import pytest
from blake3 import blake3

from netrelay.core.compressed_stream import Compressor
from netrelay.core.plain_content import PlainContent
from netrelay.core.words import WireError
from netrelay.store.coming_files import Complete
from netrelay.transfer import decompression
from netrelay.transfer.decompression import Decompression, plain_name
from netrelay.transfer.unpacking import NoRoomYetError
from tests.vectors.compressed_vectors import block, frame

MIB = 1024 * 1024


class Place:
    """A staging and an unpacking folder."""

    def __init__(self, folder: Path) -> None:
        self.staging = folder / "staging"
        self.unpacking = folder / "unpacking"
        self.staging.mkdir()
        self.unpacking.mkdir()
        self.work = Decompression(self.staging, self.unpacking)

    def stage(self, name: str, packed: bytes, plain: PlainContent) -> Complete:
        """Return the row of a file that came compressed."""
        (self.staging / name).write_bytes(packed)
        return Complete(1, 1, name, None, 0, "shelf", name, False, plain=plain)

    def come(self, name: str, content: bytes) -> Complete:
        """Return the row of a file with this content that came compressed."""
        compressor = Compressor(len(content))
        packed = compressor.add(content)
        last, plain = compressor.finish()
        return self.stage(name, packed + last, plain)

    def finish(self, item: Complete) -> int:
        """Advance until it is complete; return how many steps that took."""
        steps = 1
        while not self.work.advance(item):
            steps += 1
        return steps

    @property
    def names(self) -> list[str]:
        """The names in the unpacking folder."""
        return sorted(path.name for path in self.unpacking.iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_is_unpacked_takes_the_place_of_what_came(place: Place) -> None:
    content = b"a line that comes again\n" * 5_000
    item = place.come("one", content)
    assert place.finish(item) == 1
    # A start in between finds what was unpacked, and places it; once more changes nothing.
    assert place.names == [plain_name("one")]
    anew = Decompression(place.staging, place.unpacking)
    for _ in range(2):
        anew.place("one")
        assert (place.staging / "one").read_bytes() == content
        assert place.names == []


def test_a_large_one_takes_many_steps_and_small_ones_do_not_wait(place: Place) -> None:
    large = place.come("large", bytes(100 * MIB))
    small = [place.come(f"small-{at}", b"x" * 3_000) for at in range(20)]
    waiting = [large, *small]
    first = place.work.next_of(waiting)
    assert first == [*small[:16], large]
    assert not place.work.advance(large)
    assert place.work.next_of(waiting) == [large, *small[:15]]
    assert place.finish(large) >= 2
    assert (place.unpacking / plain_name("large")).stat().st_size == 100 * MIB


def test_what_is_not_waited_for_any_more_is_left(place: Place) -> None:
    large = place.come("large", bytes(100 * MIB))
    assert not place.work.advance(large)
    assert place.work.next_of([]) == []
    assert place.names == []


@pytest.mark.parametrize(
    ("packed", "said_bytes", "reason"),
    [
        (frame(*[block(1, 131_072, b"\0")] * 9_000), MIB, "more than the 1048576 bytes"),
        (frame(*[block(0, 0, b"")] * 99), 1, "ends after 0 of 1 unpacked bytes"),
        (frame(block(1, 9, b"x", is_last=True)) + b"!", 9, "bytes after its frame"),
        (frame(block(1, 9, b"x", is_last=True)), 8, "more than the 8 bytes"),
        (b"", 8, "ends after 0 of 8 unpacked bytes"),
    ],
)
def test_what_is_not_as_its_source_says_leaves_nothing(
    place: Place, packed: bytes, said_bytes: int, reason: str
) -> None:
    item = place.stage("bad", packed, PlainContent(said_bytes, blake3(b"").digest()))
    with pytest.raises(WireError, match=reason):
        place.finish(item)
    assert place.names == []


def test_a_flood_of_blocks_of_nothing_is_divided_into_steps(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decompression, "_BYTES_A_STEP", 64 * 1024)
    flood = frame(*[block(0, 0, b"")] * 100_000)
    item = place.stage("flood", flood, PlainContent(1, bytes(32)))
    steps = 0
    with pytest.raises(WireError, match="ends after 0 of 1"):
        while not place.work.advance(item):
            steps += 1
    assert steps >= 4


def test_what_does_not_fit_waits(place: Place) -> None:
    free = os.statvfs(place.unpacking)
    too_much = free.f_bavail * free.f_frsize
    item = place.stage("vast", frame(), PlainContent(too_much, bytes(32)))
    with pytest.raises(NoRoomYetError):
        place.work.advance(item)
    assert place.names == []


def test_what_is_gone_is_reported(place: Place) -> None:
    item = place.come("one", b"x" * 3_000)
    (place.staging / "one").unlink()
    with pytest.raises(FileNotFoundError):
        place.work.advance(item)
    assert place.names == []
