"""Detection of files that were made before their content: empty ones, and ones with holes."""

import os

from netrelay.disk.descriptors import open_beneath


def has_holes(path: bytes, directory: int | None = None) -> bool:
    """Return whether parts of a regular file were never written; False if unknown.

    path is relative to the open directory, if there is one. True for a file that was made as large
    as it will be by ftruncate or fallocate and is not filled yet. Zeros that were written are no
    hole, and some file systems (NFS before 4.2, FAT, most of FUSE) report none.
    """
    if directory is None:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    else:
        descriptor = open_beneath(directory, path, os.O_RDONLY)
    try:
        size_bytes = os.fstat(descriptor).st_size
        return size_bytes > 0 and os.lseek(descriptor, 0, os.SEEK_HOLE) < size_bytes
    except OSError:
        return False
    finally:
        os.close(descriptor)
