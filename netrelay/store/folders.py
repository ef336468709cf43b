"""Folders and the order that survives power cuts: a name is durable once its folder is flushed."""

import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

# One by one is cheaper for a few files; for many, one flush of the file system is (measured: 2,000
# files of 4 KiB).
FEW_FILES = 4
_LIBRARY = ctypes.CDLL(None, use_errno=True)


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


def flush_file_system(folder: Path) -> None:
    """Make everything durable that lies on a folder's file system (syncfs(2)), names included."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _LIBRARY.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, f"syncfs: {os.strerror(number)}", os.fspath(folder))
    finally:
        os.close(descriptor)


def make_folder(path: Path, mode: int) -> None:
    """Create a folder that may exist, with exactly this mode; durable when it returns."""
    try:
        make_directory(path, mode)
    except FileExistsError:
        if not path.is_dir() or path.is_symlink():
            raise
        return
    flush_folder(path.parent)


def make_directory(path: str | Path, mode: int, dir_fd: int | None = None) -> None:
    """Create a directory with exactly this mode; FileExistsError when something is there.

    The setgid bit is inherited where the parent has it, never asked for: a hardened unit may not
    (RestrictSUIDSGID=, systemd.exec(5)).
    """
    umask = os.umask(0)
    try:
        os.mkdir(path, mode & 0o1777, dir_fd=dir_fd)
    finally:
        os.umask(umask)
    status = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
    if stat.S_IMODE(status.st_mode) != mode:
        os.chmod(path, mode, dir_fd=dir_fd)


def fingerprint(status: os.stat_result) -> str:
    """Say which file this was and when it last changed: inode, size, mtime and ctime in ns."""
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def kind_of_file(mode: int) -> str:
    """Say what an inode is, by its mode, with its article."""
    for test, word in (
        (stat.S_ISREG, "a file"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return word
    return "a device"


def remove_tree(path: Path) -> None:
    """Delete a directory and all in it, never through a link; what is gone already is no error."""
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    remove_tree(Path(entry.path))
                else:
                    Path(entry.path).unlink()
        path.rmdir()
    except FileNotFoundError:
        return
