"""Folders are created with exactly their mode, and flushed once."""

import ctypes
import errno
import os
from pathlib import Path

import pytest

from netrelay.disk import folders
from netrelay.disk.folders import (
    flush_file_system,
    flush_folder,
    flush_folders,
    make_folder,
)


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of flushed folders, filled while the test runs."""
    names: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    monkeypatch.setattr("os.fsync", noted)
    return names


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o2775])
def test_a_folder_has_exactly_its_mode_and_its_name_is_durable(
    tmp_path: Path, flushed: list[str], mode: int
) -> None:
    umask = os.umask(0o077)
    try:
        make_folder(tmp_path / "folder", mode)
    finally:
        os.umask(umask)
    assert (tmp_path / "folder").stat().st_mode & 0o7777 == mode
    assert flushed == [tmp_path.name]


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path, flushed: list[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder").chmod(0o711)
    make_folder(tmp_path / "folder", 0o700)
    assert (tmp_path / "folder").stat().st_mode & 0o7777 == 0o711
    assert flushed == []


def test_a_file_or_a_link_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            make_folder(tmp_path / name, 0o700)


def test_several_folders_are_flushed_once_each(tmp_path: Path, flushed: list[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    flush_folders([tmp_path / "b", tmp_path / "a", tmp_path / "b"])
    assert flushed == ["a", "b"]


def test_a_file_system_that_cannot_be_flushed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Library:
        def syncfs(self, _descriptor: int) -> int:
            ctypes.set_errno(errno.EIO)
            return -1

    flush_file_system(tmp_path)
    monkeypatch.setattr(folders, "_LIBRARY", Library())
    with pytest.raises(OSError, match="syncfs") as raised:
        flush_file_system(tmp_path)
    assert (raised.value.errno, raised.value.filename) == (errno.EIO, str(tmp_path))


def test_a_file_is_no_folder_to_flush(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        flush_folder(tmp_path / "file")
