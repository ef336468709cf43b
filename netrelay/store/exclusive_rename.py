"""Renaming that replaces nothing: the kernel can do it in one step, Python does not offer it."""

import ctypes
import errno
import os
from pathlib import Path

_LIBRARY = ctypes.CDLL(None, use_errno=True)
# renameat2(2), linux/fs.h
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1


def rename_to_new(source: bytes, target: bytes) -> None:
    """Rename, unless the new name is taken: then FileExistsError.

    A hard link would do on every file system, but not for a directory, nor for a file of another
    user (proc(5), protected_hardlinks): it is for those that cannot rename so. There a directory
    may replace an empty one that is made in that moment.
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
