"""A node whose home lies on a disk whose power can be cut."""

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
    """A node as others are, but for its disk, its boot and what may be wrong with it.

    Its runtime directory and its log lie in memory: the first is gone with the power.
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
        """Start `netrelay up` on this machine."""
        with machine.environment(self._boot, self._fault):
            super().begin()

    def due_now(self) -> None:
        """Let what waits for its next try be due at once."""
        with machine.booted(self._boot):
            super().due_now()

    def is_running(self) -> bool:
        """Tell whether it was started and has not been stopped."""
        return self._up is not None

    def is_ready(self) -> bool:
        """Tell whether all eight processes are; its disk is not touched by this."""
        return self._count_ready() > self._ready_lines

    def drop(self, peer: str, name: str | bytes, content: bytes) -> Dropped:
        """Give a file as somebody does who wants to be sure: all of it is durable afterwards."""
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
        """End every process as the power does, then let the disk go; its power is cut already."""
        with self._stopped() as pids:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            # In the middle of a flush a process ends only when the disk answers.
            self._disk.release()

    @contextmanager
    def _stopped(self) -> Iterator[list[int]]:
        """Give the pids of all processes, and wait for their end afterwards."""
        assert self._up is not None
        # Stopped, it starts nobody anew.
        self._up.send_signal(signal.SIGSTOP)
        children = Path(f"/proc/{self._up.pid}/task/{self._up.pid}/children").read_text()
        # All of them: one that was forked just now does not look like a process of ours yet.
        pids = [*map(int, children.split()), self._up.pid]
        ends = []
        for pid in pids:
            with suppress(ProcessLookupError):  # it ended by itself
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
        """Attach what is left of the disk; the node does not run yet."""
        shutil.rmtree(self.line.runtime)
        self._disk.power_on()
        self._boot = self._new_boot(self.name)
