"""`netrelay` with another boot than that of this machine, and perhaps with a fault.

    python -m tests.crash.machine ARGUMENTS...     as `netrelay ARGUMENTS...`

A variable holds boot and fault; the processes that `netrelay up` starts inherit it.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from netrelay.runtime import clock

VARIABLE = "NETRELAY_STORY_MACHINE"


class Boot(NamedTuple):
    """A boot: its id, and its start on the boot clock of this machine."""

    boot_id: str
    began_s: float

    def boottime_s(self) -> float:
        """Return the seconds since this boot."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - self.began_s


@contextmanager
def booted(boot: Boot) -> Iterator[None]:
    """Replace the clock of this process by that of the boot."""
    before = clock.boottime_s, clock.boot_id
    clock.boottime_s, clock.boot_id = boot.boottime_s, lambda: boot.boot_id
    try:
        yield
    finally:
        clock.boottime_s, clock.boot_id = before


@contextmanager
def environment(boot: Boot, fault: str | None) -> Iterator[None]:
    """Set the variable for processes started in the block."""
    os.environ[VARIABLE] = json.dumps({"boot": boot, "fault": fault})
    try:
        yield
    finally:
        del os.environ[VARIABLE]


def main() -> int:
    """Run one command with this boot and fault."""
    from netrelay.cli.main import main as netrelay
    from tests.crash.faults import FAULTS

    said = json.loads(os.environ[VARIABLE])
    if said["fault"] is not None:
        FAULTS[said["fault"]]()
    # The processes of `netrelay up` are copies of this one, and have the same boot and fault.
    with booted(Boot(*said["boot"])):
        return netrelay()


if __name__ == "__main__":
    sys.exit(main())
