"""`netrelay check`: folders, their disks, and files in them."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.checked import check, node_with_peer
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import unread
from tests.cli.walks import walks
from tests.small_disk import small_disk


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return node_with_peer(homes)


def test_a_drop_folder_that_is_not_sticky(shelf: CommandLine) -> None:
    folder = shelf.home.drop / "boat"
    assert "folders" not in check(shelf)[1]
    folder.chmod(0o2775)
    level, text = check(shelf)[1]["folders"][0]
    assert level == "warn"
    assert f"exchange what a user puts into {folder} | `chmod +t {folder}`" in text


def test_a_folder_of_a_peer_that_is_a_link(shelf: CommandLine, tmp_path: Path) -> None:
    folder = shelf.home.drop / "boat"
    folder.rmdir()
    folder.symlink_to(tmp_path)
    code, found = check(shelf)
    ((level, text),) = found["folders"]
    assert (code, level) == (2, "fail")
    assert text.startswith(f"{folder} is a link: nothing can be moved there")


@pytest.mark.parametrize("parent", ["drop", "inbox", "sent", "failed"])
def test_a_file_in_the_place_of_a_peers_folder(shelf: CommandLine, parent: str) -> None:
    place = shelf.home.path / parent / "boat"
    if place.is_dir():
        place.rmdir()
    place.write_bytes(b"a photo")
    code, found = check(shelf)
    ((level, text),) = found["folders"]
    assert (code, level) == (2, "fail")
    assert text.startswith(f"{place} is a file, where the folder of boat should be")
    if parent == "drop":
        code, line = shelf.bad("send", str(place), "--to", "boat")
        assert (code, f"{place} is a file" in line) == (73, True)


@pytest.mark.parametrize("parent", ["drop", "inbox", "sent", "failed"])
def test_another_disk_in_the_place_of_a_peers_folder(shelf: CommandLine, parent: str) -> None:
    folder = shelf.home.path / parent / "boat"
    if folder.is_dir():
        folder.rmdir()
    with small_disk(folder, 64 << 20) as disk:
        if disk is None:
            pytest.skip("only root may mount a tmpfs")
        folder.chmod(0o1777)
        ((level, text),) = check(shelf)[1]["folders"]
        assert level == "ok"
        assert text.startswith(f"{folder} is on another disk, 64 MiB of it free: ")
        disk.fill(1 << 20)
        ((level, text),) = check(shelf)[1]["folders"]
        assert level == "warn"
        assert text.endswith("what does not fit waits: make room")
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        code, found = check(shelf)
        ((level, text),) = found["folders"]
        assert (code, level) == (2, "fail")
        assert text == f"{folder} is on a disk that is mounted read-only | remount it"


def test_folders_whose_disk_fails(shelf: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    boat, inbox = shelf.home.drop / "boat", shelf.home.inbox
    scandir, iterdir = os.scandir, Path.iterdir

    def fail(path: Path) -> object:
        if path in (boat, inbox):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", fail)
    monkeypatch.setattr(Path, "iterdir", lambda path: (fail if path == inbox else iterdir)(path))
    code, found = check(shelf)
    assert code == 2
    assert [text.partition(";")[0] for _, text in found["folders"]] == [
        f"{boat} cannot be read: Input/output error",
        f"{inbox} cannot be read: Input/output error",
    ]
    assert "mount it anew" in found["folders"][0][1]
    shown = shelf.good("status")
    assert f"{boat} cannot be read: Input/output error" in shown


def test_files_that_cannot_be_read(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        unread(node)
    code, found = check(shelf)
    assert code == 2
    ((level, text),) = found["files"]
    assert level == "warn"
    assert text.startswith("1 file for boat cannot be read, and waits for ")
    assert ": it cannot be read: Stale file handle" in text
    assert "bring the disk back, and it goes by itself; `netrelay cancel 1" in text


def test_a_folder_that_is_not_there(shelf: CommandLine) -> None:
    shelf.home.failed.rmdir()
    code, found = check(shelf)
    ((level, text),) = found["folders"]
    assert (code, level) == (2, "fail")
    assert text.startswith(f"{shelf.home.failed} is no folder")
