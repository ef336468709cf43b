"""Dropped directories: their entries, and any range of the stream they are sent as."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from netrelay.core.directory_stream import LENGTH, EntryOrder, decode_entry
from netrelay.core.ignored_names import IgnoredNames
from netrelay.transfer.claimed_file import ClaimedFiles, FileChanged, FileTouched
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


MAC = IgnoredNames([".DS_Store", "._*", ".Trashes"])


def leave_behind(path: Path) -> None:
    """Add what a Mac leaves behind, with a link and a FIFO, which would hold the directory back."""
    (path / ".DS_Store").write_bytes(b"1")
    (path / "deep" / "._photo.jpg").symlink_to("photo.jpg")
    (path / "deep" / ".Trashes").mkdir()
    os.mkfifo(path / "deep" / ".Trashes" / "pipe")


def test_ignored_names_do_not_travel_and_hold_nothing_back(claim: Claim) -> None:
    before = claim.read()
    mtime_ns = (claim.path / "deep").stat().st_mtime_ns
    leave_behind(claim.path)
    os.utime(claim.path / "deep", ns=(mtime_ns, mtime_ns))
    with pytest.raises(TreeRefused):
        read_tree(os.fsencode(claim.path))
    claim.tree = read_tree(os.fsencode(claim.path), MAC)
    assert claim.read() == before


def test_a_claimed_directory_is_read_as_it_was_claimed_whatever_is_ignored_then(
    claim: Claim,
) -> None:
    """The names that were left out stand in the fingerprint, so a configuration may change."""
    (claim.path / ".DS_Store").write_bytes(b"1")
    everything = read_tree(os.fsencode(claim.path))
    without = read_tree(os.fsencode(claim.path), MAC)
    for claim.tree, is_there in ((everything, True), (without, False)):
        assert (b".DS_Store" in claim.read()) is is_there
    assert everything.fingerprint.count(":") == 3
    assert without.fingerprint.endswith(':[".DS_Store"]')


def test_an_ignored_name_that_comes_or_goes_changes_nothing(claim: Claim) -> None:
    leave_behind(claim.path)
    claim.tree = read_tree(os.fsencode(claim.path), MAC)
    (claim.path / ".DS_Store").write_bytes(b"another")
    mtime_ns = (claim.path / "deep").stat().st_mtime_ns
    (claim.path / "deep" / "._photo.jpg").unlink()
    os.utime(claim.path / "deep", ns=(mtime_ns, mtime_ns))
    with pytest.raises(FileTouched) as caught:  # the ctime of the directory
        claim.read()
    claim.tree = claim.tree._replace(fingerprint=caught.value.fingerprint)
    claim.read()


def test_a_directory_with_ignored_names_alone_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    leave_behind(tmp_path)
    (tmp_path / "deep").rename(tmp_path / ".Trashes")
    assert read_tree(os.fsencode(tmp_path), MAC).leaves == []
