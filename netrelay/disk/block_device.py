"""The disk under a folder: the whole device that wears, and what the kernel counts of it."""

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from blake3 import blake3

from netrelay.disk.card_life import reported_percent
from netrelay.disk.mounts import mount_number

# Documentation/block/stat.rst of the kernel: the seventh field of `stat`, in units of 512 bytes.
_SECTORS_WRITTEN: Final = 6
_SECTOR_BYTES: Final = 512
# The deepest stack of devices that is looked through, such as LVM on LUKS on a RAID.
_DEEPEST: Final = 8
# Where a device tells who it is, relative to its folder: MMC, NVMe, SCSI and virtio.
_IDENTITIES: Final = ("device/cid", "wwid", "device/wwid", "device/serial", "serial")
_VIRTUAL_VENDORS: Final = frozenset({"QEMU", "VMware", "Msft", "VBOX", "Google"})


class DeviceKind(StrEnum):
    """Kinds of disks, as far as they say how a disk wears."""

    CARD = "card"
    EMMC = "emmc"
    STICK = "stick"
    SSD = "ssd"
    TURNING = "turning"
    VIRTUAL = "virtual"


class NoDeviceError(Exception):
    """There is no disk whose writes could be told; the text says why."""


class BlockDevice(NamedTuple):
    """A whole disk. identity: the same in each boot and place, where the device says who it is.

    written_bytes: since the boot, or since it was plugged in. life_percent: up to how much of its
    life is used, by its own word; None: it does not say.
    """

    identity: str
    name: str
    kind: DeviceKind
    size_bytes: int
    written_bytes: int
    life_percent: int | None


def device_of(
    folder: Path, sys: Path = Path("/sys"), mounts: Path = Path("/proc/self/mountinfo")
) -> BlockDevice:
    """Return the disk that a folder is on; NoDeviceError says why none can be told.

    OSError if the folder cannot be looked at.
    """
    place = _whole_disk(_block_folder(folder, sys, mounts))
    sectors = _words(place / "stat")
    if len(sectors) <= _SECTORS_WRITTEN:
        raise NoDeviceError(f"the kernel does not say what is written to {place.name}")
    size_bytes = int(_word(place / "size") or 0) * _SECTOR_BYTES
    return BlockDevice(
        _identity(place, size_bytes),
        place.name,
        _kind(place),
        size_bytes,
        int(sectors[_SECTORS_WRITTEN]) * _SECTOR_BYTES,
        reported_percent(place / "device" / "life_time"),
    )


def _block_folder(folder: Path, sys: Path, mounts: Path) -> Path:
    """Return the folder in /sys of the device with the file system; NoDeviceError if none has."""
    number = folder.stat().st_dev
    place = sys / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}"
    if place.exists():
        return place.resolve()
    file_system, source = _mounted(mount_number(folder), mounts)
    # btrfs and others show a number of their own, and name the disk as their source.
    if source.startswith("/dev/"):
        named = sys / "class" / "block" / Path(source).name
        if named.exists():
            return named.resolve()
        raise NoDeviceError(f"the kernel shows nothing of {source} here")
    raise NoDeviceError(f"its file system, {file_system}, has no disk of its own")


def _mounted(number: str, mounts: Path) -> tuple[str, str]:
    """Return type and source of a mount (proc_pid_mountinfo(5))."""
    with suppress(OSError):
        for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
            head, _, tail = line.partition(" - ")
            words = tail.split(" ")
            if head.split(" ", 1)[0] == number and len(words) > 1:
                return words[0], words[1]
    raise NoDeviceError("the kernel does not show on which disk it is")


def _whole_disk(place: Path) -> Path:
    """Return the disk of a partition, and what lies below LUKS, LVM or a RAID of one disk."""
    for _ in range(_DEEPEST):
        if (place / "partition").exists():
            place = place.parent
        below = _below(place)
        if not below:
            break
        if len(below) > 1:
            raise NoDeviceError(f"{place.name} is made of several disks")
        place = below[0].resolve()
    if "/virtual/block/" in place.as_posix():
        raise NoDeviceError(f"{place.name} is no disk: what it holds is kept elsewhere")
    return place


def _below(place: Path) -> list[Path]:
    with suppress(OSError):
        return sorted((place / "slaves").iterdir())
    return []


def _identity(place: Path, size_bytes: int) -> str:
    """Return a word that tells disks apart; not the serial number, which is nobody's business."""
    said = next((word for name in _IDENTITIES if (word := _word(place / name))), place.name)
    return blake3(f"{said} {size_bytes}".encode()).hexdigest(8)


def _kind(place: Path) -> DeviceKind:
    name = place.name
    if name.startswith("mmcblk"):
        is_card = _word(place / "device" / "type") == "SD"
        return DeviceKind.CARD if is_card else DeviceKind.EMMC
    if name.startswith(("vd", "xvd")) or _word(place / "device" / "vendor") in _VIRTUAL_VENDORS:
        return DeviceKind.VIRTUAL
    # First: sticks and card readers often say that they turn.
    if _word(place / "removable") == "1":
        return DeviceKind.STICK
    if _word(place / "queue" / "rotational") == "1":
        return DeviceKind.TURNING
    return DeviceKind.SSD


def _word(file: Path) -> str:
    return " ".join(_words(file))


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return []
