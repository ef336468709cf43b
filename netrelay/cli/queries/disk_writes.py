"""The bytes written to the disk of the home today, and the days that it will last."""

from typing import NamedTuple

from netrelay.core.device_reading import NOTHING, DeviceReading, Written, added, day_of
from netrelay.disk.block_device import BlockDevice, NoDeviceError, device_of
from netrelay.ring.counters import CounterPage
from netrelay.runtime.clock import boot_id, boottime_s, system_clock
from netrelay.runtime.home import Home
from netrelay.runtime.storage_counts import with_device, written_by_node
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.device_days import last_reading, written_on


class DiskLife(NamedTuple):
    """The row of the view `disk_life`."""

    disk: str
    kind: str
    size_bytes: int
    life_percent: int | None
    endurance_bytes: int | None
    endurance_is: str | None
    known_since_at: str | None
    written_bytes: int
    day_bytes: int | None
    left_bytes: int | None
    left_days: int | None


class DiskWrites(NamedTuple):
    """unknown: why nothing is known; None, then there are today's bytes. life: None until exporter
    has read the disk."""

    today: Written | None
    life: DiskLife | None
    unknown: str | None


def disk_writes(database: ReadOnlyDatabase, home: Home) -> DiskWrites:
    """Return what is stored, with what was written since by the counters of this moment.

    The counters of the processes are another user's where that user may not look: then the causes
    are as they were stored last.
    """
    clock = system_clock()
    at_s = database.value("SELECT clock()")
    assert isinstance(at_s, float)
    today = day_of(clock.unix_s() if clock.is_set() else None, at_s)
    # The rows before the counters, which then are not older.
    before = last_reading(database)
    written = NOTHING if before is None else written_on(database, before.device, today)
    life = disk_life(database)
    try:
        device = device_of(home.path)
    except (NoDeviceError, OSError) as error:
        return DiskWrites(None, None, str(error))
    more = before and added(before, _reading(device, home, before))
    if more is None:
        return DiskWrites(None, None, "it is counted once the node runs")
    return DiskWrites(written.plus(more.written), life, None)


def device_now(home: Home) -> BlockDevice | None:
    """Return the disk of the home as the kernel has it now; None where it says nothing."""
    try:
        return device_of(home.path)
    except (NoDeviceError, OSError):
        return None


def _reading(device: BlockDevice, home: Home, before: DeviceReading) -> DeviceReading:
    try:
        causes = written_by_node(CounterPage.open_for_reading(home.runtime).snapshot())
        counters = with_device(causes, device.written_bytes)
    except (OSError, ValueError):
        counters = before.counters._replace(device_bytes=device.written_bytes)
    return DeviceReading(device.identity, boot_id(), boottime_s(), counters)


def disk_life(database: ReadOnlyDatabase) -> DiskLife | None:
    """Return how long the disk of the home will last; None until exporter has read it."""
    row = database.row(
        "SELECT disk, kind, size_bytes, life_percent, endurance_bytes, endurance_is,"
        " known_since_at, written_bytes, day_bytes, left_bytes, left_days FROM disk_life"
    )
    return DiskLife(*row) if row else None  # type: ignore[arg-type]
