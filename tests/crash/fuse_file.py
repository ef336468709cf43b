"""A single file in user space, served on /dev/fuse.

A file, not a folder, is mounted (rootmode S_IFREG), so that only opening, reading, writing and
flushing have to be implemented. Numbers and layouts: linux/fuse.h, protocol 7.31.

    request   length u32 | opcode u32 | unique u64 | node u64 | uid, gid, pid, padding | body
    answer    length u32 | error i32, 0 or negative | unique u64 | body
"""

import ctypes
import errno
import os
import stat
import struct
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

DEVICE = Path("/dev/fuse")
MAX_WRITE_BYTES = 128 * 1024
_MAJOR, _MINOR = 7, 31
_REQUEST = struct.Struct("<IIQQ4I")
_ANSWER = struct.Struct("<IiQ")
_INIT = struct.Struct("<4I")
_INIT_ANSWER = struct.Struct("<4IHHIIH34x")
_MAX_PAGES = 1 << 22  # FUSE_MAX_PAGES
_BIG_WRITES = 1 << 5  # FUSE_BIG_WRITES
_READ = struct.Struct("<QQI")  # of fuse_read_in, and of fuse_write_in
_WRITE_BYTES = 40
_ATTRIBUTES = struct.Struct("<QI4x6Q10I")
_OPEN_ANSWER = struct.Struct("<QI4x")
_WRITE_ANSWER = struct.Struct("<I4x")
_PAGE_BYTES = 4096
_LIBRARY = ctypes.CDLL(None, use_errno=True)


class Opcode(IntEnum):
    """The supported operations; others are answered with ENOSYS."""

    FORGET = 2
    GETATTR = 3
    SETATTR = 4
    OPEN = 14
    READ = 15
    WRITE = 16
    RELEASE = 18
    FSYNC = 20
    FLUSH = 25
    INIT = 26
    INTERRUPT = 36
    DESTROY = 38
    BATCH_FORGET = 42


_UNANSWERED = (Opcode.FORGET, Opcode.INTERRUPT, Opcode.BATCH_FORGET)


class Request(NamedTuple):
    """A request that the kernel waits for; offset, size_bytes and data if it has them."""

    opcode: int
    unique: int
    offset: int = 0
    size_bytes: int = 0
    data: bytes = b""


class FuseFile:
    """A regular file, mounted over an existing one; needs root."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._descriptor = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self._descriptor},rootmode={stat.S_IFREG:o},user_id=0,group_id=0"
        options += f",max_read={MAX_WRITE_BYTES}"
        # mount(2); nodev, nosuid: linux/mount.h
        if _LIBRARY.mount(b"power-cut", os.fsencode(path), b"fuse", 2 | 4, options.encode()):
            number = ctypes.get_errno()
            os.close(self._descriptor)
            raise OSError(number, os.strerror(number), os.fspath(path))

    def fileno(self) -> int:
        """Return the descriptor that is readable when a request waits."""
        return self._descriptor

    def close(self) -> None:
        """Close the device: all requests get ENOTCONN from now on."""
        os.close(self._descriptor)

    def next_request(self) -> Request | None:
        """Block until a request arrives; return None if it was answered here."""
        # The buffer must hold the largest write and its headers.
        message = os.read(self._descriptor, MAX_WRITE_BYTES + _PAGE_BYTES)
        _, opcode, unique, *_ = _REQUEST.unpack_from(message)
        body = memoryview(message)[_REQUEST.size :]
        if opcode in (Opcode.READ, Opcode.WRITE):
            _, offset, size_bytes = _READ.unpack_from(body)
            data = bytes(body[_WRITE_BYTES:]) if opcode == Opcode.WRITE else b""
            return Request(opcode, unique, offset, size_bytes, data)
        if opcode == Opcode.FSYNC:
            return Request(opcode, unique)
        if opcode not in _UNANSWERED:
            self._answer_here(opcode, unique, body)
        return None

    def _answer_here(self, opcode: int, unique: int, body: memoryview) -> None:
        if opcode == Opcode.INIT:
            _, _, read_ahead, flags = _INIT.unpack_from(body)
            flags &= _MAX_PAGES | _BIG_WRITES
            pages = MAX_WRITE_BYTES // _PAGE_BYTES
            agreed = (_MAJOR, _MINOR, read_ahead, flags, 16, 12, MAX_WRITE_BYTES, 1, pages)
            self.answer(unique, _INIT_ANSWER.pack(*agreed))
        elif opcode in (Opcode.GETATTR, Opcode.SETATTR):
            blocks = self._size_bytes // 512
            mode = stat.S_IFREG | 0o600
            times = (0,) * 6
            rest = (mode, 1, 0, 0, 0, _PAGE_BYTES, 0)
            values = (3600, 0, 1, self._size_bytes, blocks, *times, *rest)
            self.answer(unique, _ATTRIBUTES.pack(*values))
        elif opcode == Opcode.OPEN:
            self.answer(unique, _OPEN_ANSWER.pack(1, 0))
        elif opcode in (Opcode.RELEASE, Opcode.FLUSH, Opcode.DESTROY):
            self.answer(unique)
        else:
            self.refuse(unique, errno.ENOSYS)

    def answer(self, unique: int, body: bytes = b"") -> None:
        """Answer with success."""
        os.writev(self._descriptor, [_ANSWER.pack(_ANSWER.size + len(body), 0, unique), body])

    def answer_written(self, unique: int, size_bytes: int) -> None:
        """Answer a write with its size."""
        self.answer(unique, _WRITE_ANSWER.pack(size_bytes))

    def refuse(self, unique: int, number: int) -> None:
        """Answer with an error number."""
        os.write(self._descriptor, _ANSWER.pack(_ANSWER.size, -number, unique))
