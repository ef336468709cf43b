"""Server-sent events: one `changed` after each commit of the node, at most one a second."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Final

from netrelay.cli.errors import CommandError
from netrelay.cli.opening import reading
from netrelay.cli.queries.log_lines import data_version
from netrelay.runtime.home import Home

MOST_STREAMS: Final = 8
# A stream that nobody reads fills no buffer in this time: at most 240 events of 30 bytes.
_LASTS_S: Final = 240.0
_LOOK_S: Final = 1.0
_ALIVE_S: Final = 15.0


class EventStreams:
    """The streams that are open: at most eight, each for four minutes."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._free = threading.BoundedSemaphore(MOST_STREAMS)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._open = 0

    @property
    def number(self) -> int:
        """Number of open streams."""
        return self._open

    def stop(self) -> None:
        """End all of them."""
        self._stop.set()

    def open(self, is_gone: Callable[[], bool]) -> "EventStream | None":
        """Return a new stream, which has to be closed; None if there are eight already.

        is_gone: asked each second whether the other end has hung up.
        """
        if not self._free.acquire(blocking=False):
            return None
        with self._lock:
            self._open += 1
        return EventStream(self._events(is_gone), self._release)

    def _release(self) -> None:
        with self._lock:
            self._open -= 1
        self._free.release()

    def _events(self, is_gone: Callable[[], bool]) -> Generator[bytes, None, None]:
        ends_s = time.monotonic() + _LASTS_S
        yield b"retry: 2000\n\n"
        try:
            with reading(self._home) as database:
                version, said_s = data_version(database), time.monotonic()
                while time.monotonic() < ends_s and not self._stop.wait(_LOOK_S):
                    if is_gone():
                        return
                    before, version = version, data_version(database)
                    if version != before:
                        yield b"event: changed\ndata:\n\n"
                    elif time.monotonic() - said_s >= _ALIVE_S:
                        yield b":\n\n"
                    else:
                        continue
                    said_s = time.monotonic()
        except CommandError:
            return


class EventStream:
    """An iterator with `close`, which waitress calls however the request ends."""

    def __init__(self, events: Generator[bytes, None, None], release: Callable[[], None]) -> None:
        self._events = events
        self._release: Callable[[], None] | None = release

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._events)

    def close(self) -> None:
        """Close the database and let another stream be opened; a second call does nothing."""
        self._events.close()
        release, self._release = self._release, None
        if release is not None:
            release()
