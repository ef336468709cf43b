"""Staging: files of full size, written in any order, durable after the flush, then closed."""

import errno
import os
from pathlib import Path

import pytest

from netrelay.core.words import Refusal
from netrelay.transfer import staging as staging_module
from netrelay.transfer.staging import NoRoomError, Staging


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty staging folder."""
    folder = tmp_path / ".staging"
    folder.mkdir()
    return folder


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what fsync was called for."""
    names: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    monkeypatch.setattr("os.fsync", noted)
    return names


def open_below(folder: Path) -> int:
    """Return the number of open descriptors of this process in a folder."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += entry.readlink().is_relative_to(folder)
        except FileNotFoundError:
            continue  # the one that listed them
    return count


def view(content: bytes) -> memoryview:
    """Return a view of bytes, as a buffer is passed."""
    return memoryview(content)


def test_an_admitted_file_has_its_size_and_its_space(folder: Path) -> None:
    staging = Staging(folder)
    staging.admit("a", 1_000_000)
    status = (folder / "a").stat()
    assert status.st_size == 1_000_000
    assert status.st_blocks * 512 >= 1_000_000
    assert status.st_mode & 0o7777 == 0o600


def test_ranges_are_written_in_any_order(folder: Path) -> None:
    staging = Staging(folder)
    staging.admit("a", 6)
    staging.write("a", 4, view(b"ef"))
    staging.write("a", 0, view(b"ab"))
    staging.flush()
    staging.write("a", 2, view(b"cd"))
    assert (folder / "a").read_bytes() == b"abcdef"


def test_short_writes_are_continued(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pwrite = os.pwrite
    monkeypatch.setattr(
        "os.pwrite", lambda descriptor, data, offset: pwrite(descriptor, data[:3], offset)
    )
    staging = Staging(folder)
    staging.admit("a", 12)
    staging.write("a", 2, view(b"0123456789"))
    assert (folder / "a").read_bytes() == b"\0\0" + b"0123456789"


def test_a_small_file_replaces_that_of_an_earlier_attempt(folder: Path) -> None:
    (folder / "a").write_bytes(b"something longer")
    staging = Staging(folder)
    staging.write_whole("a", view(b"new"))
    assert (folder / "a").read_bytes() == b"new"
    staging.write_whole("a", view(b""))
    assert (folder / "a").read_bytes() == b""


def test_a_few_files_are_flushed_one_by_one_and_then_their_names(
    folder: Path, synced: list[str]
) -> None:
    staging = Staging(folder)
    staging.write_whole("a", view(b"1"))
    staging.admit("b", 10)
    staging.flush()
    assert sorted(synced[:2]) == ["a", "b"]
    assert synced[2:] == [".staging"]
    staging.flush()
    assert len(synced) == 3


def test_an_empty_file_is_flushed_too(folder: Path, synced: list[str]) -> None:
    staging = Staging(folder)
    staging.write_whole("a", view(b""))
    staging.flush()
    assert synced == ["a", ".staging"]


def test_many_files_are_flushed_at_once(
    folder: Path, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = Staging(folder)
    calls: list[str] = []

    class Library:
        def syncfs(self, descriptor: int) -> int:
            calls.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
            return 0

    monkeypatch.setattr("netrelay.disk.folders._LIBRARY", Library())
    for number in range(100):
        staging.write_whole(str(number), view(b"x"))
    staging.flush()
    assert (calls, synced) == ([".staging"], [])


def test_a_flush_that_failed_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = Staging(folder)

    class Library:
        def syncfs(self, *_: int) -> int:
            return -1

    monkeypatch.setattr("netrelay.disk.folders._LIBRARY", Library())
    for number in range(100):
        staging.write_whole(str(number), view(b"x"))
    with pytest.raises(NoRoomError, match="syncfs"):
        staging.flush()


def test_a_file_that_was_closed_before_the_flush_is_flushed(
    folder: Path, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging_module, "_MOST_OPEN", 1)
    staging = Staging(folder)
    staging.write_whole("a", view(b"1"))
    staging.write_whole("b", view(b"2"))
    staging.flush()
    assert sorted(synced[:2]) == ["a", "b"]


def test_few_files_are_open_at_once_and_none_after_a_flush(folder: Path) -> None:
    """An open descriptor would keep the space of a delivered and deleted file."""
    staging = Staging(folder)
    for number in range(100):
        staging.write_whole(str(number), view(b"x"))
    assert open_below(folder) == 64
    staging.flush()
    assert open_below(folder) == 0


def test_a_symlink_in_its_place_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (folder / "a").symlink_to(tmp_path / "precious")
    staging = Staging(folder)
    with pytest.raises(NoRoomError, match="symbolic links"):
        staging.write("a", 0, view(b"x"))
    staging.write_whole("a", view(b"x"))
    assert (folder / "a").read_bytes() == b"x"
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_a_file_that_does_not_fit_leaves_nothing(folder: Path) -> None:
    staging = Staging(folder)
    with pytest.raises(NoRoomError) as caught:
        staging.admit("a", 2**60)
    assert caught.value.refusal is Refusal.NO_ROOM
    assert str(2**60) in str(caught.value)
    assert list(folder.iterdir()) == []
    staging.flush()
    assert open_below(folder) == 0


@pytest.mark.parametrize("kind", ["link", "symbolic link", "directory", "fifo"])
def test_a_file_is_made_anew_in_place_of_whatever_has_its_name(folder: Path, kind: str) -> None:
    delivered = folder.parent / "delivered"
    delivered.write_bytes(b"delivered")
    for name in ("admitted", "whole"):
        match kind:
            case "link":
                (folder / name).hardlink_to(delivered)
            case "symbolic link":
                (folder / name).symlink_to(delivered)
            case "directory":
                (folder / name / "deep").mkdir(parents=True)
            case "fifo":
                os.mkfifo(folder / name)
    staging = Staging(folder)
    staging.admit("admitted", 4)
    staging.write("admitted", 2, view(b"cd"))
    staging.write_whole("whole", view(b"ef"))
    staging.flush()
    assert (folder / "admitted").read_bytes() == b"\0\0cd"
    assert (folder / "whole").read_bytes() == b"ef"
    assert delivered.read_bytes() == b"delivered"


def test_a_missing_file_is_not_written(folder: Path) -> None:
    """It would be made of zeros, and rows may say that bytes of it are durable."""
    staging = Staging(folder)
    assert not staging.exists("a")
    with pytest.raises(NoRoomError, match=r"cannot be written: No such file"):
        staging.write("a", 0, view(b"x"))
    assert list(folder.iterdir()) == []


def test_a_removed_folder_is_made_anew(folder: Path, synced: list[str]) -> None:
    staging = Staging(folder)
    folder.rmdir()
    staging.admit("a", 4)
    staging.flush()
    assert (folder / "a").stat().st_size == 4
    # The new name of the folder, before anything in it counts as durable.
    assert synced == [folder.parent.name, "a", ".staging"]


def test_a_folder_that_is_no_folder_refuses_and_ends_nothing(folder: Path) -> None:
    staging = Staging(folder)
    folder.rmdir()
    folder.write_bytes(b"")
    why = f"{folder} cannot be written: Not a directory"
    with pytest.raises(NoRoomError, match=why):
        staging.admit("a", 4)
    with pytest.raises(NoRoomError, match=why):
        staging.write_whole("a", view(b"x"))
    with pytest.raises(NoRoomError, match=why):
        staging.write("a", 0, view(b"x"))
    staging.keep_only(set())
    assert staging.sizes() == {}
    assert not staging.exists("a")


def test_what_cannot_be_removed_is_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = Staging(folder)
    staging.write_whole("a", view(b"1"))
    staging.write_whole("b", view(b"1"))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as context:
        context.setattr("os.unlink", refuse)
        staging.remove("a")
        staging.keep_only(set())
        found = staging.remove_again()
    assert found is not None
    assert found[0] == "a"
    # What is written again under the name stays.
    staging.write_whole("b", view(b"2"))
    assert staging.remove_again() is None
    assert [path.name for path in folder.iterdir()] == ["b"]


def test_only_the_named_files_are_kept(folder: Path) -> None:
    for name in ("a", "b", "c"):
        (folder / name).touch()
    (folder / "directory" / "inner").mkdir(parents=True)
    (folder / "link").symlink_to("directory")
    Staging(folder).keep_only({"b", "never came"})
    assert [path.name for path in folder.iterdir()] == ["b"]


def test_a_start_removes_what_took_the_place_of_a_file(folder: Path) -> None:
    (folder / "directory" / "deep").mkdir(parents=True)
    (folder.parent / "kept").write_bytes(b"content")
    (folder / "link").symlink_to(folder.parent / "kept")
    staging = Staging(folder)
    staging.keep_only({"directory", "link"})
    assert list(folder.iterdir()) == []
    assert (folder.parent / "kept").read_bytes() == b"content"


def test_a_forgotten_file_is_not_flushed(folder: Path, synced: list[str]) -> None:
    staging = Staging(folder)
    staging.write_whole("a", view(b"1"))
    staging.flush()
    synced.clear()
    staging.write("a", 0, view(b"2"))
    staging.forget("a")
    staging.flush()
    assert synced == []
    assert open_below(folder) == 0


def test_the_folder_is_flushed_for_new_names_and_for_those_of_an_earlier_process(
    folder: Path, synced: list[str]
) -> None:
    staging = Staging(folder)
    staging.write_whole("a", view(b"1"))
    staging.flush()
    assert synced == ["a", ".staging"]
    synced.clear()
    staging.write("a", 0, view(b"2"))
    staging.flush()
    assert synced == ["a"]
    synced.clear()
    later = Staging(folder)
    later.write("a", 0, view(b"3"))
    later.flush()
    assert synced == ["a", ".staging"]


@pytest.mark.parametrize("has_holes", [True, False])
def test_blocks_of_zeros_give_their_room_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, has_holes: bool
) -> None:
    if not has_holes:

        def refuse(*_: int) -> None:
            raise OSError(errno.EOPNOTSUPP, "no holes here")

        monkeypatch.setattr(staging_module, "make_hole", refuse)
    block = 64 * 1024
    content = b"x" * block + bytes(6 * block) + b"y" * block + bytes(100)
    staging = Staging(folder)
    staging.admit("a", len(content))
    for offset in range(0, len(content), 4 * block):
        staging.write("a", offset, view(content[offset : offset + 4 * block]))
    staging.flush()
    assert (folder / "a").read_bytes() == content
    room = (folder / "a").stat().st_blocks * 512
    assert room < 3 * block + 4096 if has_holes else room >= len(content)
