"""Holes in files: ranges that read as zeros and take no room on the disk."""

import ctypes
import os

_LIBRARY = ctypes.CDLL(None, use_errno=True)
# glibc's fallocate has offsets of 32 bits on machines of 32 bits: half of the arguments would be
# taken for all, and a hole beyond 4 GiB would be made elsewhere. Other libraries have 64 bits only.
_FALLOCATE = _LIBRARY["fallocate64" if hasattr(_LIBRARY, "fallocate64") else "fallocate"]
_FALLOCATE.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
# fallocate(2), linux/falloc.h
_KEEP_SIZE = 0x01
_PUNCH_HOLE = 0x02
# A multiple of the blocks of every file system here; shorter ranges of zeros are written.
HOLE_BYTES = 64 * 1024
_ZEROS = bytes(HOLE_BYTES)


def zero_runs(data: memoryview) -> list[tuple[int, int]]:
    """Return the runs of blocks of HOLE_BYTES that hold zeros only, as (begin, end) in the data."""
    runs: list[tuple[int, int]] = []
    for begin in range(0, len(data) - HOLE_BYTES + 1, HOLE_BYTES):
        end = begin + HOLE_BYTES
        # The first look ends it for most data, and costs nothing.
        if data[begin] or data[end - 1] or data[begin:end].tobytes() != _ZEROS:
            continue
        if runs and runs[-1][1] == begin:
            begin = runs.pop()[0]
        runs.append((begin, end))
    return runs


def make_hole(descriptor: int, offset: int, length: int) -> None:
    """Free the room of a range of a file, which then reads as zeros; OSError if unsupported.

    Durable after fsync(2). The size of the file stays.
    """
    if _FALLOCATE(descriptor, _PUNCH_HOLE | _KEEP_SIZE, offset, length):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
