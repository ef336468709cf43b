"""A control group for each booted system.

Otherwise systemd-nspawn puts all booted systems into one control group, and each systemd considers
the processes of the others its own.
"""

import time
from contextlib import suppress
from pathlib import Path

_GONE_S = 20.0


class ControlGroup:
    """A control group of version 2 (cgroups(7)) for one booted system."""

    def __init__(self, name: str) -> None:
        self._path = mounted_at() / name
        self.remove()
        self._path.mkdir()

    @property
    def members(self) -> Path:
        """The file that a process id is written to in order to join the group."""
        return self._path / "cgroup.procs"

    def remove(self) -> None:
        """Remove the group and its children; processes in it are killed."""
        if not self._path.is_dir():
            return
        (self._path / "cgroup.kill").write_text("1")
        deadline_s = time.monotonic() + _GONE_S
        while self._path.is_dir() and time.monotonic() < deadline_s:
            below = [path for path in self._path.rglob("*") if path.is_dir()]
            # Children first. A group cannot be removed while its last process is ending.
            with suppress(OSError):
                for path in [*sorted(below, reverse=True), self._path]:
                    path.rmdir()
                return
            time.sleep(0.05)


def mounted_at() -> Path:
    """Return the mount point of cgroup2; FileNotFoundError if there is none."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, path, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(path)
    raise FileNotFoundError("no cgroup2 file system is mounted")
