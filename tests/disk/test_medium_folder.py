"""The folder of a medium: only regular files of its names are read, whatever lies there."""

import os
from pathlib import Path

import pytest

from netrelay.disk.medium_folder import FOLDER, MediumFolder

NODE = "a" * 32
ID = bytes(range(16))
NAME = f"{NODE}-{ID.hex()}.carry"


def opened(medium: Path) -> MediumFolder:
    return MediumFolder.opened(medium, is_made=True)


def test_a_file_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    descriptor = folder.create(ID)
    os.write(descriptor, b"sealed")
    assert folder.names() == []
    assert folder.complete(descriptor, ID, NODE) == NAME
    os.close(descriptor)
    assert folder.names() == [NAME]
    assert (tmp_path / FOLDER / NAME).read_bytes() == b"sealed"
    assert folder.size_bytes() == 6
    folder.close()


def test_what_was_cut_short_is_swept_and_nothing_else(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    os.close(folder.create(ID))
    (tmp_path / FOLDER / "photo.part").write_bytes(b"somebody's")
    (tmp_path / FOLDER / "photo.jpg").write_bytes(b"somebody's")
    folder.sweep()
    left = sorted(path.name for path in (tmp_path / FOLDER).iterdir())
    assert left == ["photo.jpg", "photo.part"]
    folder.close()


def test_links_pipes_and_directories_are_not_read(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    place = tmp_path / FOLDER / NAME
    place.symlink_to(secret)
    assert folder.names() == [NAME]
    with pytest.raises(OSError, match="no regular file"):
        folder.open_file(NAME)
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(OSError, match="no regular file"):
        folder.open_file(NAME)
    place.unlink()
    place.mkdir()
    with pytest.raises(OSError, match="no regular file"):
        folder.open_file(NAME)
    folder.close()


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    medium = tmp_path / "medium"
    medium.mkdir()
    (medium / FOLDER).symlink_to(elsewhere)
    with pytest.raises(OSError, match=FOLDER):
        opened(medium)


def test_other_names_are_not_looked_at(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    for name in ("x.carry", f"{NODE}-{ID.hex()}.carry.bak", f".{NAME}", NAME.upper()):
        (tmp_path / FOLDER / name).write_bytes(b"?")
    assert folder.names() == []
    folder.close()


def test_a_device_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To open that of a watchdog starts it."""
    folder = opened(tmp_path)
    os.mkfifo(tmp_path / FOLDER / NAME)  # a device takes root

    def used(*_: object, **__: object) -> int:
        raise AssertionError("it was opened")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", used)
        with pytest.raises(OSError, match="no regular file"):
            folder.open_file(NAME)
    folder.close()
