"""Creating and flushing folders.

A new, renamed or deleted name survives a power cut only after its folder is flushed (fsync(2)).
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from netrelay.disk.descriptors import opened_directory

# Up to this many files, an fsync of each is cheaper than one syncfs (measured with files of 4 KiB).
FEW_FILES = 4
_LIBRARY = ctypes.CDLL(None, use_errno=True)


def is_folder(path: Path | bytes) -> bool:
    """Return whether there is a folder, or a link to one; False where a disk does not answer."""
    return os.path.isdir(path)  # noqa: PTH112 -- Path.is_dir raises what a failing disk returns


def flush_folder(path: Path) -> None:
    """Make the names in a folder durable: fsync(2) of the directory."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folders(paths: Iterable[Path]) -> None:
    """Make the names in several folders durable, each folder once."""
    for path in sorted(set(paths)):
        flush_folder(path)


def flush_file_system(folder: Path) -> None:
    """Make all data and names on the file system of a folder durable: syncfs(2).

    Blocks for whatever other programs wrote there too. OSError when a write failed.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flush_file_system_of(descriptor, folder)
    finally:
        os.close(descriptor)


def flush_file_system_of(descriptor: int, shown: Path) -> None:
    """Make all data and names on the file system of an open file durable, as `flush_file_system`.

    shown is its name in errors.
    """
    if _LIBRARY.syncfs(descriptor):
        number = ctypes.get_errno()
        raise OSError(number, f"syncfs: {os.strerror(number)}", os.fspath(shown))


def make_folder(path: Path, mode: int) -> None:
    """Create a folder with exactly this mode, unless it exists; its name is durable on return.

    An existing folder keeps its mode. FileExistsError when anything else has the name, a symbolic
    link to a folder included.
    """
    try:
        make_directory(path, mode)
    except FileExistsError:
        if not path.is_dir() or path.is_symlink():
            raise
        return
    flush_folder(path.parent)


def make_directory(path: str | Path, mode: int, dir_fd: int | None = None) -> None:
    """Create a directory with exactly this mode, whatever the umask; FileExistsError if it exists.

    Not durable before its parent is flushed. Where the parent has the setgid bit, it is inherited
    and not requested: RestrictSUIDSGID= of a hardened unit forbids the request (systemd.exec(5)).
    """
    umask = os.umask(0)
    try:
        os.mkdir(path, mode & 0o1777, dir_fd=dir_fd)
    finally:
        os.umask(umask)
    with opened_directory(path, dir_fd) as made:
        if stat.S_IMODE(os.fstat(made).st_mode) != mode:
            os.fchmod(made, mode)
