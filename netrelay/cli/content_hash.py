"""BLAKE3 of a file that a person names, or that a job has left behind."""

import os
import stat
from pathlib import Path
from typing import Final

from blake3 import blake3

_PART_BYTES: Final = 1024 * 1024


def opened_file(path: Path) -> int:
    """Return a descriptor of a regular file; OSError for anything else, which is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no regular file", path)
    return descriptor


def content_hash(descriptor: int) -> bytes:
    """Return the BLAKE3 hash of an open file, from where it stands to its end."""
    found = blake3()
    while part := os.read(descriptor, _PART_BYTES):
        found.update(part)
    return found.digest()
