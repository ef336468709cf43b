"""Making and opening the memory-mapped files of one generation, each under its checked header."""

import os
from mmap import mmap
from pathlib import Path
from typing import NamedTuple

from .layout import SHARED_HEADER


class SharedFileError(Exception):
    """A file is not the one the other end announced: another generation, or no such file."""


class SharedHeader(NamedTuple):
    """What a shared file says about itself at its start."""

    magic: bytes
    generation: int
    place_count: int
    place_bytes: int


def create_shared_file(path: Path, header: SharedHeader, file_bytes: int, *, reserve: bool) -> mmap:
    """Map a new file of zeros at `path`, mode 0600; nothing may be there, not even a link.

    `reserve` allocates now, so that no later store can meet a full file system (which is a SIGBUS).
    Raises OSError that names the path.
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
    """Map the file at `path` and give its header, which has this magic and this generation.

    Raises SharedFileError when it has not, or when there is no such file. Count and size are the
    caller's to check against the length of the memory.
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
