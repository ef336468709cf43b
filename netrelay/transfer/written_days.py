"""The bytes written to the disk of the home, by days: rows that are stored beside others."""

from contextlib import suppress
from typing import NamedTuple

from netrelay.core.device_reading import DeviceReading, day_of
from netrelay.core.endurance import assumed_endurance_bytes, given_endurance_bytes
from netrelay.disk.block_device import BlockDevice, NoDeviceError, device_of
from netrelay.ring.counters import CounterPage
from netrelay.runtime.clock import boot_id, boottime_s
from netrelay.runtime.config import Config
from netrelay.runtime.node import Node
from netrelay.runtime.storage_counts import with_device, written_by_node
from netrelay.store.database_errors import DiskFullError
from netrelay.store.device_days import DeviceFacts, last_reading, store_reading

# How old the stored counts are at least before others are stored beside another note. While
# anything is kept, the clock is noted each hour: these rows beside each would double its bytes.
_LONGEST_UNSTORED_S = 3 * 3600.0
# From here on a transaction of their own is due, if something else was stored: the most that a
# power cut takes from the counts of a busy node.
_OWN_COMMIT_S = 2 * _LONGEST_UNSTORED_S


class _Look(NamedTuple):
    reading: DeviceReading
    facts: DeviceFacts
    day: int


class WrittenDays:
    """The counts of one node. A look reads some files of the kernel, and nothing waits for it.

    A reading is stored with the node's other notes (`store`), of which one is due when a day is
    over; six hours after the last one in a transaction of its own, if something else was stored
    meanwhile. So an idle node commits once a day.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        self._latest: _Look | None = None
        # The last look of a day that is over, until it is stored.
        self._ended: _Look | None = None
        self._mark: object = None

    def look(self) -> bool:
        """Read the counters; return whether a day is over, so that other notes are to be stored."""
        look = self._look()
        if look is None:
            return False
        before, self._latest = self._latest, look
        if before is not None and before.day != look.day:
            self._ended = self._ended or before
        with suppress(DiskFullError):
            # A process that starts stores rows anyway. What belongs to the day before goes first.
            if self._ended is None and (before is None or self._is_due(look)):
                self._commit(look)
        return self._ended is not None

    def store(self) -> None:
        """Store a look inside a transaction of other rows, unless that was done lately.

        It is the last one, or that of a day that is over.
        """
        look = self._ended or self._latest
        if look is not None and (
            self._ended is not None or self._is_old(look, _LONGEST_UNSTORED_S)
        ):
            store_reading(self._database, *look)
            self._ended = self._mark = None

    def close(self) -> None:
        """Store what was not stored yet, at an orderly stop."""
        look = self._look()
        if look is not None:
            with suppress(DiskFullError):
                self._commit(look)

    def _is_due(self, look: _Look) -> bool:
        if self._mark is None:
            self._mark = self._database.change_mark()
        return self._is_old(look, _OWN_COMMIT_S) and self._database.change_mark() != self._mark

    def _is_old(self, look: _Look, bound_s: float) -> bool:
        """Return whether what is stored is that much older, or of another boot or disk."""
        stored = last_reading(self._database)
        if stored is None or stored[:2] != look.reading[:2]:
            return True
        return look.reading.boot_s - stored.boot_s >= bound_s

    def _commit(self, look: _Look) -> None:
        with self._database.transaction():
            store_reading(self._database, *look)
        self._mark = self._database.change_mark()

    def _look(self) -> _Look | None:
        """Return what the kernel says now; None where it says nothing (`netrelay status` why)."""
        node = self._node
        try:
            device = device_of(node.home.path)
            causes = written_by_node(CounterPage.open_for_reading(node.home.runtime).snapshot())
        # Somebody may have removed the page.
        except (NoDeviceError, OSError, ValueError):
            return None
        at_s = self._database.now_s()
        unix_s = self._database.unix_s() if self._database.is_clock_set() else None
        return _Look(
            DeviceReading(
                device.identity,
                boot_id(),
                boottime_s(),
                with_device(causes, device.written_bytes),
            ),
            device_facts(device, node.config),
            day_of(unix_s, at_s),
        )


def device_facts(device: BlockDevice, config: Config) -> DeviceFacts:
    """Return what is stored of a disk: a stated endurance, else the assumed one."""
    is_given = config.disk_endurance_tb > 0
    endurance_bytes = (
        given_endurance_bytes(config.disk_endurance_tb)
        if is_given
        else assumed_endurance_bytes(device.kind, device.size_bytes)
    )
    return DeviceFacts(
        device.name,
        device.kind.value,
        device.size_bytes,
        endurance_bytes,
        is_given,
        device.life_percent,
    )
