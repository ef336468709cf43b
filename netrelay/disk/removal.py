"""Removing what others may change meanwhile: by descriptors, links never followed, any depth.

`shutil.rmtree` does not follow links either, but holds a descriptor and a stack frame for each
level: whoever made the tree chooses how deep it is.
"""

import errno
import os
import secrets
from pathlib import Path

from netrelay.disk.descriptors import open_directory, opened_directory

# Levels that are held open; what is deeper is moved up into the directory that is removed.
_DEEPEST = 24
# A directory that others fill as fast as it is emptied is left for another call.
_MOST_ROUNDS = 4096


def remove_tree(path: str | bytes | Path, within: int | None = None) -> None:
    """Delete a directory and its contents without following symbolic links; idempotent.

    within is the descriptor of the folder that a relative path is below. Not durable before that
    folder is flushed. NotADirectoryError for anything else, a link to a directory included. OSError
    with ENOTEMPTY when others add to it faster than it is emptied.
    """
    try:
        with opened_directory(path, within) as top:
            for _ in range(_MOST_ROUNDS):
                _empty(top, top, 0)
                try:
                    os.rmdir(path, dir_fd=within)
                except OSError as error:
                    if error.errno != errno.ENOTEMPTY:
                        raise
                else:
                    return
    except FileNotFoundError:
        return
    raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), path)


def remove_entry(name: str | bytes | Path, within: int | None = None) -> None:
    """Delete whatever has this name: a file, a link, or a directory with its contents; idempotent.

    Not durable before its folder is flushed.
    """
    try:
        os.unlink(name, dir_fd=within)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        remove_tree(name, within)


def _empty(directory: int, top: int, depth: int) -> None:
    """Delete what is in a directory; what is too deep is then in `top`, under another name."""
    with os.scandir(directory) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in found:
        try:
            if not is_directory:
                os.unlink(name, dir_fd=directory)
            elif depth < _DEEPEST:
                _remove_directory(name, directory, top, depth)
            else:
                os.rename(name, secrets.token_hex(16), src_dir_fd=directory, dst_dir_fd=top)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            # Somebody removed it, or exchanged a directory and a file: the next round finds it.
            continue


def _remove_directory(name: str, within: int, top: int, depth: int) -> None:
    inner = open_directory(name, within)
    try:
        _empty(inner, top, depth + 1)
    finally:
        os.close(inner)
    try:
        os.rmdir(name, dir_fd=within)
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
