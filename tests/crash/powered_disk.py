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
_TOOLS = ("e2fsck", "losetup", "mkfs.ext4", "mount", "umount", "unshare")
# Exit statuses of e2fsck(8).
_CORRECTED, _CORRECTED_REBOOT = 1, 2


class DiskError(Exception):
    """The disk itself failed; the text has the operation."""


class DiskState(NamedTuple):
    """Writes and flushes since power-on, and the cut, if there was one."""

    writes: int
    flushes: int
    cut: Cut | None


@cache
def missing() -> str | None:
    """Return why this machine cannot have such a disk; None if it can."""
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
    """The disk and its file system; use `powered_disk`.

    repairs: how often a power-on needed more than the journal, as after a torn superblock.
    """

    def __init__(self, folder: Path, size_bytes: int = SIZE_BYTES) -> None:
        self.disk = folder / "disk"
        self.mount = folder / "mount"
        self.mount.mkdir(parents=True)
        self._device: Path | None = None
        self.repairs = 0
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
        """Create an empty ext4, without lazy initialisation."""
        _run(
            *("mkfs.ext4", "-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"),
            str(self.disk),
        )

    def attach(self) -> None:
        """Check and mount the file system, as a booting Pi does."""
        device = _run("losetup", "--find", "--show", str(self.disk)).strip()
        self._device = Path(device)
        try:
            self._check(device)
            _run("mount", "-t", "ext4", "-o", "noatime", device, str(self.mount))
        finally:
            # Autoclear: the device is released when it is unmounted.
            _run("losetup", "--detach", device)

    def _check(self, device: str) -> None:
        """Run `e2fsck -p` as systemd-fsck does, which replays the journal.

        Where it asks for a person, `-y` answers: Raspberry Pi OS boots with fsck.repair=yes.
        """
        for answer in ("-p", "-y"):
            run = subprocess.run(
                ["e2fsck", answer, device], capture_output=True, text=True, timeout=_DEADLINE_S
            )
            if run.returncode <= _CORRECTED | _CORRECTED_REBOOT:
                self.repairs += answer == "-y"
                return
        raise DiskError(f"e2fsck {device}: {run.returncode}: {run.stdout} {run.stderr}")

    def detach(self) -> None:
        """Unmount once it is unused; nothing writes to the disk afterwards."""
        deadline_s = time.monotonic() + _DEADLINE_S
        while os.path.ismount(self.mount) or self._is_attached():
            run = subprocess.run(
                ["umount", str(self.mount)], capture_output=True, text=True, timeout=_DEADLINE_S
            )
            if run.returncode and time.monotonic() > deadline_s:
                raise DiskError(f"umount {self.mount}: {run.stderr.strip()}")

    def _is_attached(self) -> bool:
        """Return True if the loop device still exists: it is released with its last mount."""
        if self._device is None:
            return False
        backing = Path("/sys/block") / self._device.name / "loop" / "backing_file"
        return backing.exists() and backing.read_text().strip() == str(self.disk)

    def flush(self) -> None:
        """Flush the file system (syncfs(2))."""
        descriptor = os.open(self.mount, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if _LIBRARY.syncfs(descriptor):
                raise OSError(ctypes.get_errno(), "syncfs", os.fspath(self.mount))
        finally:
            os.close(descriptor)

    # Power

    def look(self) -> DiskState:
        """Return the state of the disk."""
        return self._command("look")

    def cut_at(self, what: str, number: int, moment: Moment, seed: int) -> None:
        """Schedule a power cut at the number-th "write" or "flush" from now (1: the next)."""
        self._command("arm", what=what, number=number, moment=moment.value, seed=seed)

    def cut_now(self, seed: int) -> DiskState:
        """Cut the power, if it is not cut already."""
        return self._command("cut", seed=seed)

    def release(self) -> None:
        """Answer pending requests; call it after all processes of the node were killed."""
        self._command("release")

    def power_on(self) -> None:
        """Attach the content of the medium; no process may use the disk."""
        self.detach()
        self._command("power_on")
        self.attach()

    def _command(self, command: str, **words: Any) -> DiskState:
        with self._lock:
            self._control.send(json.dumps({"do": command, **words}).encode())
            reply = self._control.recv(4096)
        if not reply:
            raise DiskError(f"the disk ended with {self._server.wait(_DEADLINE_S)}")
        said = json.loads(reply)
        cut = said["cut"]
        return DiskState(said["writes"], said["flushes"], None if cut is None else Cut(**cut))

    def close(self) -> None:
        """Unmount, and end the process of the disk."""
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
    """Yield a disk with an empty, mounted file system; `missing` must return None."""
    _enter_mount_namespace()
    disk = PoweredDisk(folder, size_bytes)
    try:
        disk.make_file_system()
        disk.attach()
        disk.flush()
        yield disk
    finally:
        disk.close()


@cache
def _enter_mount_namespace() -> None:
    """Move this process to its own mount namespace, once."""
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
