"""Writes of large pieces in a thread, so that a process computes while the disk writes."""

import errno
import fcntl
import mmap
import os
import sys
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple

# A buffer holds this much. Shorter direct writes cost the disk more than those through the page
# cache: 590 MiB/s in pieces of 64 KiB, 2,300 in pieces of 1 MiB (measured).
PIECE_BYTES = 1024 * 1024
# So many pieces wait at most: two keep disk and processor busy, two more even out both.
_PIECES = 4
# A multiple of the blocks of the disks here: 512 or 4,096 bytes.
_BLOCK_BYTES = 4096
# The thread needs the interpreter for a moment between two writes, while the other one computes.
# Python's 5 ms are longer than a disk takes for a piece.
_SWITCH_INTERVAL_S = 0.0002
# New buffers for each piece would cost more than the page cache does: their pages are zeroed first.
_KEPT_S = 5.0


class _Piece(NamedTuple):
    key: str
    descriptor: int
    offset: int
    buffer: mmap.mmap
    length_bytes: int
    past_cache: bool


class DeferredWrites:
    """A thread that writes pieces of files in the order in which they are given.

    Call everything from one thread. A descriptor stays open until `wait` has returned, and nobody
    else writes or reads its file until then. Nothing is durable before fsync(2).

    Thread and buffers are made by the first `write` and end with `release` or `rest`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds, for `rest`."""
        self._clock = clock
        self._used_s = 0.0
        self._thread: threading.Thread | None = None
        self._free: list[mmap.mmap] = []
        self._given: SimpleQueue[_Piece | None] = SimpleQueue()
        self._written: SimpleQueue[_Piece] = SimpleQueue()
        self._pending = 0
        self._errors: dict[str, OSError] = {}
        self._is_direct_refused = False

    def write(
        self, key: str, descriptor: int, offset: int, data: memoryview, *, past_cache: bool
    ) -> None:
        """Copy the data and have it written; blocks while all buffers wait for the disk.

        key: names the file in `take_error`. past_cache: with O_DIRECT, where length, offset and
        file system allow it: the file is not read soon. OSError when the system gives no thread or
        no memory: what was not given then is not written.
        """
        if self._thread is None:
            self._start()
        self._used_s = self._clock()
        for begin in range(0, len(data), PIECE_BYTES):
            part = data[begin : begin + PIECE_BYTES]
            buffer = self._next_buffer()
            buffer[: len(part)] = part
            self._pending += 1
            self._given.put(_Piece(key, descriptor, offset + begin, buffer, len(part), past_cache))

    def wait(self) -> None:
        """Return when everything that was given is written, or has failed; blocks."""
        while self._pending:
            self._free.append(self._written_buffer())

    def take_error(self, key: str) -> OSError | None:
        """Return the first error of a file, and forget it; call it after `wait`."""
        return self._errors.pop(key, None)

    def rest(self) -> float | None:
        """Release what nobody has used for 5 s; return after how many seconds to ask again.

        None: nothing is held.
        """
        if self._thread is None:
            return None
        left_s = self._used_s + _KEPT_S - self._clock()
        if left_s > 0:
            return left_s
        self.release()
        return None

    def release(self) -> None:
        """End the thread and free the buffers, after everything is written; idempotent."""
        if self._thread is None:
            return
        self.wait()
        self._given.put(None)
        self._thread.join()
        self._thread = None
        self._free.clear()

    def _start(self) -> None:
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        # A daemon thread: a disk that hangs must not prevent the process from exiting.
        thread = threading.Thread(target=self._run, name="deferred writes", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # a limit of tasks, or of memory
            raise OSError(errno.EAGAIN, str(error)) from error
        self._thread = thread

    def _next_buffer(self) -> mmap.mmap:
        if self._free:
            return self._free.pop()
        # Pages of a buffer take memory when they are first used.
        return self._written_buffer() if self._pending == _PIECES else mmap.mmap(-1, PIECE_BYTES)

    def _written_buffer(self) -> mmap.mmap:
        """Return the buffer of the oldest piece; blocks until that is written."""
        buffer = self._written.get().buffer
        self._pending -= 1
        return buffer

    def _run(self) -> None:
        while (piece := self._given.get()) is not None:
            try:
                self._write(piece)
            except OSError as error:
                # Its traceback would keep the buffer.
                self._errors.setdefault(piece.key, error.with_traceback(None))
            self._written.put(piece)

    def _write(self, piece: _Piece) -> None:
        with memoryview(piece.buffer) as view, view[: piece.length_bytes] as data:
            written = 0
            blocks_bytes = len(data) - len(data) % _BLOCK_BYTES
            is_aligned = piece.offset % _BLOCK_BYTES == 0
            if piece.past_cache and is_aligned and blocks_bytes and not self._is_direct_refused:
                written = self._write_direct(piece, data[:blocks_bytes])
            while written < len(data):
                written += os.pwrite(piece.descriptor, data[written:], piece.offset + written)

    def _write_direct(self, piece: _Piece, data: memoryview) -> int:
        """Write past the page cache; return how many bytes, 0 where this is refused."""
        flags = fcntl.fcntl(piece.descriptor, fcntl.F_GETFL)
        try:
            fcntl.fcntl(piece.descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)
            return os.pwrite(piece.descriptor, data, piece.offset)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            self._is_direct_refused = True
            return 0
        finally:
            fcntl.fcntl(piece.descriptor, fcntl.F_SETFL, flags)
