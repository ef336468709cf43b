"""Taking files out of the drop folders.

    drop/<peer>/<name>  --rename-->  drop/.claimed/<peer>/<claim number>/<name>  -->  its row

A claim is durable before it has a row; a claim without a row gets one at the next start. Nothing
that a person gave us is ever deleted here.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from netrelay.core.file_names import FILE_NAME_MAX_BYTES
from netrelay.store.folders import fingerprint, flush_folder, make_folder

# What follows a dot and is longer is no ending but a part of the name.
_LONGEST_ENDING_BYTES = 32


class Claimed(NamedTuple):
    """A file we hold; path: relative to the home, name: its last component, both raw bytes."""

    path: bytes
    name: bytes
    size_bytes: int
    mtime_ns: int
    fingerprint: str


class Claims:
    """The claims folder of one home, written by one process."""

    def __init__(self, home: Path, claims: Path) -> None:
        self._home = home
        self._claims = claims
        self._next: dict[str, int] = {}

    def take(self, drop: Path, peer_name: str, names: Iterable[bytes]) -> list[Claimed]:
        """Move these files of a drop folder into a claim of their own.

        Durable when it returns. A name that vanished meanwhile is passed over; what turns out to be
        no regular file is put back.
        """
        folder = self._new_claim(peer_name)
        claimed = []
        for name in names:
            source = os.fsencode(drop) + b"/" + name
            target = os.fsencode(folder) + b"/" + name
            try:
                os.rename(source, target)
            except FileNotFoundError:
                continue
            if not stat.S_ISREG(os.lstat(target).st_mode):
                os.rename(target, source)
                continue
            claimed.append(self._describe(target))
        if not claimed:
            folder.rmdir()
            return []
        flush_folder(folder)
        flush_folder(drop)
        return claimed

    def found(self) -> Iterator[tuple[str, Claimed]]:
        """Give every file that lies claimed, with the name of the peer it is for."""
        for peer in sorted(self._claims.iterdir()) if self._claims.is_dir() else []:
            for folder in sorted(peer.iterdir()):
                if folder.is_dir():
                    for name in sorted(os.listdir(os.fsencode(folder))):
                        target = os.fsencode(folder) + b"/" + name
                        if stat.S_ISREG(os.lstat(target).st_mode):
                            yield peer.name, self._describe(target)

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

    def _describe(self, target: bytes) -> Claimed:
        status = os.lstat(target)
        home = os.fsencode(self._home) + b"/"
        return Claimed(
            target.removeprefix(home),
            target.rsplit(b"/", 1)[1],
            status.st_size,
            status.st_mtime_ns,
            fingerprint(status),
        )


def put_away(home: Path, path: bytes, folder: Path) -> None:
    """Move a claimed file into a folder for people, under its name or a numbered one.

    Nothing that lies there is overwritten. A claim that is gone was put away before.
    """
    source = os.fsencode(home) + b"/" + path
    name = path.rsplit(b"/", 1)[1]
    number = 1
    while True:
        target = os.fsencode(folder) + b"/" + (name if number == 1 else _numbered(name, number))
        try:
            os.link(source, target, follow_symlinks=False)
            break
        except FileExistsError:
            number += 1
        except FileNotFoundError:
            return
    flush_folder(folder)
    remove_claim(home, path)


def remove_claim(home: Path, path: bytes) -> None:
    """Delete a claimed file, and its claim folder with the last one."""
    source = os.fsencode(home) + b"/" + path
    try:
        os.unlink(source)
        os.rmdir(source.rsplit(b"/", 1)[0])
    except OSError:
        # Gone already, or other files of the same claim are still there.
        return


def _numbered(name: bytes, number: int) -> bytes:
    """Give the name with a number, cut where it would be longer than a name may be."""
    stem, dot, ending = name.rpartition(b".")
    if not stem or len(ending) > _LONGEST_ENDING_BYTES:
        stem, dot, ending = name, b"", b""
    mark = b" (%d)" % number
    end = min(len(stem), FILE_NAME_MAX_BYTES - len(mark + dot + ending))
    while end < len(stem) and stem[end] & 0xC0 == 0x80:  # never inside a character of UTF-8
        end -= 1
    return stem[:end] + mark + dot + ending
