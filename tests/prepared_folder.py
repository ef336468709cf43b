"""Folders that many tests begin with: made once in a process, and copied for each test."""

import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path


def copy_prepared(folder: Path, make: Callable[..., None], *words: object) -> None:
    """Put into a folder what `make(folder, *words)` makes; what is copied has the same keys."""
    shutil.copytree(prepare(make, *words).name, folder, symlinks=True, dirs_exist_ok=True)


@lru_cache(maxsize=16)
def prepare(make: Callable[..., None], *words: object) -> "tempfile.TemporaryDirectory[str]":
    """Return the folder that is copied, made by the first call; it goes with this process."""
    made = tempfile.TemporaryDirectory(prefix="nr-")
    make(Path(made.name), *words)
    return made
