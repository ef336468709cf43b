"""Readings of what was written to the disk of a node, and what was added between two of them."""

from typing import Final, NamedTuple

_DAY_S: Final = 86_400


class Written(NamedTuple):
    """Bytes: of the whole device, by whomever, and of this node's database, log and files."""

    device_bytes: int
    database_bytes: int
    log_bytes: int
    files_bytes: int

    def plus(self, other: "Written") -> "Written":
        """Return the sum."""
        return Written(*(one + two for one, two in zip(self, other, strict=True)))

    @property
    def other_bytes(self) -> int:
        """Bytes that this node does not count: of the journal, of other programs and homes.

        0 where the node counts more than the device has written so far.
        """
        return max(0, self.device_bytes - sum(self[1:]))


NOTHING: Final = Written(0, 0, 0, 0)


class DeviceReading(NamedTuple):
    """Counters at one moment; boot_s: seconds since the boot of that id.

    The counter of the device begins at 0 with a boot, those of the node with its runtime folder.
    """

    device: str
    boot_id: str
    boot_s: float
    counters: Written


class Added(NamedTuple):
    """Bytes written between two readings, and how many seconds they are of."""

    seconds: float
    written: Written


def added(before: DeviceReading | None, now: DeviceReading) -> Added | None:
    """Return what was added since a reading; None where nothing can be known: it is the first one.

    After a boot: all since that boot. What was not read before a power cut is lost, bytes and
    seconds alike.
    """
    if before is None or before.device != now.device:
        return None
    is_same_boot = before.boot_id == now.boot_id
    if is_same_boot and now.boot_s < before.boot_s:
        # An older one than what is stored already.
        return Added(0.0, NOTHING)
    grown = [
        # A counter that went down began anew: the device was plugged in again.
        new if new < old else new - old
        for old, new in zip(before.counters, now.counters, strict=True)
    ]
    if not is_same_boot:
        grown[0] = now.counters.device_bytes
    seconds = now.boot_s - before.boot_s if is_same_boot else now.boot_s
    return Added(seconds, Written(*grown))


def day_of(unix_s: float | None, at_s: float) -> int:
    """Return the day (UTC) in days since 1970.

    unix_s: None while nothing has set the wall clock since the boot: then a number below 0, another
    one for each day of the node's clock, at_s.
    """
    return -1 - int(at_s // _DAY_S) if unix_s is None else int(unix_s // _DAY_S)
