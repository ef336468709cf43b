"""An ext4 on a disk whose power can be cut.

FOLDER/disk    a file in user space: the disk, see disk_server.py
FOLDER/mount   ext4 on a loop device over it
"""

import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.cli.command_line import CHECKOUT
from tests.crash.block_log import Cut, Moment
from tests.crash.fuse_file import DEVICE

MIB = 1024 * 1024
SIZE_BYTES = 256 * MIB
_DEADLINE_S = 30.0
_NEW_MOUNTS = 0x20000  # CLONE_NEWNS, sched.h
_RECURSIVE, _PRIVATE = 1 << 14, 1 << 18  # MS_REC, MS_PRIVATE, linux/mount.h
_LIBRARY = ctypes.CDLL(None, use_errno=True)
_TOOLS = ("losetup", "mkfs.ext4", "mount", "umount", "unshare")


class DiskError(Exception):
    """The rig itself does not work; the text says what was tried."""


class Looked(NamedTuple):
    """What a disk has been asked since the power came, and what became of it, if it was cut."""

    writes: int
    flushes: int
    cut: Cut | None


@cache
def missing() -> str | None:
    """Say why there can be no such disk on this machine; None when there can."""
    if os.geteuid() != 0:
        return "a disk in user space can be mounted by root only"
    tools = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if tools:
        return f"{', '.join(tools)}: not found (Debian: mount, e2fsprogs)"
    for device in (DEVICE, Path("/dev/loop-control")):
        try:
            os.close(os.open(device, os.O_RDWR))
        except OSError as error:
            return f"{device}: {error.strerror}"
    if subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "true"],
        capture_output=True,
        timeout=_DEADLINE_S,
        check=False,
    ).returncode:
        return "no mounts of our own can be made here; in a chroot its root has to be a mount point"
    return None


class PoweredDisk:
    """The disk and its file system; use `powered_disk`."""

    def __init__(self, folder: Path, size_bytes: int = SIZE_BYTES) -> None:
        self.disk = folder / "disk"
        self.mount = folder / "mount"
        self.mount.mkdir(parents=True)
        self._device: Path | None = None
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(_DEADLINE_S)
        with theirs:
            words = [str(folder), str(size_bytes), str(theirs.fileno())]
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.disk_server", *words],
                cwd=CHECKOUT,
                pass_fds=(theirs.fileno(),),
            )
        self.look()

    def make_file_system(self) -> None:
        """Make an empty ext4, as on a card: nothing of it is left for the kernel to do later."""
        _run(
            *("mkfs.ext4", "-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"),
            str(self.disk),
        )

    def attach(self) -> None:
        """Mount the file system; ext4 replays its journal."""
        device = _run("losetup", "--find", "--show", str(self.disk)).strip()
        self._device = Path(device)
        try:
            _run("mount", "-t", "ext4", "-o", "noatime", device, str(self.mount))
        finally:
            # From now on the device goes with its mount.
            _run("losetup", "--detach", device)

    def detach(self) -> None:
        """Unmount, as soon as nobody uses it any more; nothing writes to the disk afterwards."""
        deadline_s = time.monotonic() + _DEADLINE_S
        while os.path.ismount(self.mount) or self._is_attached():
            run = subprocess.run(
                ["umount", str(self.mount)], capture_output=True, text=True, timeout=_DEADLINE_S
            )
            if run.returncode and time.monotonic() > deadline_s:
                raise DiskError(f"umount {self.mount}: {run.stderr.strip()}")

    def _is_attached(self) -> bool:
        """Tell whether the loop device is still there: it goes with the last mount of it."""
        if self._device is None:
            return False
        backing = Path("/sys/block") / self._device.name / "loop" / "backing_file"
        return backing.exists() and backing.read_text().strip() == str(self.disk)

    def flush(self) -> None:
        """Make all of it durable (syncfs(2))."""
        descriptor = os.open(self.mount, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if _LIBRARY.syncfs(descriptor):
                raise OSError(ctypes.get_errno(), "syncfs", os.fspath(self.mount))
        finally:
            os.close(descriptor)

    # Power

    def look(self) -> Looked:
        """Give what was asked of the disk so far, and whether the power is cut."""
        return self._tell("look")

    def cut_at(self, what: str, number: int, moment: Moment, seed: int) -> None:
        """Have the power cut at the number-th "write" or "flush" from now on (1: the next)."""
        self._tell("arm", what=what, number=number, moment=moment.value, seed=seed)

    def cut_now(self, seed: int) -> Looked:
        """Cut the power, if it was not cut before."""
        return self._tell("cut", seed=seed)

    def release(self) -> None:
        """Let go who waits for the disk: after everybody who could make a promise was killed."""
        self._tell("release")

    def power_on(self) -> None:
        """Attach what is left on the medium; everybody who used the disk is gone."""
        self.detach()
        self._tell("power_on")
        self.attach()

    def _tell(self, command: str, **words: Any) -> Looked:
        with self._lock:
            self._control.send(json.dumps({"do": command, **words}).encode())
            reply = self._control.recv(4096)
        if not reply:
            raise DiskError(f"the disk ended with {self._server.wait(_DEADLINE_S)}")
        said = json.loads(reply)
        cut = said["cut"]
        return Looked(said["writes"], said["flushes"], None if cut is None else Cut(**cut))

    def close(self) -> None:
        """End all of it; what was still mounted is taken away."""
        try:
            self.release()
            self.detach()
        finally:
            self._control.close()
            try:
                self._server.wait(_DEADLINE_S)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
                raise DiskError("the disk did not end") from None


@contextmanager
def powered_disk(folder: Path, size_bytes: int = SIZE_BYTES) -> Iterator[PoweredDisk]:
    """Give a disk with an empty, mounted file system; what `missing` says has to be None."""
    _take_own_mounts()
    disk = PoweredDisk(folder, size_bytes)
    try:
        disk.make_file_system()
        disk.attach()
        disk.flush()
        yield disk
    finally:
        disk.close()


@cache
def _take_own_mounts() -> None:
    """Let what this process mounts be seen by it and its children only; once is enough."""
    if _LIBRARY.unshare(_NEW_MOUNTS) or _LIBRARY.mount(
        None, b"/", None, _RECURSIVE | _PRIVATE, None
    ):
        number = ctypes.get_errno()
        raise OSError(number, f"a mount namespace of its own: {os.strerror(number)}")


def _run(*command: str) -> str:
    run = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE_S)
    if run.returncode:
        raise DiskError(f"{' '.join(command)}: {run.stderr.strip()}")
    return run.stdout
