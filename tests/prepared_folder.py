"""Folders that many tests begin with: made once in a process, and copied for each test."""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path


def copy_prepared(folder: Path, make: Callable[..., None], *words: object) -> None:
    """Put into a folder what `make(folder, *words)` makes; what is copied has the same keys."""
    source = Path(prepare(make, *words).name)
    shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True)
    if os.geteuid() == 0:
        _give_owners(source, folder)


def _give_owners(source: Path, folder: Path) -> None:
    for path in source.rglob("*"):
        status = path.lstat()
        copy = folder / path.relative_to(source)
        copied = copy.lstat()
        if (status.st_uid, status.st_gid) != (copied.st_uid, copied.st_gid):
            os.lchown(copy, status.st_uid, status.st_gid)
            if not copy.is_symlink():
                copy.chmod(stat.S_IMODE(status.st_mode))


@lru_cache(maxsize=16)
def prepare(make: Callable[..., None], *words: object) -> "tempfile.TemporaryDirectory[str]":
    """Return the folder that is copied, made by the first call; it goes with this process."""
    made = tempfile.TemporaryDirectory(prefix="nr-")
    make(Path(made.name), *words)
    return made
