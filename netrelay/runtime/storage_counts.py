"""The bytes that a process writes to disks, by cause, as counters; and their sum for a node."""

from collections.abc import Mapping
from typing import Final

from netrelay.core.device_reading import Written
from netrelay.disk.written_bytes import process_written_bytes
from netrelay.ring.counters import CounterWriter
from netrelay.runtime.log import Log
from netrelay.store.database import Database

CAUSES: Final = ("database", "log", "files")


class StorageCounts:
    """Counts of one process since it began: what its transactions wrote, and all that it wrote.

    The log is stored in transactions of its own. What is neither are files and folders.
    """

    def __init__(self, database: Database, log: Log, counters: CounterWriter) -> None:
        self._database = database
        self._log = log
        self._counters = counters
        self._counted = dict.fromkeys(CAUSES, 0)

    def note(self) -> None:
        """Add what was written since the last call; about a microsecond if that is nothing."""
        log_bytes = self._log.written_bytes
        database_bytes = self._database.written_bytes
        for cause, found_bytes in zip(
            CAUSES,
            (
                database_bytes - log_bytes,
                log_bytes,
                process_written_bytes() - database_bytes,
            ),
            strict=True,
        ):
            more_bytes = found_bytes - self._counted[cause]
            if more_bytes > 0:
                self._counters.add(f"{cause}_written_bytes", more_bytes)
                self._counted[cause] = found_bytes


def written_by_node(counters: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return what all processes have written, by cause; counters: of `CounterPage.snapshot`."""
    return {
        cause: sum(process[f"{cause}_written_bytes"] for process in counters.values())
        for cause in CAUSES
    }


def with_device(written: Mapping[str, int], device_bytes: int) -> Written:
    """Return these causes beside what the whole device has written."""
    return Written(device_bytes, written["database"], written["log"], written["files"])
