"""A file that keeps room on the disk for what a person types when all else is full."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

# A transaction of a person writes some pages of 4 KiB; `peer rm` with 10,000 messages about 3 MiB.
RESERVE_BYTES = 4 << 20
# On a smaller disk nothing is set aside.
_LEAST_FREE_BYTES = 4 * RESERVE_BYTES


def keep_reserve(path: Path) -> None:
    """Allocate the file if it is missing and the disk has room; an error leaves none."""
    if path.exists() or shutil.disk_usage(path.parent).free < _LEAST_FREE_BYTES:
        return
    with suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        except OSError:
            path.unlink()
            raise
        finally:
            os.close(descriptor)


def use_reserve(path: Path) -> None:
    """Remove the file if the disk has less room than it holds; what cannot be removed stays."""
    if shutil.disk_usage(path.parent).free < RESERVE_BYTES:
        with suppress(OSError):
            path.unlink()
