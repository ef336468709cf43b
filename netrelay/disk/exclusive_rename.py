"""Rename without replacing: renameat2(2) with RENAME_NOREPLACE, which Python does not offer."""

import ctypes
import errno
import os
from pathlib import Path

_LIBRARY = ctypes.CDLL(None, use_errno=True)
# renameat2(2), linux/fs.h
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1


def rename_to_new(source: bytes, target: bytes) -> None:
    """Rename a file or directory; FileExistsError when the new name exists.

    Not durable before both folders are flushed. On a file system without RENAME_NOREPLACE a file
    is linked and unlinked, which protected_hardlinks may refuse for another user's file (proc(5)),
    and a directory may replace an empty one that is created at the same moment.
    """
    if _LIBRARY.renameat2(_AT_FDCWD, source, _AT_FDCWD, target, _RENAME_NOREPLACE) == 0:
        return
    number = ctypes.get_errno()
    if number not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(number, os.strerror(number), source, None, target)
    old, new = Path(os.fsdecode(source)), Path(os.fsdecode(target))
    if not old.is_dir():
        os.link(old, new, follow_symlinks=False)
        old.unlink()
        return
    if os.path.lexists(new):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    old.rename(new)
