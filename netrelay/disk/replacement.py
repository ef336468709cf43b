"""Atomic, durable replacement of a file: written beside its place, flushed, renamed into it."""

import os
from pathlib import Path

from netrelay.disk.folders import flush_folder


def put_in_place(unfinished: Path, path: Path) -> None:
    """Flush a complete file and rename it over `path`, in the same folder; durable on return."""
    descriptor = os.open(unfinished, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.rename(path)
    flush_folder(path.parent)


def replace_file(path: Path, content: bytes, mode: int | None) -> bool:
    """Replace a file atomically, durable on return; return False if it needed no change.

    Creates missing parent folders. mode: None on a FAT, which stores none.
    """
    try:
        status = path.lstat()
        is_same = status.st_size == len(content) and path.read_bytes() == content
        if is_same and mode in (None, status.st_mode & 0o777):
            return False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(unfinished, flags, 0o600 if mode is None else mode)
    with os.fdopen(descriptor, "wb") as file:
        if mode is not None:
            os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    unfinished.rename(path)
    flush_folder(path.parent)
    return True
