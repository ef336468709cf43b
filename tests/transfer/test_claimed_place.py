"""Claims and copies on a disk whose owner exchanges the hidden folder for a link."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from netrelay.core.words import FileKind
from netrelay.disk.inodes import fingerprint
from netrelay.transfer.claimed_file import ClaimedFiles, FileChanged
from netrelay.transfer.claimed_place import opened_place
from netrelay.transfer.claims import describe, put_away, remove_claims
from netrelay.transfer.copying import Copying, hidden_folder, place_copy, remove_other_copies
from netrelay.transfer.dropped_tree import ClaimedTrees, read_tree
from netrelay.transfer.free_names import free_byte_names

CLAIM = b"drop/boat/.claimed/1/identity"
TREE = b"drop/boat/.claimed/1/tree"
SECRET = b"what only the node may read"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose claims folder of a peer is a link of the disk's owner to the node's keys."""
    home = tmp_path / "home"
    keys = home / "keys"
    for folder in (keys / "tree", home / "drop" / "boat", home / "sent" / "boat"):
        folder.mkdir(parents=True)
    (keys / "identity").write_bytes(SECRET)
    (keys / "tree" / "file").write_bytes(SECRET)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "1").symlink_to(keys)
    (home / "drop" / "boat" / ".claimed").symlink_to(theirs)
    return home


def delete(home: Path) -> None:
    remove_claims(home, [CLAIM])


def delete_directory(home: Path) -> None:
    remove_claims(home, [TREE])


def move(home: Path) -> None:
    (place,) = put_away(home, [CLAIM], home / "sent" / "boat", free_byte_names())
    assert isinstance(place, OSError)
    raise place


def claim(home: Path) -> None:
    describe(home, os.fsencode(home) + b"/" + CLAIM)


def send(home: Path) -> None:
    mark = fingerprint((home / "keys" / "identity").lstat())
    ClaimedFiles(home).read_into(CLAIM, mark, 0, memoryview(bytearray(len(SECRET))))


def send_directory(home: Path) -> None:
    tree = read_tree(os.fsencode(home / "keys" / "tree"))
    view = memoryview(bytearray(tree.size_bytes))
    ClaimedTrees(ClaimedFiles(home)).read_into(TREE, tree.fingerprint, 0, view)


def copy(home: Path) -> None:
    copying = Copying(os.fsencode(home) + b"/" + CLAIM, home / "sent" / "boat", b"1")
    try:
        copying.advance()
    finally:
        copying.close()


@pytest.mark.parametrize("use", [delete, delete_directory, move, claim, send, send_directory, copy])
def test_no_claim_is_reached_over_a_link(home: Path, use: Callable[[Path], None]) -> None:
    with pytest.raises((NotADirectoryError, FileChanged), match=r"Not a directory"):
        use(home)
    assert (home / "keys" / "identity").read_bytes() == SECRET
    assert (home / "keys" / "tree" / "file").read_bytes() == SECRET
    assert [path for path in (home / "sent").rglob("*") if path.is_file()] == []


def test_a_link_in_place_of_the_number_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".claimed").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".claimed" / "1").symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(NotADirectoryError),
        opened_place(os.fsencode(tmp_path / ".claimed" / "1" / "file")),
    ):
        pass


def test_what_is_in_no_claims_folder_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    with opened_place(os.fsencode(tmp_path / "file")) as (place, name):
        assert os.stat(name, dir_fd=place).st_size == len(b"content")


def test_copies_of_a_linked_folder_are_not_removed(tmp_path: Path) -> None:
    """A disk of somebody else, mounted at inbox/NODE, with a link that he made at home."""
    keys, disk = tmp_path / "keys", tmp_path / "disk"
    keys.mkdir()
    disk.mkdir()
    (keys / "identity").write_bytes(SECRET)
    hidden_folder(disk).symlink_to(keys)
    remove_other_copies(disk, set())
    assert (keys / "identity").read_bytes() == SECRET


def test_no_copy_is_placed_from_a_linked_folder(tmp_path: Path) -> None:
    keys, disk = tmp_path / "keys", tmp_path / "disk"
    keys.mkdir()
    disk.mkdir()
    (keys / "17").write_bytes(SECRET)
    hidden_folder(disk).symlink_to(keys)
    with pytest.raises(NotADirectoryError):
        place_copy(disk, b"17", b"photo.jpg")
    assert (keys / "17").read_bytes() == SECRET


def test_a_copy_stays_in_the_folder_that_it_was_begun_in(tmp_path: Path) -> None:
    source, keys, disk = tmp_path / "source", tmp_path / "keys", tmp_path / "disk"
    keys.mkdir()
    disk.mkdir()
    source.mkdir()
    (source / "file").write_bytes(b"content")
    (keys / "17").write_bytes(SECRET)
    copying = Copying(os.fsencode(source), disk, b"17")
    hidden_folder(disk).rename(disk / "moved")
    hidden_folder(disk).symlink_to(keys)
    assert copying.advance()[0]
    copying.close()
    assert (keys / "17").read_bytes() == SECRET
    assert (disk / "moved" / "17" / "file").read_bytes() == b"content"
    assert describe(source, os.fsencode(source / "file")).kind is FileKind.FILE
