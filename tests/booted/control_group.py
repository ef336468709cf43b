"""A control group for each booted system.

systemd-nspawn otherwise puts every system it boots into one and the same, and each systemd takes
the processes of the others for its own.
"""

import time
from contextlib import suppress
from pathlib import Path

_GONE_S = 20.0


class ControlGroup:
    """A group of the second version (cgroups(7)) that holds a system and nothing else."""

    def __init__(self, name: str) -> None:
        self._path = mounted_at() / name
        self.remove()
        self._path.mkdir()

    @property
    def members(self) -> Path:
        """The file that takes the process id of who shall belong to it."""
        return self._path / "cgroup.procs"

    def remove(self) -> None:
        """Remove it with all below; what still runs in it is killed."""
        if not self._path.is_dir():
            return
        (self._path / "cgroup.kill").write_text("1")
        deadline_s = time.monotonic() + _GONE_S
        while self._path.is_dir() and time.monotonic() < deadline_s:
            below = [path for path in self._path.rglob("*") if path.is_dir()]
            # The deepest first. A group whose last process is still dying cannot go yet.
            with suppress(OSError):
                for path in [*sorted(below, reverse=True), self._path]:
                    path.rmdir()
                return
            time.sleep(0.05)


def mounted_at() -> Path:
    """Give the folder of the second version; FileNotFoundError where the kernel shows none."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, path, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(path)
    raise FileNotFoundError("no cgroup2 file system is mounted")
