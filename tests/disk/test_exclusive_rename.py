"""An exclusive rename never replaces anything, with RENAME_NOREPLACE and without it."""

import ctypes
import errno
import os
from pathlib import Path

import pytest

from netrelay.disk import exclusive_rename
from netrelay.disk.exclusive_rename import rename_to_new


class OldLibrary:
    """A C library on a file system without RENAME_NOREPLACE."""

    def renameat2(self, *_: object) -> int:
        ctypes.set_errno(errno.EINVAL)
        return -1


@pytest.fixture(params=["kernel", "fallback"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder where the kernel renames exclusively, and one where it cannot."""
    if request.param == "fallback":
        monkeypatch.setattr(exclusive_rename, "_LIBRARY", OldLibrary())
    return tmp_path


def rename(source: Path, target: Path) -> None:
    rename_to_new(os.fsencode(source), os.fsencode(target))


def test_a_file_and_a_directory_get_the_new_name(folder: Path) -> None:
    (folder / "file").write_bytes(b"1")
    (folder / "directory").mkdir()
    (folder / "directory" / "inner").touch()
    rename(folder / "file", folder / "renamed file")
    rename(folder / "directory", folder / "renamed directory")
    assert (folder / "renamed file").read_bytes() == b"1"
    assert (folder / "renamed directory" / "inner").exists()
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_a_taken_name_stays_as_it_is(folder: Path, kind: str) -> None:
    (folder / "file").write_bytes(b"new")
    (folder / "directory").mkdir()
    taken = folder / "taken"
    if kind == "file":
        taken.write_bytes(b"old")
    elif kind == "directory":
        taken.mkdir()
    else:
        taken.symlink_to("nowhere")
    before = taken.lstat()
    for source in (folder / "file", folder / "directory"):
        with pytest.raises(FileExistsError):
            rename(source, taken)
        assert source.exists()
    assert taken.lstat() == before


def test_a_source_that_is_gone_is_an_error(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rename(folder / "gone", folder / "new")
