"""Bad input in the drop folder."""

import os
import socket
import stat
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.story.bad_input_table import Place, bad_input, logged, plain
from tests.story.nodes import MIB, wait_for

_SECTION = "Dropped"


def _left(place: Place, name: str) -> str:
    """Wait for the log line about an unclaimed entry, and check that it is still there."""
    said = logged(place.shelf, "left-alone", repr(name))
    assert os.path.lexists(place.shelf.home.drop / "boat" / name)
    return plain(said, place.shelf)


def _delivered(place: Place, name: bytes, inbox_name: str, content: bytes = b"content") -> str:
    dropped = place.shelf.drop("boat", name, content)
    place.boat.wait_for_delivery("shelf", dropped, inbox_name)
    shown = inbox_name if len(inbox_name) < 80 else f"{inbox_name[:20]}...{inbox_name[-8:]}"
    return f"delivered as `{shown}` ({len(inbox_name.encode())} bytes long)"


@bad_input(_SECTION, "into a folder of nobody, `drop/bota/`")
def _(place: Place) -> str:
    (place.shelf.home.drop / "bota").mkdir()
    (place.shelf.home.drop / "bota" / "a.txt").write_bytes(b"content")
    said = logged(place.shelf, "no-such-peer", "'bota'")
    assert (place.shelf.home.drop / "bota" / "a.txt").exists()
    return plain(said)


@bad_input(_SECTION, "a file into `drop/` itself")
def _(place: Place) -> str:
    (place.shelf.home.drop / "lost.txt").write_bytes(b"content")
    said = logged(place.shelf, "no-peers-folder", "'lost.txt'")
    assert (place.shelf.home.drop / "lost.txt").exists()
    return plain(said)


@bad_input(_SECTION, "an empty file")
def _(place: Place) -> str:
    dropped = place.shelf.drop("boat", "empty.txt", b"")
    path = place.boat.wait_for_delivery("shelf", dropped)
    return f"delivered, {path.stat().st_size} bytes"


_NAMES: list[tuple[str, bytes, str]] = [
    ("a name that is not UTF-8, `b'caf\\xe9.txt'`", b"caf\xe9.txt", "caf%E9.txt"),
    ("a name with a newline", b"two\nlines.txt", "two_lines.txt"),
    ("a name with a terminal's escape sequence", b"a\x1b[2Jb.txt", "a_[2Jb.txt"),
    ("a name that begins with a dash, `-rf`", b"-rf", "_-rf"),
    ("a name with a backslash", b"c:\\a.txt", "c:_a.txt"),
    ("a name of 255 bytes", b"n" * 251 + b".txt", "n" * 236 + ".txt"),
]
for _about, _name, _inbox_name in _NAMES:

    def _try(place: Place, name: bytes = _name, inbox_name: str = _inbox_name) -> str:
        return _delivered(place, name, inbox_name)

    bad_input(_SECTION, _about)(_try)


@bad_input(_SECTION, "two names that differ in case alone")
def _(place: Place) -> str:
    for name, content in (("README.case", b"1"), ("readme.case", b"2")):
        place.boat.wait_for_delivery("shelf", place.shelf.drop("boat", name, content))
    return "both delivered, each under its name"


@bad_input(_SECTION, "two names that differ in Unicode normalisation alone")
def _(place: Place) -> str:
    for form, content in (("NFC", b"1"), ("NFD", b"22")):
        name = unicodedata.normalize(form, "Größe.txt")  # type: ignore[arg-type]
        place.boat.wait_for_delivery("shelf", place.shelf.drop("boat", name, content))
    return "both delivered, each under its name"


@bad_input(_SECTION, "a symbolic link")
def _(place: Place) -> str:
    (place.shelf.home.drop / "boat" / "link").symlink_to("/etc/passwd")
    return _left(place, "link")


@bad_input(_SECTION, "a FIFO")
def _(place: Place) -> str:
    os.mkfifo(place.shelf.home.drop / "boat" / "pipe")
    return _left(place, "pipe")


@bad_input(_SECTION, "a socket")
def _(place: Place) -> str:
    folder = os.open(place.shelf.home.drop / "boat", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{folder}/socket")
    os.close(folder)
    return _left(place, "socket")


@bad_input(_SECTION, "a device")
def _(place: Place) -> str:
    # Since Linux 5.8 any user may create this device, a whiteout (vfs_mknod in fs/namei.c).
    try:
        os.mknod(place.shelf.home.drop / "boat" / "device", stat.S_IFCHR | 0o600, 0)
    except PermissionError:
        pytest.skip("this kernel lets nobody but root make a device")
    return _left(place, "device")


@bad_input(_SECTION, "a directory with a symbolic link in it")
def _(place: Place) -> str:
    made = place.folder / "photos"
    made.mkdir()
    (made / "latest").symlink_to("2024")
    made.rename(place.shelf.home.drop / "boat" / "photos")
    return _left(place, "photos")


@bad_input(_SECTION, "a file that a program appends to while it lies there")
def _(place: Place) -> str:
    path = place.shelf.home.drop / "boat" / "growing.txt"
    with path.open("wb") as file:
        for _ in range(20):
            file.write(b"more")
            file.flush()
        place.boat.wait_for_delivery("shelf", place.shelf.drop("boat", "beside.txt", b"1"))
        assert path.exists()
    arrived = place.boat.home.inbox / "shelf" / "growing.txt"
    wait_for(f"{arrived}", arrived.exists)
    assert arrived.read_bytes() == b"more" * 20
    return "taken when the program has closed it and it has stood still; delivered whole"


@bad_input(_SECTION, "a file larger than the sender's quota at its destination")
def _(place: Place) -> str:
    place.boat.line.good("peer", "quota", "shelf", "1M")
    dropped = place.shelf.drop("boat", "quota.bin", bytes(2 * MIB))
    try:
        here = logged(place.shelf, "send-refused", "QUOTA")
        there = logged(place.boat, "arrival-refused", "QUOTA")
    finally:
        place.boat.line.good("peer", "quota", "shelf", "none")
    place.shelf.due_now()
    place.boat.wait_for_delivery("shelf", dropped)
    return plain(
        f"at the source: {here}; at its destination: {there}; delivered when it was raised"
    )


def _append(place: Place, path: str) -> None:
    with Path(path).open("ab") as file:
        file.write(b"more")


def _through_a_link(place: Place, path: str) -> None:
    other = place.folder / "other name"
    os.link(path, other)
    with other.open("r+b") as file:
        file.write(b"changed")


def _replace(place: Place, path: str) -> None:
    (place.shelf.home.path / "new").write_bytes(bytes(3 * MIB))
    (place.shelf.home.path / "new").rename(path)


def _remove(place: Place, path: str) -> None:
    Path(path).unlink()


_CHANGES: list[tuple[str, Callable[[Place, str], None]]] = [
    ("grows", _append),
    ("is written to through a hard link", _through_a_link),
    ("is replaced", _replace),
    ("vanishes", _remove),
]
for _what, _change in _CHANGES:

    def _try_change(
        place: Place,
        what: str = _what,
        change: Callable[[Place, str], None] = _change,
    ) -> str:
        shelf = place.shelf
        shelf.line.good("pause", "boat")
        name = f"{what}.bin"
        shelf.drop("boat", name, bytes(3 * MIB))
        ((path,),) = shelf.wait_for_rows("SELECT path FROM files WHERE name = ?", name)
        assert isinstance(path, bytes)
        change(place, os.fsdecode(os.fsencode(shelf.home.path) + b"/" + path))
        shelf.line.good("resume", "boat")
        ((said,),) = shelf.wait_for_rows(
            "SELECT m.reason FROM messages m JOIN files f ON f.id = m.file"
            " WHERE f.name = ? AND m.type = 6 AND m.state = 'D'",
            name,
        )
        assert not (place.boat.home.inbox / "shelf" / name).exists()
        return plain(f"the job ends (D): {said!s}", shelf)

    bad_input(_SECTION, f"a file that {_what} after it was taken")(_try_change)
