"""The counters page: statistics of all processes, readable without asking them.

One mapped page in the runtime directory holds 64 counters for each process (see layout.py). Each
counter has one writer and is stored with one aligned 8-byte store, so a reader never sees half a
value; two counters read together may be from different moments. The page lives as long as the
runtime directory: counters survive the restart of a process, gauges are reset.
"""

import mmap
import os
from bisect import bisect_left
from pathlib import Path
from typing import Final, Self

from netrelay.core.words import PROCESSES

from .layout import COUNTER_BYTES, COUNTERS_A_PROCESS

FILE_NAME: Final = "counters"
_MODE: Final = 0o640
PAGE_BYTES: Final = len(PROCESSES) * COUNTERS_A_PROCESS * COUNTER_BYTES

# Upper bounds of the classes of a duration; a good card flushes in 1 to 20 ms, one at its end in
# seconds.
DURATION_BOUNDS_MS: Final = (1, 4, 16, 64, 256, 1024, 4096)


def duration_names(what: str) -> tuple[str, ...]:
    """Return the counters of a duration: the number in each class, those above, and the sum."""
    classes = (f"{what}s_within_{bound}_ms" for bound in DURATION_BOUNDS_MS)
    return (*classes, f"{what}s_longer", f"{what}s_us")


# The index of a name is its place in the page: append only.
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
    *duration_names("commit"),
    *duration_names("flush"),
    "database_written_bytes",
    "log_written_bytes",
    "files_written_bytes",
)
# Current amounts rather than totals: reset when their process starts.
GAUGE_NAMES: Final = frozenset({"connections_open"})

_INDEXES: Final = {name: index for index, name in enumerate(COUNTER_NAMES)}


def duration_amounts(what: str, duration_s: float) -> tuple[tuple[str, int], tuple[str, int]]:
    """Return what one duration adds to the counters of `duration_names`."""
    names = duration_names(what)
    place = bisect_left(DURATION_BOUNDS_MS, duration_s * 1000)
    return (names[place], 1), (names[-1], int(duration_s * 1_000_000))


class CounterWriter:
    """Counters of one process; each process has one writer, used by one thread."""

    __slots__ = ("_values",)

    def __init__(self, values: memoryview) -> None:
        self._values = values

    def add(self, name: str, amount: int = 1) -> None:
        """Add `amount`; raise ValueError for an unknown name or a sum below zero."""
        self._values[_index(name)] += amount

    def add_duration(self, what: str, duration_s: float) -> None:
        """Add one duration of `commit` or `flush` to its class and its sum."""
        for name, amount in duration_amounts(what, duration_s):
            self.add(name, amount)

    def set(self, name: str, value: int) -> None:
        """Set the counter; raise ValueError for an unknown name or a value below zero."""
        self._values[_index(name)] = value

    def get(self, name: str) -> int:
        """Return the counter; raise ValueError for an unknown name."""
        return self._values[_index(name)]


class CounterPage:
    """The mapped page, for writing one process's counters and for reading all."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._values = memoryview(memory).cast("Q")

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Map the page for writing; create it, zeroed, when it is missing. Its group may read it.

        Safe when several processes call it at once. Raise ValueError when the file has another
        length.
        """
        path = directory / FILE_NAME
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, _MODE)
        try:
            # The umask may take the group's right, which the process of the metrics reads by.
            os.fchmod(descriptor, _MODE)
            if os.fstat(descriptor).st_size == 0:
                os.posix_fallocate(descriptor, 0, PAGE_BYTES)
            _check_length(path, descriptor)
            return cls(mmap.mmap(descriptor, PAGE_BYTES))
        finally:
            os.close(descriptor)

    @classmethod
    def open_for_reading(cls, directory: Path) -> Self:
        """Map the page for snapshot() only; raise FileNotFoundError when there is none."""
        path = directory / FILE_NAME
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _check_length(path, descriptor)
            return cls(mmap.mmap(descriptor, PAGE_BYTES, access=mmap.ACCESS_READ))
        finally:
            os.close(descriptor)

    def writer(self, process: str) -> CounterWriter:
        """Return the writer of `process`; resets its gauges and adds one to `starts`."""
        writer = CounterWriter(self._block(process))
        for name in GAUGE_NAMES:
            writer.set(name, 0)
        writer.add("starts")
        return writer

    def snapshot(self) -> dict[str, dict[str, int]]:
        """Return all values by process and name."""
        return {
            process: dict(zip(COUNTER_NAMES, self._block(process), strict=False))
            for process in PROCESSES
        }

    def _block(self, process: str) -> memoryview:
        if process not in PROCESSES:
            raise ValueError(f"process {process}: must be one of {', '.join(PROCESSES)}")
        start = PROCESSES.index(process) * COUNTERS_A_PROCESS
        return self._values[start : start + COUNTERS_A_PROCESS]


def unread() -> CounterWriter:
    """Return a writer of counters that nobody reads, for a process beside the eight."""
    return CounterWriter(memoryview(bytearray(COUNTERS_A_PROCESS * COUNTER_BYTES)).cast("Q"))


def _index(name: str) -> int:
    try:
        return _INDEXES[name]
    except KeyError:
        raise ValueError(f"counter {name}: must be one of {', '.join(COUNTER_NAMES)}") from None


def _check_length(path: Path, descriptor: int) -> None:
    length_bytes = os.fstat(descriptor).st_size
    if length_bytes != PAGE_BYTES:
        raise ValueError(f"{path}: {length_bytes} bytes, must be {PAGE_BYTES}")
