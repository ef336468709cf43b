"""Claimed files are read in place, and every change since the claim is detected."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from netrelay.disk.inodes import fingerprint
from netrelay.transfer.claimed_file import ClaimedFiles, FileChanged, FileTouched

CONTENT = bytes(range(256)) * 40
# Far enough in the past that any later write changes the mtime, whatever the clock's resolution.
LONG_AGO_NS = 1_000_000_000_000_000_000


class Claim:
    """One claimed file and a reader of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "claim" / "file"
        self.path.parent.mkdir()
        self.path.write_bytes(CONTENT)
        os.utime(self.path, ns=(LONG_AGO_NS, LONG_AGO_NS))
        self.claimed = fingerprint(self.path.lstat())
        self.files = ClaimedFiles(home)

    def read(self, offset: int = 0, length: int = len(CONTENT)) -> bytes:
        """Return a range of the file."""
        view = memoryview(bytearray(length))
        self.files.read_into(b"claim/file", self.claimed, offset, view)
        return bytes(view)


@pytest.fixture
def claim(tmp_path: Path) -> Claim:
    """A claimed file of 10,240 bytes."""
    return Claim(tmp_path)


def descriptors_to(folder: Path) -> list[str]:
    """Return the paths below a folder that this process has open."""
    paths = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            paths.append(os.fspath(entry.readlink()))
        except FileNotFoundError:
            continue  # the descriptor of iterdir() itself
    return [path for path in paths if path.startswith(os.fspath(folder))]


@pytest.mark.parametrize(
    ("offset", "length"), [(0, len(CONTENT)), (0, 1), (1_000, 5), (len(CONTENT) - 1, 1)]
)
def test_a_range_is_read(claim: Claim, offset: int, length: int) -> None:
    assert claim.read(offset, length) == CONTENT[offset : offset + length]


def test_nothing_is_read_of_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    claimed = fingerprint((tmp_path / "empty").lstat())
    ClaimedFiles(tmp_path).read_into(b"empty", claimed, 0, memoryview(b""))


def write_through_another_name(path: Path) -> None:
    """Change the content through a hard link in another folder."""
    other = path.parent.parent / "another name"
    other.hardlink_to(path)
    with other.open("r+b") as file:
        file.write(b"other")


def write_in_place_and_set_the_time_back(path: Path) -> None:
    """Change the content and restore the mtime; the ctime differs from the next clock tick on."""
    before_ns = path.lstat().st_ctime_ns
    deadline_s = monotonic() + 10
    while path.lstat().st_ctime_ns == before_ns:
        assert monotonic() < deadline_s
        with path.open("r+b") as file:
            file.write(b"other")
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))


def replace(path: Path) -> None:
    """Replace it by another file of the same size and mtime."""
    other = path.with_name("other")
    other.write_bytes(bytes(len(CONTENT)))
    os.utime(other, ns=(LONG_AGO_NS, LONG_AGO_NS))
    other.rename(path)


def grow(path: Path) -> None:
    """Append bytes."""
    with path.open("ab") as file:
        file.write(b"more")


def replace_by_a_link(path: Path) -> None:
    """Replace it by a symbolic link to the same file."""
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


def link_and_unlink(path: Path) -> None:
    """Make a hard link and remove it, as a snapshot by `cp -al` does."""
    other = path.with_name("other")
    other.hardlink_to(path)
    other.unlink()


def copy_in_place(path: Path) -> None:
    """Put a copy with the same times in its place, as on a larger disk."""
    other = path.with_name("other")
    shutil.copy2(path, other)
    other.rename(path)


CHANGES: list[Callable[[Path], object]] = [
    write_through_another_name,
    write_in_place_and_set_the_time_back,
    replace,
    grow,
    replace_by_a_link,
    lambda path: os.truncate(path, 100),
    lambda path: os.truncate(path, 0),
    lambda path: path.unlink(),
    lambda path: path.write_bytes(CONTENT),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_detected_at_the_first_read(
    claim: Claim, change: Callable[[Path], object]
) -> None:
    change(claim.path)
    with pytest.raises(FileChanged):
        claim.read()


@pytest.mark.parametrize("change", [each for each in CHANGES if each is not replace_by_a_link])
def test_a_change_is_detected_at_the_next_read(
    claim: Claim, change: Callable[[Path], object]
) -> None:
    claim.read(0, 100)
    change(claim.path)
    with pytest.raises(FileChanged):
        claim.read(100, 100)


@pytest.mark.parametrize("change", [lambda path: path.chmod(0o600), link_and_unlink, copy_in_place])
def test_a_touched_inode_is_told_from_a_change(
    claim: Claim, change: Callable[[Path], object]
) -> None:
    claim.read(0, 100)
    change(claim.path)
    with pytest.raises(FileTouched) as touched:
        claim.read(100, 100)
    assert touched.value.fingerprint == fingerprint(claim.path.stat())
    claim.claimed = touched.value.fingerprint
    assert claim.read(100, 100) == CONTENT[100:200]


def test_a_change_during_a_read_is_detected(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    preadv = os.preadv

    def preadv_and_write(descriptor: int, views: list[memoryview], offset: int) -> int:
        count = preadv(descriptor, views, offset)
        with claim.path.open("r+b") as file:
            file.write(b"other")
        return count

    monkeypatch.setattr("os.preadv", preadv_and_write)
    with pytest.raises(FileChanged):
        claim.read()


def test_a_file_that_is_truncated_during_a_read_is_detected(
    claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.preadv", lambda *_: 0)
    with pytest.raises(FileChanged, match="ends at byte 7"):
        claim.read(7, 1)


def test_short_reads_are_continued(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    preadv = os.preadv
    monkeypatch.setattr(
        "os.preadv", lambda descriptor, views, offset: preadv(descriptor, [views[0][:999]], offset)
    )
    assert claim.read() == CONTENT


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_reported(claim: Claim) -> None:
    claim.path.chmod(0)
    claim.claimed = fingerprint(claim.path.lstat())
    with pytest.raises(FileChanged, match="Permission denied"):
        claim.read()


def test_a_fifo_in_its_place_does_not_block(claim: Claim) -> None:
    claim.path.unlink()
    os.mkfifo(claim.path)
    with pytest.raises(FileChanged):
        claim.read()


def test_a_file_that_was_read_completely_is_closed(claim: Claim, tmp_path: Path) -> None:
    """An open descriptor keeps the space of a deleted file for as long as the process runs."""
    claim.read(0, 100)
    assert descriptors_to(tmp_path) == [os.fspath(claim.path)]
    claim.read(100, len(CONTENT) - 100)
    assert descriptors_to(tmp_path) == []


def test_a_file_that_changed_is_closed(claim: Claim, tmp_path: Path) -> None:
    claim.read(0, 100)
    grow(claim.path)
    with pytest.raises(FileChanged):
        claim.read(0, 100)
    assert descriptors_to(tmp_path) == []


def test_a_new_claim_under_an_old_path_is_another_file(claim: Claim) -> None:
    """Claim numbers start at 1 again if importer starts when all earlier claims are put away."""
    claim.read(0, 100)
    claim.path.unlink()
    claim.path.write_bytes(b"new")
    claim.claimed = fingerprint(claim.path.lstat())
    assert claim.read(0, 3) == b"new"


def test_few_files_are_open_at_once(tmp_path: Path) -> None:
    files = ClaimedFiles(tmp_path)
    for number in range(100):
        path = tmp_path / str(number)
        path.write_bytes(b"ab")
        files.read_into(
            str(number).encode(), fingerprint(path.lstat()), 0, memoryview(bytearray(1))
        )
    assert len(descriptors_to(tmp_path)) == 32
