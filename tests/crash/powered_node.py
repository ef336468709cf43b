"""A node whose home is on a disk whose power can be cut."""

import hashlib
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from netrelay.disk.folders import flush_folder
from tests.crash import machine
from tests.crash.powered_disk import PoweredDisk
from tests.story.nodes import DEADLINE_S, Dropped, RunningNode


class PoweredNode(RunningNode):
    """A node with its own disk and boot clock, and perhaps with a fault.

    Its runtime directory and its log are on tmpfs; the former is lost with the power.
    """

    def __init__(
        self, folder: Path, name: str, disk: PoweredDisk, fault: str | None = None
    ) -> None:
        self._disk = disk
        self._fault = fault
        self._boots = 0
        self._boot = self._new_boot(name)
        (disk.mount / name).mkdir()
        (disk.mount / "given").mkdir()
        (folder / name).symlink_to(disk.mount / name)
        with machine.booted(self._boot):
            super().__init__(folder, name)
        self.module = "tests.crash.machine"

    def _new_boot(self, name: str) -> machine.Boot:
        self._boots += 1
        now_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        return machine.Boot(f"{name}-{self._boots}", now_s - 5)

    def begin(self) -> None:
        """Start `netrelay up` with this boot and fault."""
        with machine.environment(self._boot, self._fault):
            super().begin()

    def due_now(self) -> None:
        """Make every scheduled retry due now."""
        with machine.booted(self._boot):
            super().due_now()

    def is_running(self) -> bool:
        """Return True if it was started and not stopped."""
        return self._up is not None

    def is_ready(self) -> bool:
        """Return True if all eight processes are ready; does not access its disk."""
        return self._count_ready() > self._ready_lines

    def drop(self, peer: str, name: str | bytes, content: bytes) -> Dropped:
        """Drop a file durably: its bytes and its folder are flushed."""
        raw = os.fsencode(name)
        made = self._disk.mount / "given" / os.fsdecode(raw)
        with made.open("wb") as file:
            file.write(content)
            file.flush()
            mtime_ns = 1_234_567_890_123_456_789 + len(content)
            os.utime(file.fileno(), ns=(mtime_ns, mtime_ns))
            os.fsync(file.fileno())
        made.rename(self.home.drop / peer / made.name)
        flush_folder(self.home.drop / peer)
        return Dropped(raw, len(content), hashlib.sha256(content).hexdigest(), mtime_ns)

    def power_off(self) -> None:
        """Kill every process, then release the disk, whose power is already cut."""
        with self._stopped() as pids:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            # A process in a flush ends only when the disk answers.
            self._disk.release()

    @contextmanager
    def _stopped(self) -> Iterator[list[int]]:
        """Yield the pids of all processes, and wait for their ends afterwards."""
        assert self._up is not None
        # Stopped, it restarts no process.
        self._up.send_signal(signal.SIGSTOP)
        children = Path(f"/proc/{self._up.pid}/task/{self._up.pid}/children").read_text()
        # All children: one that was just forked does not yet have our command line.
        pids = [*map(int, children.split()), self._up.pid]
        ends = []
        for pid in pids:
            with suppress(ProcessLookupError):  # already ended
                ends.append(os.pidfd_open(pid))
        try:
            yield pids
            self._up.wait(DEADLINE_S)
            for end in ends:
                assert select.select([end], [], [], DEADLINE_S)[0], self.name
        finally:
            for end in ends:
                os.close(end)
        self._forget()

    def power_on(self) -> None:
        """Attach the disk with what it kept; the node is not started."""
        shutil.rmtree(self.line.runtime)
        self._disk.power_on()
        self._boot = self._new_boot(self.name)
