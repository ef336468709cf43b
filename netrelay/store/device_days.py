"""Rows of the disk of a node, and of what was written to it day by day."""

from typing import NamedTuple

from netrelay.core.device_reading import NOTHING, DeviceReading, Written, added
from netrelay.store.database import Database
from netrelay.store.row_queries import Queries

# More than a year for one disk.
_DAYS_KEPT = 400
_DEVICES_KEPT = 16

# The last reading is that of the disk which the home is on.
_LAST = (
    "SELECT device, boot_id, boot_s, counted_bytes, database_bytes, log_bytes, files_bytes"
    " FROM devices ORDER BY noted_s DESC LIMIT 1"
)
_NOTE = (
    "INSERT INTO devices VALUES (?, ?, ?, ?, ?, ?, ?, clock(), clock(), 0, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET name = excluded.name, kind = excluded.kind,"
    " size_bytes = excluded.size_bytes, endurance_bytes = excluded.endurance_bytes,"
    " is_endurance_given = excluded.is_endurance_given, life_percent = excluded.life_percent,"
    " noted_s = excluded.noted_s, boot_id = excluded.boot_id, boot_s = excluded.boot_s,"
    " counted_bytes = excluded.counted_bytes, database_bytes = excluded.database_bytes,"
    " log_bytes = excluded.log_bytes, files_bytes = excluded.files_bytes"
)
_ADD = (
    "INSERT INTO device_days VALUES (?, ?, clock(), ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET until_s = excluded.until_s, seen_s = seen_s + excluded.seen_s,"
    " device_bytes = device_bytes + excluded.device_bytes,"
    " database_bytes = database_bytes + excluded.database_bytes,"
    " log_bytes = log_bytes + excluded.log_bytes, files_bytes = files_bytes + excluded.files_bytes"
)
_FORGET_DAYS = (
    "DELETE FROM device_days WHERE (device, day) IN"
    " (SELECT device, day FROM device_days ORDER BY until_s DESC LIMIT -1 OFFSET ?)"
)
_FORGET_DEVICES = (
    "DELETE FROM devices WHERE device IN"
    " (SELECT device FROM devices ORDER BY noted_s DESC LIMIT -1 OFFSET ?)"
)


class DeviceFacts(NamedTuple):
    """A disk; kind: a word of `DeviceKind`. endurance_bytes: None, it does not wear by writes.

    is_endurance_given: a person gave it, rather than it being assumed.
    """

    name: str
    kind: str
    size_bytes: int
    endurance_bytes: int | None
    is_endurance_given: bool
    life_percent: int | None


def last_reading(database: Queries) -> DeviceReading | None:
    """Return the reading that was stored last."""
    row = database.row(_LAST)
    if row is None:
        return None
    device, boot_id, boot_s, *counters = row
    assert isinstance(boot_s, float)
    return DeviceReading(str(device), str(boot_id), boot_s, Written(*counters))  # type: ignore[arg-type]


def store_reading(database: Database, reading: DeviceReading, facts: DeviceFacts, day: int) -> None:
    """Store a reading, and what it adds to a day; inside a transaction.

    day: of `day_of`. The oldest days and disks go.
    """
    more = added(last_reading(database), reading)
    database.execute(
        _NOTE,
        (reading.device, *facts, reading.boot_id, reading.boot_s, *reading.counters),
    )
    if more is None:
        return
    database.execute(_ADD, (reading.device, day, more.seconds, *more.written))
    database.execute(
        "UPDATE devices SET total_bytes = total_bytes + ? WHERE device = ?",
        (more.written.device_bytes, reading.device),
    )
    database.execute(_FORGET_DAYS, (_DAYS_KEPT,))
    database.execute(_FORGET_DEVICES, (_DEVICES_KEPT,))


def written_on(database: Queries, device: str, day: int) -> Written:
    """Return what is stored of one day."""
    row = database.row(
        "SELECT device_bytes, database_bytes, log_bytes, files_bytes FROM device_days"
        " WHERE device = ? AND day = ?",
        (device, day),
    )
    return Written(*row) if row else NOTHING  # type: ignore[arg-type]
