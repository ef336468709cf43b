"""Dropped directories: their entries, and any range of the stream they are sent as."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from netrelay.core.directory_stream import LENGTH, EntryOrder, decode_entry
from netrelay.transfer.claimed_file import ClaimedFiles, FileChanged
from netrelay.transfer.dropped_tree import ClaimedTrees, TreeRefused, is_tree, read_tree
from tests.disk.exchange import Exchanger

CONTENT = {
    b"a": b"",
    b"deep/er/\xff": b"x" * 5_000,
    b"deep/er/-rf": b"1",
    b"deep.txt": bytes(range(256)) * 300,
    b"new\nline": b"2",
}


class Claim:
    """One claimed directory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "claim"
        for name, content in CONTENT.items():
            path = self.path / os.fsdecode(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (self.path / "empty").mkdir()
        self.tree = read_tree(os.fsencode(self.path))
        self.trees = ClaimedTrees(ClaimedFiles(home))

    def read(self, offset: int = 0, length: int | None = None) -> bytes:
        """Return a range of the stream."""
        length = self.tree.size_bytes - offset if length is None else length
        view = memoryview(bytearray(length))
        self.trees.read_into(b"claim", self.tree.fingerprint, offset, view)
        return bytes(view)


@pytest.fixture
def claim(tmp_path: Path) -> Claim:
    """A claimed directory with odd names, a deep one, an empty file and an empty directory."""
    return Claim(tmp_path)


def test_the_stream_contains_every_entry(claim: Claim) -> None:
    stream = claim.read()
    order, found, place = EntryOrder(), dict[bytes, bytes | None](), 0
    while True:
        (length,) = LENGTH.unpack_from(stream, place)
        place += LENGTH.size
        entry = decode_entry(stream[place : place + length])
        order.add(entry)
        place += length
        if not entry.kind:
            break
        is_file = entry.kind == 1
        assert entry.mtime_ns == (claim.path / os.fsdecode(entry.path)).stat().st_mtime_ns
        found[entry.path] = stream[place : place + entry.size_bytes] if is_file else None
        place += entry.size_bytes
    assert place == len(stream)
    assert found == CONTENT | {b"deep": None, b"deep/er": None, b"empty": None}


def test_any_range_equals_that_part_of_the_stream(claim: Claim) -> None:
    stream = claim.read()
    chance = random.Random(1)
    ranges = [(n, 1) for n in range(300)] + [
        (first := chance.randrange(len(stream)), chance.randrange(len(stream) - first + 1))
        for _ in range(500)
    ]
    for offset, length in ranges:
        assert claim.read(offset, length) == stream[offset : offset + length]


def test_an_empty_directory_is_a_stream_too(tmp_path: Path) -> None:
    (tmp_path / "claim").mkdir()
    tree = read_tree(os.fsencode(tmp_path / "claim"))
    view = memoryview(bytearray(tree.size_bytes))
    ClaimedTrees(ClaimedFiles(tmp_path)).read_into(b"claim", tree.fingerprint, 0, view)
    assert decode_entry(bytes(view)[LENGTH.size :]).size_bytes == 0


def test_a_move_changes_nothing(claim: Claim) -> None:
    before = claim.read()
    (claim.home / "elsewhere").mkdir()
    claim.path.rename(claim.home / "elsewhere" / "other")
    tree = read_tree(os.fsencode(claim.home / "elsewhere" / "other"))
    assert tree.fingerprint == claim.tree.fingerprint
    assert is_tree(tree.fingerprint)
    view = memoryview(bytearray(tree.size_bytes))
    ClaimedTrees(ClaimedFiles(claim.home)).read_into(b"elsewhere/other", tree.fingerprint, 0, view)
    assert bytes(view) == before


def grow(path: Path) -> None:
    with (path / "deep.txt").open("ab") as file:
        file.write(b"more")


def add(path: Path) -> None:
    (path / "deep" / "new").touch()


def remove(path: Path) -> None:
    (path / "deep.txt").unlink()


def replace_a_directory_by_a_link(path: Path) -> None:
    (path / "deep").rename(path.parent / "moved")
    (path / "deep").symlink_to(path.parent / "moved")


@pytest.mark.parametrize("change", [grow, add, remove, replace_a_directory_by_a_link])
def test_every_change_before_the_first_read_is_detected(
    claim: Claim, change: Callable[[Path], None]
) -> None:
    change(claim.path)
    with pytest.raises(FileChanged):
        claim.read()


@pytest.mark.parametrize("change", [grow, remove])
def test_a_change_between_two_reads_is_detected(
    claim: Claim, change: Callable[[Path], None]
) -> None:
    claim.read(0, 10)
    change(claim.path)
    with pytest.raises(FileChanged, match=r"'deep\.txt' in it"):
        claim.read()


@pytest.mark.parametrize(
    "calls", [["open"], ["scandir"], ["listdir"], ["lstat"], ["open", "lstat"]]
)
def test_a_directory_that_is_exchanged_for_a_link_is_not_read_through_it(
    claim: Claim, monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    """Whoever dropped a directory may still change what is in it: this node's keys are not."""
    keys, link = claim.home / "keys", claim.home / "link"
    (keys / "er").mkdir(parents=True)
    (keys / "er" / "identity.key").write_bytes(b"secret")
    link.symlink_to(keys)
    with monkeypatch.context() as patched:
        Exchanger(claim.path / "deep", link).attack(patched, *calls)
        try:
            found = {leaf.entry.path for leaf in read_tree(os.fsencode(claim.path)).leaves}
        except (OSError, TreeRefused):
            return
    assert b"deep/er/identity.key" not in found


def test_a_file_is_not_read_through_a_link_to_its_own_folder(claim: Claim) -> None:
    claim.read(0, 10)
    (claim.path / "deep").rename(claim.home / "elsewhere")
    (claim.path / "deep").symlink_to(claim.home / "elsewhere")
    with pytest.raises(
        FileChanged, match=r"'deep/er/.*' in it: it cannot be read: Not a directory"
    ):
        claim.read()


def test_an_entry_that_cannot_be_sent_is_named(claim: Claim) -> None:
    os.mkfifo(claim.path / "deep" / "pipe")
    with pytest.raises(TreeRefused, match="'deep/pipe' in it is a FIFO"):
        read_tree(os.fsencode(claim.path))


def test_an_entry_beyond_the_limits_is_named(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context:
        context.setattr("netrelay.transfer.dropped_tree.ENTRIES_MAX", 7)
        with pytest.raises(TreeRefused, match="more than 7 files and directories"):
            read_tree(os.fsencode(claim.path))
    (claim.path / Path(*["d"] * 40)).mkdir(parents=True)
    with pytest.raises(TreeRefused, match="deeper than 32 directories"):
        read_tree(os.fsencode(claim.path))
