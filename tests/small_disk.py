"""A really full disk: a tmpfs of a few MiB, and a file that takes what is left of it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class SmallDisk:
    """A mounted file system that can be filled to the last byte."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, left_bytes: int = 0) -> None:
        """Take all that is free but so much."""
        with self._ballast.open("ab", buffering=0) as file:
            # A node that runs there may take some between the look and the allocation.
            while (free_bytes := shutil.disk_usage(self.path).free - left_bytes) > 0:
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), file.tell(), free_bytes)
                file.seek(0, os.SEEK_END)

    def make_room(self) -> None:
        """Remove what `fill` took."""
        self._ballast.unlink()


@contextmanager
def small_disk(path: Path, size_bytes: int) -> Iterator[SmallDisk | None]:
    """Mount a disk of so many bytes on a new folder; yield None where that is not allowed."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "netrelay-test", str(path)]
    if os.geteuid() or subprocess.run(command, capture_output=True, timeout=30).returncode:
        yield None
        return
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, timeout=30)
