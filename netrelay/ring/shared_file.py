"""Creation and opening of the memory-mapped files of one generation."""

import os
from mmap import mmap
from pathlib import Path
from typing import NamedTuple

from .layout import SHARED_HEADER


class SharedFileError(Exception):
    """A file is missing or belongs to another generation than the announced one."""


class SharedHeader(NamedTuple):
    """The header at the start of a shared file (layout.py)."""

    magic: bytes
    generation: int
    place_count: int
    place_bytes: int


def create_shared_file(path: Path, header: SharedHeader, file_bytes: int, *, reserve: bool) -> mmap:
    """Create a zeroed file at `path`, mode 0600, and return its mapping; nothing may exist there.

    `reserve` allocates the blocks now, so that a later store cannot raise SIGBUS on a full file
    system. Raise OSError that names the path.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        try:
            os.ftruncate(descriptor, file_bytes)
            if reserve:
                os.posix_fallocate(descriptor, 0, file_bytes)
        except OSError as error:
            raise OSError(error.errno, f"{file_bytes} bytes: {error.strerror}", path) from error
        memory = mmap(descriptor, file_bytes)
    finally:
        os.close(descriptor)
    memory[: SHARED_HEADER.size] = SHARED_HEADER.pack(*header)
    return memory


def open_shared_file(path: Path, magic: bytes, generation: int) -> tuple[mmap, SharedHeader]:
    """Return the mapping of the file at `path` and its header.

    Raise SharedFileError unless the file exists and has this magic and generation. The caller
    checks count and size against the length of the mapping.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise SharedFileError(f"{path}: no such file") from None
    try:
        file_bytes = os.fstat(descriptor).st_size
        if file_bytes < SHARED_HEADER.size:
            raise SharedFileError(f"{path}: {file_bytes} bytes hold no header")
        memory = mmap(descriptor, file_bytes)
    finally:
        os.close(descriptor)
    header = SharedHeader(*SHARED_HEADER.unpack_from(memory))
    if header.magic != magic or header.generation != generation:
        raise SharedFileError(
            f"{path}: magic {header.magic!r} generation {header.generation}, "
            f"announced was {magic!r} generation {generation}"
        )
    return memory, header
