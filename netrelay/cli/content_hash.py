"""BLAKE3 of a file or directory that a person names, or that a job has left behind."""

import os
import stat
from pathlib import Path
from typing import Final

from blake3 import blake3

from netrelay.core.directory_stream import DEPTH_MAX, EntryKind
from netrelay.core.tree_hash import TreeHash
from netrelay.disk.descriptors import open_directory

_PART_BYTES: Final = 1024 * 1024


def opened_file(path: Path) -> int:
    """Return a descriptor of a regular file; OSError for anything else, which is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no regular file", path)
    return descriptor


def content_hash(descriptor: int) -> bytes:
    """Return the BLAKE3 hash of an open file, from where it stands to its end."""
    found = blake3()
    while part := os.read(descriptor, _PART_BYTES):
        found.update(part)
    return found.digest()


def tree_hash(path: Path) -> bytes:
    """Return the hash of a directory (core/tree_hash.py).

    OSError if it holds anything but files and directories: such a thing is never sent. Links are
    not followed.
    """
    found = TreeHash()
    root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _add_folder(found, root, b"")
    finally:
        os.close(root)
    return found.digest()


def _add_folder(found: TreeHash, folder: int, before: bytes) -> None:
    if before.count(b"/") >= DEPTH_MAX:
        raise OSError(0, f"{os.fsdecode(before)} is deeper than what is ever sent")
    for name in sorted(map(os.fsencode, os.listdir(folder))):
        path = before + name
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            found.add(EntryKind.DIRECTORY, path, 0)
            within = open_directory(os.fsdecode(name), folder)
            try:
                _add_folder(found, within, path + b"/")
            finally:
                os.close(within)
        elif stat.S_ISREG(status.st_mode):
            _add_file(found, folder, name, path)
        else:
            raise OSError(0, f"{os.fsdecode(path)} is neither a file nor a directory")


def _add_file(found: TreeHash, folder: int, name: bytes, path: bytes) -> None:
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        left_bytes = os.fstat(descriptor).st_size
        found.add(EntryKind.FILE, path, left_bytes)
        while left_bytes:
            part = os.read(descriptor, min(_PART_BYTES, left_bytes))
            if not part:
                raise OSError(0, f"{os.fsdecode(path)} was cut short while it was read")
            found.add_content(part)
            left_bytes -= len(part)
    finally:
        os.close(descriptor)
