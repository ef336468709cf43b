"""Claims: moved by rename, durable before their rows exist, put away without overwriting."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.folders import FEW_FILES
from netrelay.transfer.claims import (
    Claimed,
    Claims,
    delete_claims,
    flush_claimed,
    put_away,
    remove_claims,
)
from netrelay.transfer.free_names import free_byte_names

NAMES = [
    b"plain.txt",
    b"not utf-8 \xff\xfe",
    b"new\nline",
    b"-rf",
    "träume €.txt".encode(),
    b"a" * 255,
    b"x" * 251 + b".txt",
]


class Place:
    """A home with one drop folder and a folder for delivered files."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.drop = home / "drop" / "brno"
        self.sent = home / "sent"
        for folder in (self.drop, home / "drop" / ".claimed", self.sent):
            folder.mkdir(parents=True)
        self.claims = self.start()

    def start(self) -> Claims:
        """Return the claims as a new process opens them."""
        return Claims(self.home, self.home / "drop" / ".claimed")

    def put(self, name: bytes, content: bytes = b"content") -> Path:
        """Write a file into the drop folder."""
        path = self.drop / os.fsdecode(name)
        path.write_bytes(content)
        return path

    def claim(self, name: bytes, content: bytes = b"content") -> Claimed:
        """Drop one file and claim it."""
        self.put(name, content)
        (claimed,) = self.claims.claim(self.drop, "brno", [name])
        return claimed

    def read(self, claimed: Claimed) -> bytes:
        """Read a claimed file."""
        return (self.home / os.fsdecode(claimed.path)).read_bytes()

    def sent_names(self) -> list[bytes]:
        """Return the names of the files that were put away."""
        return sorted(os.fsencode(path.name) for path in self.sent.iterdir())

    def claim_folders(self) -> list[str]:
        """Return the names of the claim folders that exist."""
        return sorted(path.name for path in (self.home / "drop" / ".claimed" / "brno").iterdir())


def raised(path: bytes, error: OSError) -> None:
    """Raise the error of a claim that cannot be read."""
    raise AssertionError(path) from error


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty home."""
    return Place(tmp_path / "home")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Record each rename, unlink and fsync, in order, by the last component of its path."""
    seen: list[str] = []
    rename, unlink, fsync = os.rename, os.unlink, os.fsync

    def last(path: bytes) -> str:
        return os.fsdecode(path).rpartition("/")[2]

    def noted_rename(source: bytes, target: bytes) -> None:
        rename(source, target)
        seen.append(f"rename {last(source)}")

    def noted_unlink(path: bytes, *, dir_fd: int | None = None) -> None:
        unlink(path, dir_fd=dir_fd)
        seen.append(f"unlink {last(path)}")

    def noted_fsync(descriptor: int) -> None:
        fsync(descriptor)
        seen.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")

    monkeypatch.setattr("os.rename", noted_rename)
    monkeypatch.setattr("os.unlink", noted_unlink)
    monkeypatch.setattr("os.fsync", noted_fsync)
    yield seen


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_claim_contains_the_file_under_its_own_name(place: Place, name: bytes) -> None:
    claimed = place.claim(name, b"x" * 10)
    assert claimed.name == name
    assert claimed.path == b"drop/.claimed/brno/1/" + name
    assert claimed.size_bytes == 10
    assert place.read(claimed) == b"x" * 10
    assert list(place.drop.iterdir()) == []


def test_the_claim_is_flushed_before_the_drop_folder_and_after_all_renames(
    place: Place, calls: list[str]
) -> None:
    place.put(b"one")
    place.put(b"two")
    place.claims.claim(place.drop, "brno", [b"one", b"two"])
    assert calls[-4:] == ["rename one", "rename two", "fsync 1", "fsync brno"]
    # The claim's folders are durable before a file is moved into them.
    assert calls[:-4] == ["fsync .claimed", "fsync brno"]


def test_a_few_claimed_files_are_flushed_one_by_one(place: Place, calls: list[str]) -> None:
    claimed = [place.claim(b"%d" % number) for number in range(FEW_FILES)]
    calls.clear()
    flush_claimed(place.home, claimed)
    assert calls == [f"fsync {number}" for number in range(FEW_FILES)]


def test_many_claimed_files_share_a_flush(
    place: Place, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = [place.claim(b"%d" % number) for number in range(FEW_FILES + 1)]
    calls.clear()
    flushed: list[Path] = []
    monkeypatch.setattr("netrelay.transfer.claims.flush_file_system", flushed.append)
    flush_claimed(place.home, claimed)
    assert (flushed, calls) == ([place.home / "drop" / ".claimed"], [])


def test_a_claimed_file_that_no_longer_exists_is_not_flushed(
    place: Place, calls: list[str]
) -> None:
    gone, stays = place.claim(b"gone"), place.claim(b"stays")
    (place.home / os.fsdecode(gone.path)).unlink()
    calls.clear()
    flush_claimed(place.home, [gone, stays])
    assert calls == ["fsync stays"]


def test_a_name_that_no_longer_exists_is_skipped(place: Place) -> None:
    place.put(b"stays")
    claimed = place.claims.claim(place.drop, "brno", [b"gone", b"stays"])
    assert [item.name for item in claimed] == [b"stays"]


def test_a_claim_of_nothing_leaves_no_folder(place: Place) -> None:
    assert place.claims.claim(place.drop, "brno", [b"gone"]) == []
    assert place.claim_folders() == []


def test_an_entry_that_cannot_be_sent_is_moved_back(place: Place) -> None:
    (place.drop / "link").symlink_to("/etc/passwd")
    os.mkfifo(place.drop / "pipe")
    place.put(b"file")
    claimed = place.claims.claim(place.drop, "brno", [b"link", b"pipe", b"file"])
    assert [item.name for item in claimed] == [b"file"]
    assert (place.drop / "link").is_symlink()
    assert stat.S_ISFIFO((place.drop / "pipe").lstat().st_mode)


def test_moving_back_overwrites_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.drop / "name").symlink_to("/etc/passwd")
    lstat = os.lstat

    def lstat_and_drop(path: bytes, *, dir_fd: int | None = None) -> os.stat_result:
        if not (place.drop / "name").exists():
            place.put(b"name", b"mine")
        return lstat(path, dir_fd=dir_fd)

    monkeypatch.setattr("os.lstat", lstat_and_drop)
    assert place.claims.claim(place.drop, "brno", [b"name"]) == []
    assert (place.drop / "name").read_bytes() == b"mine"
    assert not (place.drop / "name").is_symlink()


def refuse_rename(monkeypatch: pytest.MonkeyPatch, name: bytes, error: OSError) -> None:
    """Let the rename of one entry fail."""
    rename = os.rename

    def failing(source: bytes, target: bytes) -> None:
        if source.endswith(b"/" + name):
            raise error
        rename(source, target)

    monkeypatch.setattr("os.rename", failing)


def test_claims_before_an_error_of_the_disk_are_returned(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (b"one", b"two", b"three"):
        place.put(name)
    refuse_rename(monkeypatch, b"two", OSError(errno.ENOSPC, "No space left on device"))
    claimed = place.claims.claim(place.drop, "brno", [b"one", b"two", b"three"])
    assert [item.name for item in claimed] == [b"one"]
    with pytest.raises(OSError, match="No space"):
        place.claims.claim(place.drop, "brno", [b"two", b"three"])
    assert place.claim_folders() == ["1"]


def test_what_cannot_be_moved_holds_nothing_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (b"one", b"two", b"three"):
        place.put(name)
    error = PermissionError(errno.EACCES, "Permission denied")
    refuse_rename(monkeypatch, b"one", error)
    passed_over: dict[bytes, OSError] = {}
    claimed = place.claims.claim(place.drop, "brno", [b"one", b"two", b"three"], passed_over)
    assert [item.name for item in claimed] == [b"two", b"three"]
    assert passed_over == {b"one": error}
    assert (place.drop / "one").exists()


def test_each_claim_has_its_own_folder_also_after_a_start(place: Place) -> None:
    first, second = place.claim(b"same", b"1"), place.claim(b"same", b"2")
    place.claims = place.start()
    third = place.claim(b"same", b"3")
    assert [item.path.split(b"/")[-2] for item in (first, second, third)] == [b"1", b"2", b"3"]
    assert [place.read(item) for item in (first, second, third)] == [b"1", b"2", b"3"]


def test_a_claim_without_a_row_is_found_at_the_next_start(place: Place) -> None:
    claimed = [place.claim(name) for name in NAMES]
    assert sorted(place.start().found((), raised)) == sorted(("brno", item) for item in claimed)


def test_nothing_is_found_without_claims(tmp_path: Path) -> None:
    assert list(Claims(tmp_path, tmp_path / "never made").found((), raised)) == []


@pytest.mark.parametrize("year", [1800, 2400])
def test_a_time_beyond_64_bits_is_clamped(place: Place, year: int) -> None:
    path = place.put(b"far")
    seconds = (year - 1970) * 31_556_952
    os.utime(path, (seconds, seconds))
    (claimed,) = place.claims.claim(place.drop, "brno", [b"far"])
    assert abs(claimed.mtime_ns) < 2**63


def test_put_away_keeps_the_name(place: Place) -> None:
    claimed = place.claim(b"-name \xff\n.txt")
    put_away(place.home, [claimed.path], place.sent, free_byte_names())
    assert place.sent_names() == [b"-name \xff\n.txt"]
    assert place.claim_folders() == []


@pytest.mark.parametrize(
    ("name", "second", "third"),
    [
        (b"a.txt", b"a (2).txt", b"a (3).txt"),
        (b"a.tar.gz", b"a.tar (2).gz", b"a.tar (3).gz"),
        (b"noending", b"noending (2)", b"noending (3)"),
        (b"a" * 255, b"a" * 251 + b" (2)", b"a" * 251 + b" (3)"),
        (b"a" * 251 + b".txt", b"a" * 247 + b" (2).txt", b"a" * 247 + b" (3).txt"),
        (b"a." + b"b" * 253, b"a." + b"b" * 249 + b" (2)", b"a." + b"b" * 249 + b" (3)"),
        ("é".encode() * 127, "é".encode() * 125 + b" (2)", "é".encode() * 125 + b" (3)"),
        (b"\x80" * 255, b"\x80" * 248 + b" (2)", b"\x80" * 248 + b" (3)"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_put_away_numbers_a_taken_name(
    place: Place, name: bytes, second: bytes, third: bytes
) -> None:
    for content in (b"1", b"2", b"3"):
        put_away(place.home, [place.claim(name, content).path], place.sent, free_byte_names())
    folder = os.fsencode(place.sent) + b"/"
    found = {each: Path(os.fsdecode(folder + each)).read_bytes() for each in place.sent_names()}
    assert found == {name: b"1", second: b"2", third: b"3"}


def test_put_away_does_not_overwrite_a_dangling_link(place: Place) -> None:
    (place.sent / "a").symlink_to("nowhere")
    put_away(place.home, [place.claim(b"a").path], place.sent, free_byte_names())
    assert place.sent_names() == [b"a", b"a (2)"]
    assert (place.sent / "a").is_symlink()


def test_put_away_is_durable_before_it_returns(place: Place, calls: list[str]) -> None:
    claimed = place.claim(b"a")
    calls.clear()
    put_away(place.home, [claimed.path], place.sent, free_byte_names())
    assert "fsync sent" in calls


def test_put_away_again_changes_nothing(place: Place) -> None:
    claimed = place.claim(b"a")
    put_away(place.home, [claimed.path], place.sent, free_byte_names())
    put_away(place.home, [claimed.path], place.sent, free_byte_names())
    assert place.sent_names() == [b"a"]


def test_put_away_of_a_file_whose_folder_is_missing_loses_nothing(place: Place) -> None:
    claimed = place.claim(b"a")
    with pytest.raises(FileNotFoundError):
        put_away(place.home, [claimed.path], place.home / "no such folder", free_byte_names())
    assert place.read(claimed) == b"content"


def test_put_away_moves_what_it_can(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed = [place.claim(name) for name in (b"a", b"b", b"c")]

    def rename(source: bytes, target: bytes, folder: int) -> None:
        if source == b"b":
            raise PermissionError(errno.EACCES, "Permission denied")
        rename_to_new(source, target, folder)

    monkeypatch.setattr("netrelay.transfer.claims.rename_to_new", rename)
    first, second, third = put_away(
        place.home, [each.path for each in claimed], place.sent, free_byte_names()
    )
    assert isinstance(second, PermissionError)
    assert [first, third] == [b"sent/a", b"sent/c"]
    assert place.sent_names() == [b"a", b"c"]
    assert place.read(claimed[1]) == b"content"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_put_away_moves_a_file_of_another_user(place: Place) -> None:
    """With protected_hardlinks, Linux refuses a link to another user's read-only file (proc(5))."""
    claimed = place.claim(b"a")
    nobody = 65_534
    for path in (place.home, *place.home.rglob("*")):
        if path.is_dir():
            os.chown(path, nobody, nobody)
    opened = [folder for folder in place.home.parents if not folder.stat().st_mode & 0o001]
    modes = [folder.stat().st_mode for folder in opened]
    for folder in opened:
        folder.chmod(0o711)
    os.seteuid(nobody)
    try:
        put_away(place.home, [claimed.path], place.sent, free_byte_names())
    finally:
        os.seteuid(0)
        for folder, mode in zip(opened, modes, strict=True):
            folder.chmod(stat.S_IMODE(mode))
    assert place.sent_names() == [b"a"]
    assert place.claim_folders() == []


def test_removing_a_file_of_a_claim_leaves_the_others(place: Place) -> None:
    place.put(b"one")
    place.put(b"two")
    one, two = place.claims.claim(place.drop, "brno", [b"one", b"two"])
    remove_claims(place.home, [one.path])
    assert place.read(two) == b"content"
    remove_claims(place.home, [two.path])
    assert place.claim_folders() == []
    remove_claims(place.home, [two.path])


def test_the_removal_of_a_claim_is_durable(place: Place, calls: list[str]) -> None:
    """The row is closed next: a claim that reappears without an open row would be sent again."""
    claimed = place.claim(b"one")
    calls.clear()
    remove_claims(place.home, [claimed.path])
    assert calls == ["unlink one", "fsync 1"]


def test_a_claim_that_cannot_be_read_holds_back_no_other(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner closes a directory after the rename; before, importer ended at each start."""
    other = place.claim(b"other")
    tree = place.home / "drop" / ".claimed" / "brno" / "0" / "tree"
    tree.mkdir(parents=True)

    def closed(directory: int, path: bytes, ignored: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr("netrelay.transfer.claims.read_open_tree", closed)
    unread: list[tuple[bytes, int | None]] = []
    found = place.start().found((), lambda path, error: unread.append((path, error.errno)))
    assert list(found) == [("brno", other)]
    assert unread == [(os.fsencode(tree), errno.EACCES)]


def test_a_claim_that_cannot_be_deleted_holds_back_no_other(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = [place.claim(name) for name in (b"a", b"b", b"c")]

    def remove(name: bytes, within: int) -> None:
        if name == b"b":
            raise PermissionError(errno.EACCES, "Permission denied")
        os.unlink(name, dir_fd=within)

    monkeypatch.setattr("netrelay.transfer.claims.remove_entry", remove)
    first, second, third = delete_claims(place.home, [each.path for each in claimed])
    assert (first, third) == (None, None)
    assert isinstance(second, PermissionError)
    assert [os.path.lexists(place.home / os.fsdecode(each.path)) for each in claimed] == [
        *(False, True, False)
    ]
