"""Rename without replacing: renameat2(2) with RENAME_NOREPLACE, which Python does not offer."""

import ctypes
import errno
import os
import stat

_LIBRARY = ctypes.CDLL(None, use_errno=True)
# renameat2(2), linux/fs.h
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1


def rename_to_new(
    source: bytes, target: bytes, folder: int | None = None, to_folder: int | None = None
) -> None:
    """Rename a file or directory; FileExistsError when the new name exists.

    folder is the descriptor that both paths are relative to, to_folder the one of the target alone;
    an absolute path is relative to none. Not durable before both folders are flushed. On a file
    system without RENAME_NOREPLACE a file is linked and unlinked, which protected_hardlinks may
    refuse for another user's file (proc(5)), and a directory may replace an empty one that is
    created at the same moment.
    """
    to_folder = folder if to_folder is None else to_folder
    within, into = (_AT_FDCWD if each is None else each for each in (folder, to_folder))
    if _LIBRARY.renameat2(within, source, into, target, _RENAME_NOREPLACE) == 0:
        return
    number = ctypes.get_errno()
    if number not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(number, os.strerror(number), source, None, target)
    if not stat.S_ISDIR(os.lstat(source, dir_fd=folder).st_mode):
        os.link(source, target, src_dir_fd=folder, dst_dir_fd=to_folder, follow_symlinks=False)
        os.unlink(source, dir_fd=folder)
        return
    try:
        os.lstat(target, dir_fd=to_folder)
    except FileNotFoundError:
        os.rename(source, target, src_dir_fd=folder, dst_dir_fd=to_folder)
        return
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
