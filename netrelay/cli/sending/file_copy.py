"""Copies for the drop folder: of a file, or of a directory with all that is in it."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from netrelay.core.directory_stream import EntryKind
from netrelay.disk.folders import flush_file_system
from netrelay.transfer.dropped_tree import read_tree

_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)
_COPY_BYTES = 64 * 1024 * 1024
_FILE_MODE = 0o640
# The node's group needs write permission: moving a directory changes its entry "..".
_DIRECTORY_MODE = 0o2770


class SourceChanged(Exception):  # noqa: N818 -- for the person who changed it
    """The source changed while it was copied."""


def copy_file(source: int, path: Path, owner_of: Path) -> int:
    """Copy an open file into an existing empty one; return its size. Durable.

    The copy is closed when it returns: importer waits until no process has it open for writing.
    """
    before = os.fstat(source)
    copy = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        copy_content(source, copy, before.st_size)
        give_to_owner_of(owner_of, copy)
        after = os.fstat(source)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise SourceChanged
        os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.fsync(copy)
    finally:
        os.close(copy)
    return before.st_size


def copy_tree(source: Path, path: Path, owner_of: Path) -> int:
    """Copy a directory into an empty one; return the size of all its files. Durable.

    TreeRefused when it holds what cannot be sent.
    """
    tree = read_tree(os.fsencode(source))
    directories = [(path, source.stat().st_mtime_ns)]
    size_bytes = 0
    _set_up(path, owner_of)
    for entry, _ in tree.leaves:
        original, copy = (each / os.fsdecode(entry.path) for each in (source, path))
        if entry.kind is EntryKind.DIRECTORY:
            copy.mkdir()
            _set_up(copy, owner_of)
            directories.append((copy, entry.mtime_ns))
            continue
        size_bytes += entry.size_bytes
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        made = os.open(copy, flags, _FILE_MODE)
        try:
            with original.open("rb") as file:
                copy_content(file.fileno(), made, entry.size_bytes)
            give_to_owner_of(owner_of, made)
            os.utime(made, ns=(entry.mtime_ns, entry.mtime_ns))
        finally:
            os.close(made)
    for directory, mtime_ns in reversed(directories):
        os.utime(directory, ns=(mtime_ns, mtime_ns))
    if read_tree(os.fsencode(source)).fingerprint != tree.fingerprint:
        raise SourceChanged
    flush_file_system(path)
    return size_bytes


def _set_up(directory: Path, owner_of: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        give_to_owner_of(owner_of, descriptor)
        os.fchmod(descriptor, _DIRECTORY_MODE)
    finally:
        os.close(descriptor)


def copy_content(source: int, copy: int, size_bytes: int) -> None:
    """Copy a file's content, sharing its blocks where possible; a shorter copy is no error."""
    try:
        fcntl.ioctl(copy, _FICLONE, source)
        return
    except OSError as error:
        # Another file system, or one without reflinks; ENOTTY and EOPNOTSUPP are the usual ones.
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
    done = 0
    while done < size_bytes:
        count = _copy_some(source, copy, min(_COPY_BYTES, size_bytes - done))
        if count == 0:
            return  # it shrank: the caller compares
        done += count


def _copy_some(source: int, copy: int, count: int) -> int:
    try:
        return os.copy_file_range(source, copy, count)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
    return os.sendfile(copy, source, None, count)


def give_to_owner_of(folder: Path, copy: int) -> None:
    """Set owner and group of the copy to the folder's, if we may: the node has to read it."""
    owner = folder.stat()
    with suppress(PermissionError):
        os.fchown(copy, -1, owner.st_gid)
    if os.geteuid() == 0:
        os.fchown(copy, owner.st_uid, owner.st_gid)
