"""The counters page: what every process counts, to be read by anyone without asking anyone.

One mapped page in the runtime directory, 64 words for each process (picture in layout.py). Each
word has one writer and is stored whole (an aligned 8-byte store), so a reader sees the value before
or after, never half of one; two words read together need not be of the same moment. The page lives
as long as the runtime directory: counters go on over a restart of their process.
"""

import mmap
import os
from pathlib import Path
from typing import Final, Self

from netrelay.core.words import PROCESSES

from .layout import COUNTER_BYTES, COUNTERS_A_PROCESS

FILE_NAME: Final = "counters"
PAGE_BYTES: Final = len(PROCESSES) * COUNTERS_A_PROCESS * COUNTER_BYTES

# A name's place in this tuple is its place in the page: append only.
COUNTER_NAMES: Final = (
    "starts",
    "wakeups",
    "steps",
    "errors",
    "messages_in",
    "messages_out",
    "wire_bytes_in",
    "wire_bytes_out",
    "frames_in",
    "frames_out",
    "flushes",
    "refusals_in",
    "refusals_out",
    "connections_opened",
    "connections_failed",
    "connections_open",
    "files_in",
    "files_out",
)
# These say how many there are now, so a process that starts has none of them.
GAUGE_NAMES: Final = frozenset({"connections_open"})

_PLACES: Final = {name: place for place, name in enumerate(COUNTER_NAMES)}


class CounterWriter:
    """One process's counters; each process has one writer, in one thread."""

    __slots__ = ("_words",)

    def __init__(self, words: memoryview) -> None:
        self._words = words

    def add(self, name: str, amount: int = 1) -> None:
        """Count `amount` more; ValueError for an unknown name or a sum below zero."""
        place = _place(name)
        self._words[place] += amount

    def set(self, name: str, value: int) -> None:
        """Make the counter `value`; ValueError for an unknown name or a value below zero."""
        self._words[_place(name)] = value

    def get(self, name: str) -> int:
        """Give the counter; ValueError for an unknown name."""
        return self._words[_place(name)]


class CounterPage:
    """The whole page, for processes to write their part of and for readers to look at."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._words = memoryview(memory).cast("Q")

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Map the page for writing, made with zeros and mode 0600 when it is not there yet.

        Any number of processes may do so at once. ValueError when the file is not this page.
        """
        path = directory / FILE_NAME
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            if os.fstat(descriptor).st_size == 0:
                os.posix_fallocate(descriptor, 0, PAGE_BYTES)
            _check_length(path, descriptor)
            return cls(mmap.mmap(descriptor, PAGE_BYTES))
        finally:
            os.close(descriptor)

    @classmethod
    def open_for_reading(cls, directory: Path) -> Self:
        """Map the page that is there for snapshot() alone; FileNotFoundError when there is none."""
        path = directory / FILE_NAME
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _check_length(path, descriptor)
            return cls(mmap.mmap(descriptor, PAGE_BYTES, access=mmap.ACCESS_READ))
        finally:
            os.close(descriptor)

    def writer(self, process: str) -> CounterWriter:
        """The counters of `process`, with its gauges at zero and one more in `starts`."""
        writer = CounterWriter(self._block(process))
        for name in GAUGE_NAMES:
            writer.set(name, 0)
        writer.add("starts")
        return writer

    def snapshot(self) -> dict[str, dict[str, int]]:
        """All values by process and name."""
        return {
            process: dict(zip(COUNTER_NAMES, self._block(process), strict=False))
            for process in PROCESSES
        }

    def _block(self, process: str) -> memoryview:
        if process not in PROCESSES:
            raise ValueError(f"process {process}: must be one of {', '.join(PROCESSES)}")
        start = PROCESSES.index(process) * COUNTERS_A_PROCESS
        return self._words[start : start + COUNTERS_A_PROCESS]


def _place(name: str) -> int:
    try:
        return _PLACES[name]
    except KeyError:
        raise ValueError(f"counter {name}: must be one of {', '.join(COUNTER_NAMES)}") from None


def _check_length(path: Path, descriptor: int) -> None:
    length_bytes = os.fstat(descriptor).st_size
    if length_bytes != PAGE_BYTES:
        raise ValueError(f"{path}: {length_bytes} bytes, must be {PAGE_BYTES}")
