"""Drop folders: which entries are ready and when; inotify is real, the clock is the test's."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from inotify_simple import Event, flags

from netrelay.runtime import clock
from netrelay.store.wishes import Wish
from netrelay.transfer.drop_entry import PATIENCE_S
from netrelay.transfer.drop_folders import DropFolders
from netrelay.transfer.drop_scan import Scan
from netrelay.transfer.settle_times import SettleTimes

SETTLE_S, TREE_SETTLE_S, PLACEHOLDER_S = SettleTimes()


class Place:
    """A drop folder of one peer, and a folder from which files are renamed into it."""

    def __init__(self, root: Path) -> None:
        self.now_s = 100.0
        self.drop = root / "drop"
        self.peer = self.drop / "brno"
        self.elsewhere = root / "elsewhere"
        for folder in (self.peer, self.elsewhere):
            folder.mkdir(parents=True)
        self.folders = DropFolders(self.drop)
        self.watch()
        self.scan()

    def watch(self) -> None:
        """Watch the peer's folder, as importer does at every step."""
        self.peer.mkdir(exist_ok=True)
        self.folders.watch({"brno"})

    def scan(self) -> Scan:
        """Read the events and scan the folder, dirty or not; without what is left."""
        self.folders.read_events()
        self.watch()
        return self.folders.scan("brno")._replace(left=())

    def left(self) -> dict[bytes, str]:
        """Read the events and scan the folder; return what is left, with the reasons."""
        self.folders.read_events()
        return dict(self.folders.scan("brno").left)

    def ready(self) -> list[bytes]:
        """Scan and return the ready entries."""
        return self.scan().ready

    def rename_in(self, name: bytes, content: bytes = b"content") -> None:
        """Write a file elsewhere and rename it into the drop folder."""
        source = self.elsewhere / os.fsdecode(name)
        source.write_bytes(content)
        source.rename(self.peer / os.fsdecode(name))

    def claim(self, *names: bytes) -> None:
        """Move files out of the folder, as a claim does."""
        for name in names:
            (self.peer / os.fsdecode(name)).rename(self.elsewhere / "claimed")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An empty drop folder, watched."""
    place = Place(tmp_path)
    monkeypatch.setattr(clock, "boottime_s", lambda: place.now_s)
    yield place
    place.folders._inotify.close()


@pytest.mark.parametrize("name", [b"a", b"\xff\xfe", b"new\nline", b"-f", b"x" * 255], ids=repr)
def test_a_file_that_is_renamed_in_is_ready_at_once(place: Place, name: bytes) -> None:
    place.rename_in(name)
    assert place.ready() == [name]


def test_a_file_that_is_written_in_place_is_ready_when_it_has_settled(place: Place) -> None:
    (place.peer / "a").write_bytes(b"1")
    assert place.scan() == Scan([], [], SETTLE_S)
    place.now_s += SETTLE_S / 2
    (place.peer / "a").write_bytes(b"12")
    assert place.scan() == Scan([], [], SETTLE_S)
    place.now_s += SETTLE_S / 2
    assert place.scan() == Scan([], [], SETTLE_S / 2)
    place.now_s += SETTLE_S / 2
    assert place.ready() == [b"a"]


def test_a_hard_link_settles_first(place: Place) -> None:
    (place.elsewhere / "a").write_bytes(b"1")
    (place.peer / "a").hardlink_to(place.elsewhere / "a")
    assert place.scan() == Scan([], [], SETTLE_S)
    place.now_s += SETTLE_S
    assert place.ready() == [b"a"]


def test_a_file_from_before_the_start_settles_first(place: Place) -> None:
    (place.peer / "old").write_bytes(b"1")
    folders = DropFolders(place.drop)
    folders.watch({"brno"})
    assert folders.dirty() == ["brno"]
    assert folders.scan("brno").ready == []
    place.now_s += SETTLE_S
    assert folders.scan("brno").ready == [b"old"]


def test_a_file_that_is_written_to_after_its_rename_settles_first(place: Place) -> None:
    place.rename_in(b"a")
    with (place.peer / "a").open("ab") as file:
        file.write(b"more")
    assert place.scan() == Scan([], [], SETTLE_S)


def test_a_new_file_is_not_whole_because_another_of_its_name_was_renamed_in(place: Place) -> None:
    place.rename_in(b"a")
    (place.peer / "a").unlink()
    (place.peer / "a").touch()
    assert place.ready() == []


@pytest.mark.parametrize("name", [".a.Xx12y", "a.part", "a.TMP", "a~", "~$a.docx"])
def test_unfinished_names_are_ignored_until_they_are_renamed(place: Place, name: str) -> None:
    place.rename_in(name.encode())
    place.now_s += 10 * SETTLE_S
    assert place.scan() == Scan([], [], None)
    (place.peer / name).rename(place.peer / "whole")
    assert place.ready() == [b"whole"]


def test_an_entry_that_cannot_be_sent_is_reported_once(place: Place) -> None:
    (place.peer / "link").symlink_to("/etc/passwd")
    os.mkfifo(place.peer / "pipe")
    folder = os.open(place.peer, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{folder}/socket")
    os.close(folder)
    assert place.scan().skipped == [
        (b"link", "it is a symbolic link; only files and directories are taken"),
        (b"pipe", "it is a FIFO; only files and directories are taken"),
        (b"socket", "it is a socket; only files and directories are taken"),
    ]
    assert place.scan() == Scan([], [], None)
    (place.peer / "link").unlink()
    assert place.scan().skipped == []
    (place.peer / "link").symlink_to("/etc/passwd")
    assert [name for name, _ in place.scan().skipped] == [b"link"]


def test_a_file_that_is_open_for_writing_waits_until_it_is_closed(place: Place) -> None:
    with (place.elsewhere / "a").open("wb") as file:
        (place.elsewhere / "a").rename(place.peer / "a")
        for _ in range(3):
            scan = place.scan()
            assert (scan.ready, scan.skipped) == ([], [])
            place.now_s += SETTLE_S
        file.write(b"more")
    assert place.ready() == []
    place.now_s += SETTLE_S
    assert place.ready() == [b"a"]


def test_a_file_that_stays_open_is_reported_once_and_checked_each_minute(place: Place) -> None:
    with (place.peer / "a").open("wb"):
        scans = []
        for _ in range(30):
            scans.append(place.scan())
            again_s = scans[-1].again_s
            assert again_s is not None
            assert again_s >= SETTLE_S
            place.now_s += again_s
        assert place.now_s > 10 * PATIENCE_S
        (reported,) = [scan.skipped for scan in scans if scan.skipped]
        assert reported == [
            (b"a", "a program has it open for writing; it goes when that is over"),
        ]
    assert place.ready() == [b"a"]


def test_a_file_that_may_not_be_read_stays_until_it_is_readable(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: bytes) -> bool:
        raise PermissionError(path)

    place.rename_in(b"a")
    with monkeypatch.context() as context:
        context.setattr("netrelay.transfer.drop_entry.is_open_for_writing", refused)
        assert place.scan() == Scan(
            [], [(b"a", "it may not be read by this node: chmod g+r lets its group")], PATIENCE_S
        )
    (place.peer / "a").chmod(0o640)
    assert place.scan() == Scan([], [], SETTLE_S)
    place.now_s += SETTLE_S
    assert place.ready() == [b"a"]


def make_tree(root: Path) -> None:
    """Create a directory with a file, an empty directory and a file in a subdirectory."""
    (root / "empty").mkdir(parents=True)
    (root / "deep" / "er").mkdir(parents=True)
    (root / "file").write_bytes(b"1")
    (root / "deep" / "er" / "file").write_bytes(b"2")


def test_a_directory_that_is_renamed_in_is_ready_at_once(place: Place) -> None:
    make_tree(place.elsewhere / "tree")
    (place.elsewhere / "tree").rename(place.peer / "tree")
    assert place.ready() == [b"tree"]


def test_a_directory_that_is_copied_in_is_ready_when_all_of_it_has_settled(
    place: Place,
) -> None:
    make_tree(place.peer / "tree")
    assert place.scan() == Scan([], [], TREE_SETTLE_S)
    for step in range(3):
        place.now_s += TREE_SETTLE_S
        (place.peer / "tree" / "deep" / "er" / "file").write_bytes(b"x" * (step + 1))
        assert place.scan() == Scan([], [], TREE_SETTLE_S)
    place.now_s += TREE_SETTLE_S / 2
    assert place.scan() == Scan([], [], TREE_SETTLE_S / 2)
    place.now_s += TREE_SETTLE_S / 2
    assert place.ready() == [b"tree"]


def test_a_new_name_does_not_make_a_directory_whole(place: Place) -> None:
    make_tree(place.peer / "New Folder")
    place.scan()
    (place.peer / "New Folder").rename(place.peer / "photos")
    assert place.ready() == []
    place.now_s += TREE_SETTLE_S
    assert place.ready() == [b"photos"]


def test_an_empty_directory_waits_to_be_filled(place: Place) -> None:
    (place.peer / "tree").mkdir()
    assert place.scan() == Scan([], [], PLACEHOLDER_S)
    place.now_s += PLACEHOLDER_S - 1
    assert place.ready() == []
    place.now_s += 1
    assert place.ready() == [b"tree"]


def test_a_directory_with_an_open_file_waits(place: Place) -> None:
    make_tree(place.elsewhere / "tree")
    with (place.elsewhere / "tree" / "deep" / "er" / "file").open("ab"):
        (place.elsewhere / "tree").rename(place.peer / "tree")
        assert place.ready() == []
        place.now_s += PATIENCE_S
        assert place.scan().skipped == [
            (
                b"tree",
                "a program has 'deep/er/file' in it open for writing; it goes when that is over",
            )
        ]
    assert place.ready() == [b"tree"]


def test_a_directory_with_a_link_stays_until_the_link_is_removed(place: Place) -> None:
    make_tree(place.elsewhere / "tree")
    (place.elsewhere / "tree" / "deep" / "link").symlink_to("er")
    (place.elsewhere / "tree").rename(place.peer / "tree")
    scan = place.scan()
    assert scan.ready == []
    assert scan.skipped == [
        (
            b"tree",
            "'deep/link' in it is a symbolic link; only files and directories are taken,"
            " and a directory goes whole or not at all",
        )
    ]
    assert scan.again_s is not None
    (place.peer / "tree" / "deep" / "link").unlink()
    place.now_s += scan.again_s
    assert place.scan() == Scan([], [], TREE_SETTLE_S)
    place.now_s += TREE_SETTLE_S
    assert place.ready() == [b"tree"]


def test_a_file_waits_until_its_sidecar_is_complete(place: Place) -> None:
    (place.peer / "a.netrelay.toml").write_bytes(b"priority = 1")
    place.rename_in(b"a")
    assert place.scan() == Scan([], [], SETTLE_S)
    place.now_s += SETTLE_S
    scan = place.scan()
    assert scan.ready == [b"a"]
    assert scan.wishes == ((b"a", Wish(1, None)),)


def test_a_sidecar_that_waits_for_its_file_needs_no_scan(place: Place) -> None:
    place.rename_in(b"a.netrelay.toml")
    assert place.scan() == Scan([], [], None)
    assert place.folders.dirty() == []


def test_an_unchanged_folder_needs_no_scan(place: Place) -> None:
    assert place.folders.dirty() == []
    place.rename_in(b"a")
    place.folders.read_events()
    assert place.folders.dirty() == ["brno"]
    place.scan()
    place.claim(b"a")
    assert place.scan() == Scan([], [], None)
    assert place.folders.dirty() == []


def test_a_file_that_could_not_be_claimed_is_offered_again(place: Place) -> None:
    place.rename_in(b"a")
    first = place.scan()
    assert first.ready == [b"a"]
    assert first.again_s is not None
    assert place.folders.dirty() == ["brno"]
    place.now_s += first.again_s
    assert place.ready() == [b"a"]


def test_after_an_overflow_everything_is_scanned(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.peer / "unseen").write_bytes(b"1")
    overflow = Event(-1, flags.Q_OVERFLOW, 0, "")
    with monkeypatch.context() as context:
        context.setattr(place.folders._inotify, "read", lambda **_: [overflow])
        place.folders.read_events()
    assert place.folders.dirty() == ["brno"]
    assert place.folders.scan("brno").again_s == SETTLE_S


def test_a_folder_that_was_replaced_during_an_overflow_is_watched_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.peer.rename(place.elsewhere / "old")
    place.folders._inotify.read(timeout=0)  # the overflow has lost those events
    overflow = Event(-1, flags.Q_OVERFLOW, 0, "")
    with monkeypatch.context() as context:
        context.setattr(place.folders._inotify, "read", lambda **_: [overflow])
        place.scan()
    place.rename_in(b"a")
    assert place.ready() == [b"a"]


def test_a_folder_that_is_removed_and_made_again_is_watched_again(place: Place) -> None:
    shutil.rmtree(place.peer)
    assert place.scan() == Scan([], [], None)
    place.rename_in(b"a")
    assert place.ready() == [b"a"]


def test_after_a_rename_only_the_new_folder_is_watched(
    place: Place,
) -> None:
    place.peer.rename(place.drop / "old")
    assert place.scan() == Scan([], [], None)
    place.rename_in(b"a")
    assert place.ready() == [b"a"]
    place.claim(b"a")
    place.scan()
    (place.drop / "old" / "b").write_bytes(b"1")
    place.folders.read_events()
    assert place.folders.dirty() == []


def test_the_removal_of_an_old_folder_does_not_end_the_watch_of_the_new_one(place: Place) -> None:
    old = os.open(place.peer, os.O_RDONLY)  # the inode is removed when it is closed
    place.peer.rmdir()
    place.scan()
    os.close(old)
    place.scan()
    place.rename_in(b"a")
    assert place.ready() == [b"a"]


def test_a_folder_of_no_peer_is_not_scanned(place: Place) -> None:
    place.folders.watch(set())
    place.rename_in(b"a")
    place.folders.read_events()
    assert place.folders.dirty() == []
    place.watch()
    place.now_s += SETTLE_S
    assert place.folders.dirty() == ["brno"]
    place.scan()
    place.now_s += SETTLE_S
    assert place.ready() == [b"a"]


def test_a_new_folder_beside_the_others_wakes(place: Place) -> None:
    (place.drop / "stranger").mkdir()
    assert place.folders._inotify.read(timeout=0)


HIDDEN = "its name is hidden: it is sent once it is renamed"
UNFINISHED = "its name is that of an unfinished file: it is sent once it is renamed"
SETTLING = "it is sent once it is complete and unchanged for its settle time"


def test_what_is_left_is_named_with_its_reason(place: Place) -> None:
    for name in (b".hidden", b"~$a.docx", b"a.part", b"b~", b"b.netrelay.toml", b"whole"):
        place.rename_in(name)
    (place.peer / "copied").write_bytes(b"1")
    (place.peer / "link").symlink_to("whole")
    assert place.left() == {
        b".hidden": HIDDEN,
        b"a.part": UNFINISHED,
        b"b~": UNFINISHED,
        b"b.netrelay.toml": "it sets options for 'b', which is not there",
        b"copied": SETTLING,
        b"link": "it is a symbolic link; only files and directories are taken",
        b"~$a.docx": HIDDEN,
    }
    place.now_s += SETTLE_S
    assert b"copied" not in place.left()


def test_a_file_is_left_while_its_options_are_written_and_the_options_are_not(place: Place) -> None:
    (place.peer / "a.netrelay.toml").write_bytes(b"priority = 1")
    place.rename_in(b"a")
    assert place.left() == {b"a": SETTLING}
    place.now_s += SETTLE_S
    assert place.ready() == [b"a"]


def test_a_removal_makes_a_folder_dirty_if_it_is_awaited(place: Place) -> None:
    for name in (b"a.part", b"b.part", b"c.part"):
        place.rename_in(name)
    place.scan()
    place.folders.await_removal("brno", {b"a.part", b"b.part"})
    for removed, is_dirty in (("c.part", False), ("a.part", True)):
        (place.peer / removed).unlink()
        place.folders.read_events()
        assert (place.folders.dirty() == ["brno"]) is is_dirty
    place.scan()
    place.claim(b"b.part")
    place.folders.read_events()
    assert place.folders.dirty() == ["brno"]
    place.scan()
    place.folders.await_removal("brno", set())
    place.rename_in(b"b.part")
    place.scan()
    place.claim(b"b.part")
    assert place.folders._inotify.read(timeout=0) == []


def test_awaited_removals_outlive_an_overflow(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.rename_in(b"a.part")
    place.scan()
    place.folders.await_removal("brno", {b"a.part"})
    overflow = Event(-1, flags.Q_OVERFLOW, 0, "")
    with monkeypatch.context() as context:
        context.setattr(place.folders._inotify, "read", lambda **_: [overflow])
        place.folders.read_events()
    place.scan()
    (place.peer / "a.part").unlink()
    place.folders.read_events()
    assert place.folders.dirty() == ["brno"]


def test_a_file_or_a_link_in_the_place_of_a_folder_is_not_scanned(place: Place) -> None:
    place.rename_in(b"a.part")
    place.scan()
    (place.peer / "a.part").unlink()
    place.peer.rmdir()
    place.folders.read_events()
    assert place.folders.dirty() == ["brno"]
    place.elsewhere.joinpath("private").touch()
    place.peer.symlink_to(place.elsewhere)
    place.folders.watch(set())
    assert place.folders.dirty() == []
    place.peer.unlink()
    place.peer.touch()
    assert place.folders.scan("brno").ready == []
