"""Deferred writes: order, errors by file, the page cache, and what is freed."""

import errno
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.disk.deferred_writes import PIECE_BYTES, DeferredWrites

KIB = 1024
LIMIT_S = 30


class File:
    """An open file, and how the thread wrote it: length, offset, and whether it was direct."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        self.calls: list[tuple[int, int, bool]] = []
        self.threads: set[str] = set()
        self.is_refused = False
        self.failing: Callable[[int, bool], int] = lambda _offset, _is_direct: 0
        self._pwrite = os.pwrite
        monkeypatch.setattr(os, "pwrite", self.pwrite)

    def pwrite(self, descriptor: int, data: memoryview, offset: int) -> int:
        """Write as the system does, or fail with the error number that `failing` returns."""
        is_direct = bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DIRECT)
        self.calls.append((len(data), offset, is_direct))
        self.threads.add(threading.current_thread().name)
        number = self.failing(offset, is_direct)
        if number:
            raise OSError(number, os.strerror(number))
        try:
            return self._pwrite(descriptor, data, offset)
        except OSError:
            self.is_refused = is_direct
            raise


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[File]:
    """A file whose writes are noted."""
    made = File(tmp_path / "file", monkeypatch)
    yield made
    os.close(made.descriptor)


@pytest.fixture
def writes() -> Iterator[DeferredWrites]:
    """Deferred writes that are released at the end."""
    made = DeferredWrites()
    yield made
    made.release()


def random_view(length_bytes: int) -> memoryview:
    """Return random bytes as a buffer is passed."""
    return memoryview(os.urandom(length_bytes))


def test_the_data_may_be_overwritten_when_write_has_returned(
    file: File, writes: DeferredWrites
) -> None:
    data = bytearray(os.urandom(2 * PIECE_BYTES + 100))
    expected = bytes(data)
    writes.write("f", file.descriptor, 0, memoryview(data), past_cache=False)
    data[:] = bytes(len(data))
    writes.wait()
    assert file.path.read_bytes() == expected
    assert [call[:2] for call in file.calls] == [
        (PIECE_BYTES, 0),
        (PIECE_BYTES, PIECE_BYTES),
        (100, 2 * PIECE_BYTES),
    ]
    assert file.threads == {"deferred writes"}


def test_later_writes_win(file: File, writes: DeferredWrites) -> None:
    for letter in b"abcdefgh":
        data = memoryview(bytes([letter]) * PIECE_BYTES)
        writes.write("f", file.descriptor, 0, data, past_cache=True)
    writes.wait()
    assert file.path.read_bytes() == b"h" * PIECE_BYTES


def test_whole_blocks_go_past_the_cache_and_the_rest_does_not(
    file: File, writes: DeferredWrites
) -> None:
    data = random_view(PIECE_BYTES + 4096 + 100)
    writes.write("f", file.descriptor, 4096, data, past_cache=True)
    writes.wait()
    assert file.path.read_bytes() == bytes(4096) + bytes(data)
    if file.is_refused:
        pytest.skip("the file system of temporary files takes no direct writes")
    assert file.calls == [
        (PIECE_BYTES, 4096, True),
        (4096, 4096 + PIECE_BYTES, True),
        (100, 8192 + PIECE_BYTES, False),
    ]
    assert not fcntl.fcntl(file.descriptor, fcntl.F_GETFL) & os.O_DIRECT


@pytest.mark.parametrize("case", ["read soon", "between blocks", "short"])
def test_all_else_goes_through_the_cache(file: File, writes: DeferredWrites, case: str) -> None:
    data = random_view(100 if case == "short" else PIECE_BYTES)
    offset = 512 if case == "between blocks" else 0
    writes.write("f", file.descriptor, offset, data, past_cache=case != "read soon")
    writes.wait()
    assert file.calls == [(len(data), offset, False)]


def test_a_file_system_that_refuses_direct_writes_is_asked_once(
    file: File, writes: DeferredWrites
) -> None:
    file.failing = lambda _offset, is_direct: errno.EINVAL if is_direct else 0
    data = random_view(2 * PIECE_BYTES)
    writes.write("f", file.descriptor, 0, data, past_cache=True)
    writes.wait()
    assert [is_direct for _, _, is_direct in file.calls] == [True, False, False]
    assert writes.take_error("f") is None
    assert file.path.read_bytes() == bytes(data)


def test_an_error_is_one_of_its_file_and_told_once(file: File, writes: DeferredWrites) -> None:
    file.failing = lambda offset, _is_direct: errno.ENOSPC if offset == PIECE_BYTES else 0
    data = random_view(PIECE_BYTES)
    writes.write("good", file.descriptor, 0, data, past_cache=False)
    writes.write("full", file.descriptor, PIECE_BYTES, data, past_cache=False)
    writes.write("good", file.descriptor, 2 * PIECE_BYTES, data, past_cache=False)
    writes.wait()
    assert writes.take_error("good") is None
    error = writes.take_error("full")
    assert error is not None
    assert error.errno == errno.ENOSPC
    assert writes.take_error("full") is None
    assert len(file.calls) == 3


def test_a_system_that_gives_no_thread_is_asked_again(
    file: File, writes: DeferredWrites, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    data = random_view(PIECE_BYTES)
    with monkeypatch.context() as context:
        context.setattr(threading.Thread, "start", refuse)
        for _ in range(2):
            with pytest.raises(OSError, match="can't start new thread"):
                writes.write("f", file.descriptor, 0, data, past_cache=False)
    writes.write("f", file.descriptor, 0, data, past_cache=False)
    writes.wait()
    assert file.path.read_bytes() == bytes(data)


def test_a_disk_that_waits_holds_the_caller_after_four_pieces(
    file: File, writes: DeferredWrites
) -> None:
    may_go_on, given = threading.Event(), threading.Semaphore(0)
    file.failing = lambda _offset, _is_direct: 0 if may_go_on.wait(LIMIT_S) else errno.EIO

    def give() -> None:
        for number in range(6):
            data = random_view(PIECE_BYTES)
            writes.write("f", file.descriptor, number * PIECE_BYTES, data, past_cache=False)
            given.release()

    caller = threading.Thread(target=give, daemon=True)
    caller.start()
    for _ in range(4):
        assert given.acquire(timeout=LIMIT_S)
    assert not given.acquire(timeout=0.2), "a fifth piece has no buffer"
    may_go_on.set()
    caller.join(LIMIT_S)
    assert not caller.is_alive()
    writes.wait()
    assert file.path.stat().st_size == 6 * PIECE_BYTES


def test_release_ends_the_thread_after_everything_is_written(
    file: File, writes: DeferredWrites
) -> None:
    before = set(threading.enumerate())
    for size_bytes in (PIECE_BYTES, 2 * PIECE_BYTES):
        data = random_view(size_bytes)
        writes.write("f", file.descriptor, 0, data, past_cache=True)
        (thread,) = set(threading.enumerate()) - before
        assert thread.is_alive()
        writes.release()
        assert not thread.is_alive()
        assert file.path.read_bytes() == bytes(data)
    writes.release()


def test_what_nobody_uses_for_five_seconds_is_released(file: File) -> None:
    now_s = 100.0
    writes = DeferredWrites(lambda: now_s)
    assert writes.rest() is None
    before = set(threading.enumerate())
    writes.write("f", file.descriptor, 0, random_view(PIECE_BYTES), past_cache=False)
    (thread,) = set(threading.enumerate()) - before
    now_s = 102.0
    assert writes.rest() == pytest.approx(3.0)
    assert thread.is_alive()
    now_s = 105.0
    assert writes.rest() is None
    assert not thread.is_alive()
    assert file.path.stat().st_size == PIECE_BYTES
