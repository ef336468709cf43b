"""`netrelay` on a machine of its own: with a boot that is not this machine's, and perhaps a fault.

    python -m tests.crash.machine ARGUMENTS...     as `netrelay ARGUMENTS...`

The variable says which boot and fault; the processes that `netrelay up` starts inherit both.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from netrelay.runtime import clock

VARIABLE = "NETRELAY_STORY_MACHINE"


class Boot(NamedTuple):
    """One boot of a machine: its name, and when it was, on this machine's boot clock."""

    boot_id: str
    began_s: float

    def boottime_s(self) -> float:
        """Give the seconds since this boot."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - self.began_s


@contextmanager
def booted(boot: Boot) -> Iterator[None]:
    """Let this process read the clock of that machine."""
    before = clock.boottime_s, clock.boot_id
    clock.boottime_s, clock.boot_id = boot.boottime_s, lambda: boot.boot_id
    try:
        yield
    finally:
        clock.boottime_s, clock.boot_id = before


@contextmanager
def environment(boot: Boot, fault: str | None) -> Iterator[None]:
    """Let what is started meanwhile run on that machine."""
    os.environ[VARIABLE] = json.dumps({"boot": boot, "fault": fault})
    try:
        yield
    finally:
        del os.environ[VARIABLE]


def main() -> int:
    """Run one command there."""
    from netrelay.cli.commands import up
    from netrelay.cli.main import main as netrelay
    from netrelay.runtime.home import Home
    from tests.crash.faults import FAULTS

    said = json.loads(os.environ[VARIABLE])
    if said["fault"] is not None:
        FAULTS[said["fault"]]()
    real = up.main

    def command(process: str, home: Home) -> list[str]:
        here = [sys.executable, "-m", "tests.crash.machine"]
        return [*here, "run", process, "--home", str(Path(home.path))]

    up.main = lambda arguments, home: real(arguments, home, command)  # type: ignore[assignment, misc]
    with booted(Boot(*said["boot"])):
        return netrelay()


if __name__ == "__main__":
    sys.exit(main())
