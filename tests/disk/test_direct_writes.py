"""Direct writes: what is written, what goes through the cache, and where that is refused."""

import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.disk.direct_writes import DirectWrites, block_buffer

KIB = 1024
PIECE_BYTES = 1024 * KIB


class File:
    """An open file, and how it was written: the length of each call, and whether it was direct."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        self.calls: list[tuple[int, bool]] = []
        self.error = 0
        self._pwrite = os.pwrite
        monkeypatch.setattr(os, "pwrite", self.pwrite)

    @property
    def is_direct(self) -> bool:
        return bool(fcntl.fcntl(self.descriptor, fcntl.F_GETFL) & os.O_DIRECT)

    def pwrite(self, descriptor: int, data: memoryview, offset: int) -> int:
        """Write; a direct write fails with `error` if that is set."""
        self.calls.append((len(data), self.is_direct))
        if self.is_direct and self.error:
            raise OSError(self.error, os.strerror(self.error))
        try:
            return self._pwrite(descriptor, data, offset)
        except OSError:
            if not self.is_direct:
                raise
            pytest.skip("the file system of temporary files takes no direct writes")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[File]:
    made = File(tmp_path / "file", monkeypatch)
    yield made
    os.close(made.descriptor)


def random_buffer(length_bytes: int) -> memoryview:
    buffer = block_buffer(length_bytes)
    buffer[:] = os.urandom(length_bytes)
    return buffer


def test_whole_blocks_are_written_directly_and_the_rest_is_not(file: File) -> None:
    data = random_buffer(PIECE_BYTES + 100)
    DirectWrites().write(file.descriptor, 4096, data)
    assert file.calls == [(PIECE_BYTES, True), (100, False)]
    assert file.path.read_bytes() == bytes(4096) + bytes(data)
    assert not file.is_direct


@pytest.mark.parametrize("case", ["short", "between blocks", "a buffer of any kind", "constant"])
def test_all_else_goes_through_the_cache(file: File, case: str) -> None:
    data = random_buffer(2 * PIECE_BYTES)[:PIECE_BYTES]
    offset = 0
    if case == "short":
        data = data[: 256 * KIB]
    elif case == "between blocks":
        offset = 512
    elif case == "a buffer of any kind":
        data = random_buffer(2 * PIECE_BYTES)[7 : 7 + PIECE_BYTES]
    else:
        data = memoryview(bytes(data))
    writes = DirectWrites()
    writes.write(file.descriptor, offset, data)
    assert file.calls == [(len(data), False)]
    assert file.path.read_bytes() == bytes(offset) + bytes(data)
    writes.write(file.descriptor, 0, random_buffer(PIECE_BYTES))
    assert file.calls[1:] == [(PIECE_BYTES, True)], "it says nothing about the file system"


def test_a_file_system_that_refuses_is_asked_once(file: File) -> None:
    file.error = errno.EINVAL
    writes = DirectWrites()
    data = random_buffer(PIECE_BYTES)
    for _ in range(2):
        writes.write(file.descriptor, 0, data)
        assert not file.is_direct
    assert file.calls == [(PIECE_BYTES, True), (PIECE_BYTES, False), (PIECE_BYTES, False)]
    assert file.path.read_bytes() == bytes(data)


def test_a_full_disk_is_an_error_of_this_write_alone(file: File) -> None:
    file.error = errno.ENOSPC
    writes = DirectWrites()
    with pytest.raises(OSError, match="No space"):
        writes.write(file.descriptor, 0, random_buffer(PIECE_BYTES))
    assert not file.is_direct
    file.error = 0
    writes.write(file.descriptor, 0, random_buffer(PIECE_BYTES))
    assert file.calls[-1] == (PIECE_BYTES, True)
