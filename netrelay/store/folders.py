"""Folders and the order that survives power cuts: a name is durable once its folder is flushed."""

import os
from collections.abc import Iterable
from pathlib import Path


def flush_folder(path: Path) -> None:
    """Make the names in a folder durable (fsync of a directory, fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folders(paths: Iterable[Path]) -> None:
    """Make the names in several folders durable, each folder once."""
    for path in sorted(set(paths)):
        flush_folder(path)


def make_folder(path: Path, mode: int) -> None:
    """Create a folder that may exist, with exactly this mode; durable when it returns."""
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        if not path.is_dir() or path.is_symlink():
            raise
        return
    path.chmod(mode)
    flush_folder(path.parent)


def fingerprint(status: os.stat_result) -> str:
    """Say which file this was and when it last changed: inode, size, mtime and ctime in ns."""
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
