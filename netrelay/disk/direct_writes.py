"""Writes that go from a buffer to the disk and leave no pages in the cache (open(2), O_DIRECT)."""

import ctypes
import errno
import fcntl
import mmap
import os

# A multiple of the blocks of the disks here: 512 or 4,096 bytes.
_BLOCK_BYTES = 4096
# Shorter ones cost the disk and the processor as much as the cache does (measured).
_LEAST_BYTES = 512 * 1024


def block_buffer(length_bytes: int) -> memoryview:
    """Return a buffer from which ranges that begin at a block can be written directly."""
    return memoryview(mmap.mmap(-1, length_bytes))


class DirectWrites:
    """Writes to files of one folder, directly where length, offset and file system allow it.

    A first touch of each page of the cache costs more processor time than everything else that is
    done with the bytes (1.0 of 1.3 s/GiB, measured), and the cache of a small machine would hold
    nothing else. Durable after fsync(2), as other writes are.
    """

    def __init__(self) -> None:
        self._is_refused = False

    def write(self, descriptor: int, offset: int, data: memoryview) -> None:
        """Write all of the data at an offset; OSError as of pwrite(2).

        What is written directly is the part in whole blocks; data has to begin at a block of a
        `block_buffer` for that, else all of it goes through the cache.
        """
        direct_bytes = len(data) - len(data) % _BLOCK_BYTES
        written = 0
        if direct_bytes >= _LEAST_BYTES and offset % _BLOCK_BYTES == 0 and _begins_block(data):
            written = self._write_directly(descriptor, offset, data[:direct_bytes])
        while written < len(data):
            written += os.pwrite(descriptor, data[written:], offset + written)

    def _write_directly(self, descriptor: int, offset: int, data: memoryview) -> int:
        """Write the first bytes of whole blocks; return how many, 0 where that is refused."""
        if self._is_refused:
            return 0
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)
            return os.pwrite(descriptor, data, offset)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            self._is_refused = True
            return 0
        finally:
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


def _begins_block(data: memoryview) -> bool:
    """Return whether the memory of a view begins at a block."""
    if data.readonly:
        return False
    return ctypes.addressof(ctypes.c_char.from_buffer(data)) % _BLOCK_BYTES == 0
