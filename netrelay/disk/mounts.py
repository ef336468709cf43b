"""Which folders can be reached from each other by rename(2) and link(2): those of one mount."""

import os
from contextlib import suppress
from pathlib import Path

from netrelay.disk.descriptors import opened_directory

_MOUNT = "mnt_id:"


class DiskMissingError(OSError):
    """The disk that a file is on is not mounted: whether the file is there cannot be known."""


def is_on_another_mount(folder: Path, other: Path) -> bool:
    """Return whether a rename between two folders is refused with EXDEV.

    Another file system, or another mount of the same one: rename(2) goes across neither. False for
    a folder that does not exist or cannot be opened, a symbolic link included: whoever uses it
    meets that error.
    """
    with suppress(OSError):
        return _mount_of(folder) != _mount_of(other)
    return False


def mounted_in(parent: Path) -> set[str] | None:
    """Return the names in a folder that are mount points, by one read; None: proc(5) is missing."""
    inside = os.fsencode(parent.resolve()) + b"/"
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return None
    # proc_pid_mountinfo(5): the fifth field, with blanks and backslashes in octal.
    points = [line.split(b" ")[4].decode("unicode_escape").encode("latin-1") for line in lines]
    names = (point.removeprefix(inside) for point in points if point.startswith(inside))
    return {os.fsdecode(name) for name in names if b"/" not in name}


def mount_number(folder: Path) -> str:
    """Return the number of the mount that a folder is on, as mountinfo has it; "": not known.

    OSError if the folder cannot be opened.
    """
    return _mount_of(folder)[1]


def _mount_of(folder: Path) -> tuple[int, str]:
    """Return the device and the number of the mount that a folder is on, as long as it is."""
    with opened_directory(folder) as descriptor:
        device = os.fstat(descriptor).st_dev
        number = ""
        # No proc(5), no number: then two mounts of one file system are told apart by EXDEV alone.
        with (
            suppress(OSError),
            open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as lines,  # noqa: PTH123
        ):
            number = next((line for line in lines if line.startswith(_MOUNT)), "")
    return device, number.removeprefix(_MOUNT).strip()
