"""`netrelay send`: a copy appears in the drop folder atomically; the original stays."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from netrelay.cli.sending import file_copy
from netrelay.core.unfinished_names import UNFINISHED_ENDINGS
from netrelay.disk.inodes import fingerprint
from netrelay.transfer.drop_folders import DropFolders
from netrelay.transfer.dropped_tree import read_tree
from tests.cli.command_line import CommandLine, Place


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def made(folder: Path, name: str, content: bytes = b"content") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def dropped(line: CommandLine, peer: str = "boat") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (line.home.drop / peer).iterdir()}


def test_a_copy_goes_and_the_original_stays(homes: Place, shelf: CommandLine) -> None:
    path = made(homes.folder, "holiday.jpg", os.urandom(300_000))
    os.utime(path, ns=(1, 1_600_000_000_123_456_789))
    before, marks = path.stat(), fingerprint(path.stat())
    out = shelf.good("send", str(path), "--to", "boat")
    assert out.splitlines()[0] == f"{path} goes to boat (293 KiB)"
    assert "down" in out
    assert fingerprint(path.stat()) == marks
    assert dropped(shelf) == {"holiday.jpg": path.read_bytes()}
    copy = shelf.home.drop / "boat" / "holiday.jpg"
    assert copy.stat().st_mtime_ns == before.st_mtime_ns
    assert copy.stat().st_ino != before.st_ino


def test_importer_sees_it_whole(homes: Place, shelf: CommandLine) -> None:
    drops = DropFolders(shelf.home.drop)
    drops.watch({"boat"})
    assert drops.scan("boat").ready == []
    shelf.good("send", str(made(homes.folder, "a b.txt")), "--to", "boat")
    drops.read_events()
    assert drops.dirty() == ["boat"]
    assert drops.scan("boat").ready == [b"a b.txt"]


def test_several_go_one_line_each(homes: Place, shelf: CommandLine) -> None:
    paths = [str(made(homes.folder, f"{number}.txt")) for number in range(3)]
    out = shelf.good("send", *paths, "--to", "boat")
    assert out.count(" goes to boat ") == 3
    assert sorted(dropped(shelf)) == ["0.txt", "1.txt", "2.txt"]


def test_nothing_is_overwritten(homes: Place, shelf: CommandLine) -> None:
    path = made(homes.folder, "a.txt", b"one")
    shelf.good("send", str(path), "--to", "boat")
    path.write_bytes(b"two")
    out = shelf.good("send", str(path), "--to", "boat")
    assert "as a (2).txt" in out
    assert dropped(shelf) == {"a.txt": b"one", "a (2).txt": b"two"}


def test_a_name_that_is_no_text(homes: Place, shelf: CommandLine) -> None:
    name = os.fsdecode(b"\xff\x1b[2J.txt")
    path = made(homes.folder, name)
    for _ in range(2):
        out = shelf.good("send", str(path), "--to", "boat")
        assert "\x1b" not in out
    assert sorted(dropped(shelf)) == [name.replace(".txt", " (2).txt"), name]


def test_the_node_is_named_by_name_or_id(homes: Place, shelf: CommandLine) -> None:
    path = made(homes.folder, "a.txt")
    node = shelf.good("peer", "ls").split()[-1]
    shelf.good("send", str(path), "--to", node)
    assert list(dropped(shelf)) == ["a.txt"]
    code, line = shelf.bad("send", str(path), "--to", "bota")
    assert code == 65
    assert "did you mean boat?" in line


def test_one_missing_file_stops_all(homes: Place, shelf: CommandLine) -> None:
    path = made(homes.folder, "a.txt")
    missing = homes.folder / "b.txt"
    code, line = shelf.bad("send", str(path), str(missing), "--to", "boat")
    assert code == 66
    assert str(missing) in line
    assert dropped(shelf) == {}


def test_a_directory_goes_with_all_that_is_in_it(homes: Place, shelf: CommandLine) -> None:
    source = homes.folder / "photos"
    (source / "deep" / "empty").mkdir(parents=True)
    made(source, "a.jpg", os.urandom(300_000))
    made(source / "deep", ".hidden", b"2")
    os.utime(source / "deep", ns=(1, 1_600_000_000_123_456_789))
    before = read_tree(os.fsencode(source))
    out = shelf.good("send", str(source), "--to", "boat")
    assert out.splitlines()[0] == f"{source} goes to boat (293 KiB)"
    copy = shelf.home.drop / "boat" / "photos"
    after = read_tree(os.fsencode(copy))
    assert [leaf.entry for leaf in after.leaves] == [leaf.entry for leaf in before.leaves]
    assert (copy / "a.jpg").read_bytes() == (source / "a.jpg").read_bytes()
    assert read_tree(os.fsencode(source)) == before
    # Nobody but the node needs write permission.
    assert (copy / "deep").stat().st_mode & 0o7777 == 0o2750
    assert copy.stat().st_mode & 0o7777 == 0o2750
    drops = DropFolders(shelf.home.drop)
    drops.watch({"boat"})
    drops.scan("boat")
    shelf.good("send", str(source), "--to", "boat")
    drops.read_events()
    assert drops.scan("boat").ready == [b"photos (2)"]


def test_the_directory_one_is_in_has_a_name(
    homes: Place, shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (homes.folder / "photos").mkdir()
    made(homes.folder / "photos", "a.jpg")
    monkeypatch.chdir(homes.folder / "photos")
    shelf.good("send", ".", "--to", "boat")
    assert [path.name for path in (shelf.home.drop / "boat").iterdir()] == ["photos"]


def test_a_directory_with_what_cannot_go_is_refused_by_name(
    homes: Place, shelf: CommandLine
) -> None:
    source = homes.folder / "photos"
    source.mkdir()
    (source / "latest").symlink_to("2024")
    code, line = shelf.bad("send", str(source), "--to", "boat")
    assert code == 65
    assert "'latest' in it is a symbolic link" in line
    assert list((shelf.home.drop / "boat").iterdir()) == []


def test_what_is_neither_is_refused(homes: Place, shelf: CommandLine) -> None:
    os.mkfifo(homes.folder / "pipe")
    code, line = shelf.bad("send", str(homes.folder / "pipe"), "--to", "boat")
    assert code == 66
    assert "is a FIFO; allowed: files and directories" in line


@pytest.mark.parametrize("name", [".bashrc", "film.part", "page~", "x.tmp"])
def test_names_that_importer_passes_over_need_another(
    homes: Place, shelf: CommandLine, name: str
) -> None:
    path = made(homes.folder, name)
    code, line = shelf.bad("send", str(path), "--to", "boat")
    assert code == 65
    assert "--as NAME" in line
    shelf.good("send", str(path), "--to", "boat", "--as", "visible.txt")
    assert list(dropped(shelf)) == ["visible.txt"]


def test_a_name_that_is_ignored_is_refused(homes: Place, shelf: CommandLine) -> None:
    path = made(homes.folder, "Thumbs.db")
    code, line = shelf.bad("send", str(path), "--to", "boat")
    assert code == 65
    assert "files.ignore in netrelay.toml holds 'Thumbs.db'" in line
    shelf.good("send", str(path), "--to", "boat", "--as", "thumbs.bin")
    assert list(dropped(shelf)) == ["thumbs.bin"]


def test_ignored_names_in_a_directory_are_not_copied(homes: Place, shelf: CommandLine) -> None:
    source = homes.folder / "photos"
    (source / ".Trashes").mkdir(parents=True)
    os.mkfifo(source / ".Trashes" / "pipe")
    made(source, ".DS_Store")
    made(source, "a.jpg")
    shelf.good("send", str(source), "--to", "boat")
    copy = shelf.home.drop / "boat" / "photos"
    assert [path.name for path in copy.rglob("*")] == ["a.jpg"]


def test_what_importer_passes_over_is_what_send_refuses(shelf: CommandLine) -> None:
    drops = DropFolders(shelf.home.drop)
    drops.watch({"boat"})
    for ending in UNFINISHED_ENDINGS:
        made(shelf.home.drop, f"new{ending}").rename(shelf.home.drop / "boat" / f"new{ending}")
    drops.read_events()
    assert drops.scan("boat").ready == []


def test_what_is_sent_is_ready_at_once(homes: Place, shelf: CommandLine) -> None:
    drops = DropFolders(shelf.home.drop)
    drops.watch({"boat"})
    drops.scan("boat")
    shelf.good("send", str(made(homes.folder, "a.txt")), "--to", "boat")
    drops.read_events()
    assert drops.scan("boat").ready == [b"a.txt"]


@pytest.mark.parametrize("name", ["a/b", "..", "/"])
def test_as_takes_a_name_not_a_path(homes: Place, shelf: CommandLine, name: str) -> None:
    path = made(homes.folder, "a.txt")
    code, line = shelf.bad("send", str(path), "--to", "boat", "--as", name)
    assert code == 64
    assert "one without /" in line


def test_as_is_for_one_file(homes: Place, shelf: CommandLine) -> None:
    paths = [str(made(homes.folder, f"{number}.txt")) for number in range(2)]
    assert shelf.bad("send", *paths, "--to", "boat", "--as", "x")[0] == 64


@pytest.mark.parametrize("code", [errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_the_kernel_cannot_copy_ranges_it_is_copied_all_the_same(
    homes: Place, shelf: CommandLine, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "copy_file_range", refuse)
    monkeypatch.setattr(fcntl, "ioctl", refuse)
    monkeypatch.setattr(file_copy, "_COPY_BYTES", 1000)
    path = made(homes.folder, "a.bin", os.urandom(12_345))
    shelf.good("send", str(path), "--to", "boat")
    assert dropped(shelf) == {"a.bin": path.read_bytes()}


def test_a_full_disk_leaves_nothing_behind(
    homes: Place, shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(file_copy, "copy_content", refuse)
    code, line = shelf.bad("send", str(made(homes.folder, "a.txt")), "--to", "boat")
    assert code == 73
    assert "No space left" in line
    assert dropped(shelf) == {}


def test_a_file_that_changes_meanwhile_is_not_sent(
    homes: Place, shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(homes.folder, "a.txt")
    copy = file_copy.copy_content

    def grow(source: int, target: int, size_bytes: int) -> None:
        copy(source, target, size_bytes)
        with path.open("ab") as file:
            file.write(b"more")

    monkeypatch.setattr(file_copy, "copy_content", grow)
    code, line = shelf.bad("send", str(path), "--to", "boat")
    assert code == 75
    assert "changed" in line
    assert dropped(shelf) == {}


def test_what_a_killed_send_left_is_swept_but_a_live_one_is_not(
    homes: Place, shelf: CommandLine
) -> None:
    folder = shelf.home.drop / "boat"
    dead, alive = made(folder, ".netrelay-dead"), made(folder, ".netrelay-alive")
    (folder / ".netrelay-tree" / "deep").mkdir(parents=True)
    with alive.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        shelf.good("send", str(made(homes.folder, "a.txt")), "--to", "boat")
        assert not dead.exists()
        assert not (folder / ".netrelay-tree").exists()
        assert alive.exists()


def test_an_empty_file_goes_too(homes: Place, shelf: CommandLine) -> None:
    out = shelf.good("send", str(made(homes.folder, "empty", b"")), "--to", "boat")
    assert "(0 B)" in out
    assert dropped(shelf) == {"empty": b""}


@pytest.mark.parametrize("options", [(), ("--as", "all")])
def test_the_whole_file_system_is_not_sent(shelf: CommandLine, options: tuple[str, ...]) -> None:
    code, line = shelf.bad("send", "/", "--to", "boat", *options)
    assert (code, line) == (
        64,
        "netrelay: / is the whole file system of this machine; allowed: files, and folders in it",
    )
    assert dropped(shelf) == {}
