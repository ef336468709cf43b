"""Threads that ask the store, each with a connection of its own, and what has come of it.

The main loop never waits for the store: it gives work to a thread that has none, and is woken when
it has ended. A thread whose request takes too long has its connection cut.
"""

import os
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from netrelay.landing.s3_store import S3Store

Work = Callable[[S3Store], object]


class UploadPool:
    """At most so many threads, made when they are needed; `fileno` is readable when work ended."""

    def __init__(self, most: int, make_store: Callable[[], S3Store]) -> None:
        self._most = most
        self._make_store = make_store
        self._workers: list[_Worker] = []
        self._ended: SimpleQueue[tuple[int, Exception | None]] = SimpleQueue()
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """Return the descriptor to poll for reading."""
        return self._event

    @property
    def in_hand(self) -> list[int]:
        """The names of what is being done."""
        return [worker.name for worker in self._workers if worker.name is not None]

    @property
    def free(self) -> int:
        """Number of works that may be begun now."""
        return self._most - len(self.in_hand)

    def begin(self, name: int, work: Work) -> None:
        """Begin some work; its name is given back by `take_ended`. Only if one is `free`."""
        worker = next((each for each in self._workers if each.name is None), None)
        if worker is None:
            worker = _Worker(self._make_store(), self._tell)
            self._workers.append(worker)
        worker.begin(name, work)

    def take_ended(self) -> list[tuple[int, Exception | None]]:
        """Return what has ended since the last call, with its error; does not block."""
        try:
            os.eventfd_read(self._event)
        except BlockingIOError:
            return []
        ended = []
        for _ in range(self._ended.qsize()):
            name, error = self._ended.get_nowait()
            ended.append((name, error))
            for worker in self._workers:
                if worker.name == name:
                    worker.name = None
        return ended

    def cut_late(self) -> float | None:
        """Cut the requests that take too long; return the seconds until the next one does."""
        deadlines = [(worker.store.deadline_s, worker.store) for worker in self._workers]
        now_s = time.monotonic()
        left = []
        for deadline_s, store in deadlines:
            if deadline_s is not None and deadline_s <= now_s:
                store.cut()
                # It ends, or is cut again.
                left.append(1.0)
            elif deadline_s is not None:
                left.append(deadline_s - now_s)
        return min(left, default=None)

    def close(self) -> None:
        """Cut what is being done, and start nothing more; the threads end with the process."""
        for worker in self._workers:
            worker.store.cut()

    def _tell(self, name: int, error: Exception | None) -> None:
        self._ended.put((name, error))
        os.eventfd_write(self._event, 1)


class _Worker:
    def __init__(self, store: S3Store, tell: Callable[[int, Exception | None], None]) -> None:
        self.store = store
        self.name: int | None = None
        self._tell = tell
        self._works: SimpleQueue[tuple[int, Work]] = SimpleQueue()
        # A daemon thread: a disk or resolver that hangs must not keep the process from ending.
        threading.Thread(target=self._run, name="store", daemon=True).start()

    def begin(self, name: int, work: Work) -> None:
        self.name = name
        self._works.put((name, work))

    def _run(self) -> None:
        while True:
            name, work = self._works.get()
            error: Exception | None = None
            try:
                work(self.store)
            except Exception as raised:  # the main loop raises what it does not know
                error = raised
            self._tell(name, error)
