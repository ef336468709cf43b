"""Copies for the drop folder: of a file, or of a directory with all that is in it.

Everything is made and set up through descriptors: others may write the folder.
"""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from netrelay.cli.sending.hidden_copy import HiddenCopy
from netrelay.cli.sending.source import Source, SourceChanged
from netrelay.core.directory_stream import EntryKind
from netrelay.disk.descriptors import open_beneath
from netrelay.disk.folders import flush_file_system_of
from netrelay.transfer.dropped_tree import Leaf

_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)
_COPY_BYTES = 64 * 1024 * 1024
_FILE_MODE = 0o640
# Moving a directory changes its entry "..": one of another user has to be writable for the group.
_DIRECTORY_MODE = 0o2750
_DIRECTORY_MODE_OF_ANOTHER = 0o2770
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY


def copy_file(source: Source, made: HiddenCopy) -> int:
    """Copy a file into an empty one; return its size. Durable.

    The copy is closed when it returns: importer waits until no process has it open for writing.
    """
    before = source.status
    # The lock's own descriptor is for reading: this opens the same file again, whatever its name.
    copy = os.open(f"/proc/self/fd/{made.descriptor}", os.O_WRONLY | os.O_CLOEXEC)
    try:
        copy_content(source.descriptor, copy, before.st_size)
        _give_to_group_of(made.folder, copy)
        after = os.fstat(source.descriptor)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise SourceChanged
        os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.fsync(copy)
    finally:
        os.close(copy)
    return before.st_size


def copy_tree(source: Source, made: HiddenCopy) -> int:
    """Copy a directory into an empty one; return the size of all its files. Durable.

    Nobody else may enter the copy before it is whole. TreeRefused when the source holds what cannot
    be sent.
    """
    tree = source.tree()
    directories = [leaf for leaf in tree.leaves if leaf.entry.kind is EntryKind.DIRECTORY]
    files = [leaf for leaf in tree.leaves if leaf.entry.kind is EntryKind.FILE]
    for leaf in directories:
        _make_directory(made.descriptor, leaf.entry.path)
    for leaf in files:
        _copy_into(source, leaf, made)
    for leaf in reversed(directories):
        inner = open_beneath(made.descriptor, leaf.entry.path, _DIRECTORY)
        try:
            _open_to_group(inner, made.folder, leaf.entry.mtime_ns)
        finally:
            os.close(inner)
    if source.tree().fingerprint != tree.fingerprint:
        raise SourceChanged
    _open_to_group(made.descriptor, made.folder, source.status.st_mtime_ns)
    flush_file_system_of(made.descriptor, Path(os.fsdecode(made.name)))
    return sum(leaf.entry.size_bytes for leaf in files)


def _make_directory(top: int, path: bytes) -> None:
    parent, _, name = path.rpartition(b"/")
    within = open_beneath(top, parent or b".", _DIRECTORY)
    try:
        os.mkdir(name, 0o700, dir_fd=within)
    finally:
        os.close(within)


def _copy_into(source: Source, leaf: Leaf, made: HiddenCopy) -> None:
    parent, _, name = leaf.entry.path.rpartition(b"/")
    within = open_beneath(made.descriptor, parent or b".", _DIRECTORY)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        copy = os.open(name, flags, _FILE_MODE, dir_fd=within)
    finally:
        os.close(within)
    try:
        with source.opened(leaf) as original:
            copy_content(original, copy, leaf.entry.size_bytes)
        _give_to_group_of(made.folder, copy)
        os.utime(copy, ns=(leaf.entry.mtime_ns, leaf.entry.mtime_ns))
    finally:
        os.close(copy)


def _open_to_group(directory: int, folder: int, mtime_ns: int) -> None:
    _give_to_group_of(folder, directory)
    is_ours = os.fstat(folder).st_uid == os.geteuid()
    os.fchmod(directory, _DIRECTORY_MODE if is_ours else _DIRECTORY_MODE_OF_ANOTHER)
    os.utime(directory, ns=(mtime_ns, mtime_ns))


def _give_to_group_of(folder: int, copy: int) -> None:
    """Set the group of the copy to the folder's, if we may: the node has to read it."""
    group = os.fstat(folder).st_gid
    if os.fstat(copy).st_gid != group:
        with suppress(PermissionError):
            os.fchown(copy, -1, group)


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
