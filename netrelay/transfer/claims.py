"""Taking files out of the drop folders.

    drop/<peer>/<name>  --rename-->  drop/.claimed/<peer>/<claim number>/<name>  -->  its row

A claim is durable before it has a row, name and bytes; a claim without a row gets one at the next
start. Nothing that a person gave us is ever deleted here.
"""

import os
import stat
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from netrelay.core.file_names import FILE_NAME_MAX_BYTES
from netrelay.core.msgpack_array import INTEGER_MAX
from netrelay.core.words import FileKind
from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.folders import (
    FEW_FILES,
    flush_file_system,
    flush_folder,
    make_folder,
    remove_tree,
)
from netrelay.disk.inodes import fingerprint, kind_of_file
from netrelay.transfer.dropped_tree import TreeRefused, read_tree

# What follows a dot and is longer is no ending but a part of the name.
_LONGEST_ENDING_BYTES = 32
# A second on the slowest card (10 MB/s, SD Speed Class 10).
_QUICK_BYTES = 8 * 1024 * 1024


class Claimed(NamedTuple):
    """A file or directory we hold; path: relative to the home, name: its last component, raw bytes.

    size_bytes of a directory: of the stream it goes as. mtime_ns is brought within 63 bits, which a
    file system's years need not be.
    """

    path: bytes
    name: bytes
    size_bytes: int
    mtime_ns: int
    fingerprint: str
    kind: FileKind
    inode: int


class Claims:
    """The claims folder of one home, written by one process."""

    def __init__(self, home: Path, claims: Path) -> None:
        self._home = home
        self._claims = claims
        self._next: dict[str, int] = {}

    def take(self, drop: Path, peer_name: str, names: Iterable[bytes]) -> list[Claimed]:
        """Move these files of a drop folder into a claim of their own.

        The names are durable when it returns, the bytes after `flush_claimed`. A name that vanished
        meanwhile is passed over; what turns out to be something that cannot go is put back. An
        error ends it early: it is raised when nothing was claimed before, or else the next call
        meets it again.
        """
        folder = self._new_claim(peer_name)
        claimed: list[Claimed] = []
        try:
            for name in names:
                source = os.fsencode(drop) + b"/" + name
                target = os.fsencode(folder) + b"/" + name
                try:
                    os.rename(source, target)
                except FileNotFoundError:
                    continue
                try:
                    claimed.append(describe(self._home, target))
                except (TreeRefused, OSError) as error:
                    with suppress(OSError):  # then it stays where it is
                        rename_to_new(target, source)
                    if isinstance(error, OSError):
                        raise
        except OSError:
            if not claimed:
                raise
        finally:
            if not claimed:
                with suppress(OSError):
                    folder.rmdir()
        if not claimed:
            return []
        flush_folder(folder)
        flush_folder(drop)
        return claimed

    def found(self, known: Container[bytes] = ()) -> Iterator[tuple[str, Claimed]]:
        """Give all that lies claimed but for these paths, with the name of the peer it is for."""
        for peer in sorted(self._claims.iterdir()) if self._claims.is_dir() else []:
            for folder in sorted(peer.iterdir()):
                if folder.is_dir():
                    for name in sorted(os.listdir(os.fsencode(folder))):
                        target = os.fsencode(folder) + b"/" + name
                        if _relative(self._home, target) not in known:
                            with suppress(TreeRefused):
                                yield peer.name, describe(self._home, target)

    def _new_claim(self, peer_name: str) -> Path:
        parent = self._claims / peer_name
        make_folder(parent, 0o700)
        number = self._next.get(peer_name)
        if number is None:
            taken = [int(entry.name) for entry in parent.iterdir() if entry.name.isdigit()]
            number = max(taken, default=0) + 1
        self._next[peer_name] = number + 1
        folder = parent / str(number)
        make_folder(folder, 0o700)
        return folder


def describe(home: Path, target: bytes) -> Claimed:
    """Say what a claim is; TreeRefused when it is nothing that can go."""
    status = os.lstat(target)
    kind, size_bytes, mark = FileKind.FILE, status.st_size, fingerprint(status)
    if stat.S_ISDIR(status.st_mode):
        tree = read_tree(target)
        kind, size_bytes, mark = FileKind.DIRECTORY, tree.size_bytes, tree.fingerprint
    elif not stat.S_ISREG(status.st_mode):
        raise TreeRefused(f"it is {kind_of_file(status.st_mode)}")
    return Claimed(
        _relative(home, target),
        target.rsplit(b"/", 1)[1],
        size_bytes,
        max(-INTEGER_MAX, min(INTEGER_MAX, status.st_mtime_ns)),
        mark,
        kind,
        status.st_ino,
    )


def _relative(home: Path, target: bytes) -> bytes:
    return target.removeprefix(os.fsencode(home) + b"/")


def is_quick_to_flush(claimed: list[Claimed]) -> bool:
    """Tell whether `flush_claimed` takes moments: few files, and little in them."""
    return (
        len(claimed) <= FEW_FILES
        and all(item.kind is FileKind.FILE for item in claimed)
        and sum(item.size_bytes for item in claimed) <= _QUICK_BYTES
    )


def flush_claimed(home: Path, claimed: list[Claimed]) -> None:
    """Make the bytes of what was claimed durable: whoever dropped it seldom has.

    Blocks for as long as the disk takes for what is still in memory of them.
    """
    if len(claimed) > FEW_FILES or any(item.kind is FileKind.DIRECTORY for item in claimed):
        flush_file_system(home)
        return
    for item in claimed:
        path = os.fsencode(home) + b"/" + item.path
        # What we may not read cannot be sent, and its job will say so.
        with suppress(FileNotFoundError, PermissionError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def put_away(home: Path, paths: Iterable[bytes], folder: Path) -> list[bytes | None]:
    """Move claimed files into a folder for people, under their names or numbered ones; durable.

    One flush for all. Nothing that lies there is overwritten. Gives where each lies, relative to
    the home; None for a claim that is gone, which was put away before.
    """
    root = os.fsencode(home) + b"/"
    sources = [root + path for path in paths]
    places = [_move_into(source, os.fsencode(folder) + b"/") for source in sources]
    flush_folder(folder)
    for source in sources:
        remove_empty(source)
    return [place and place.removeprefix(root) for place in places]


def _move_into(source: bytes, folder: bytes) -> bytes | None:
    name = source.rsplit(b"/", 1)[1]
    number = 1
    while True:
        place = folder + (name if number == 1 else numbered(name, number))
        try:
            rename_to_new(source, place)
        except FileExistsError:
            number += 1
        except FileNotFoundError:
            if os.path.lexists(source):
                raise
            return None
        else:
            return place


def remove_claims(home: Path, paths: Iterable[bytes]) -> None:
    """Delete claimed files, and each claim folder with its last one; durable.

    A claim that is gone was removed before.
    """
    emptied: dict[bytes, bytes] = {}
    for path in paths:
        source = os.fsencode(home) + b"/" + path
        with suppress(FileNotFoundError):
            try:
                os.unlink(source)
            except IsADirectoryError:
                remove_tree(Path(os.fsdecode(source)))
            emptied[source.rsplit(b"/", 1)[0]] = source
    for folder, source in emptied.items():
        flush_folder(Path(os.fsdecode(folder)))
        remove_empty(source)


def remove_empty(source: bytes) -> None:
    """Remove the folder a file was in, unless others are there."""
    with suppress(OSError):  # other files of the same claim are still there
        os.rmdir(source.rsplit(b"/", 1)[0])


def numbered(name: bytes, number: int) -> bytes:
    """Give the name with a number, cut where it would be longer than a name may be."""
    stem, dot, ending = name.rpartition(b".")
    if not stem or len(ending) > _LONGEST_ENDING_BYTES:
        stem, dot, ending = name, b"", b""
    mark = b" (%d)" % number
    end = min(len(stem), FILE_NAME_MAX_BYTES - len(mark + dot + ending))
    for _ in range(3):  # not inside a character of UTF-8, which has at most 4 bytes (RFC 3629)
        if end < len(stem) and stem[end] & 0xC0 == 0x80:
            end -= 1
    return stem[:end] + mark + dot + ending
