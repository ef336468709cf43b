"""The write lock: exclusive, named after its holder, released when the holder dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from netrelay.store.lock import LockTimeoutError, WriteLock

HOLDER = """
import sys
from pathlib import Path
from netrelay.store.lock import WriteLock
WriteLock(Path(sys.argv[1]), "exporter").acquire()
print("acquired", flush=True)
sys.stdin.read()
"""


def test_it_is_exclusive_and_the_error_names_the_holder(tmp_path: Path) -> None:
    first = WriteLock(tmp_path / "lock", "importer")
    second = WriteLock(tmp_path / "lock", "exporter")
    assert first.holder() == "nobody yet"
    first.acquire()
    with pytest.raises(
        LockTimeoutError, match=rf"held for over .* by importer \(pid {os.getpid()}\)"
    ):
        second.acquire(timeout_s=0.01)
    first.release()
    second.acquire(timeout_s=0.01)
    assert second.holder() == f"exporter (pid {os.getpid()})"


def test_waiting_feeds_the_watchdog_and_holding_does_not(tmp_path: Path) -> None:
    fed: list[int] = []
    first = WriteLock(tmp_path / "lock", "importer")

    def feed() -> None:
        fed.append(1)
        if len(fed) == 3:
            first.release()

    second = WriteLock(tmp_path / "lock", "exporter", feed)
    second.acquire()
    second.release()
    assert fed == []
    first.acquire()
    second.acquire()
    assert len(fed) == 3


def test_the_kernel_releases_it_when_its_holder_dies(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin
    assert child.stdout
    assert child.stdout.readline() == b"acquired\n"
    lock = WriteLock(path, "importer")
    with pytest.raises(LockTimeoutError, match=f"exporter .pid {child.pid}."):
        lock.acquire(timeout_s=0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    lock.acquire(timeout_s=0.01)
    child.stdin.close()
    child.stdout.close()


def test_a_closed_lock_is_released(tmp_path: Path) -> None:
    first = WriteLock(tmp_path / "lock", "importer")
    first.acquire()
    first.close()
    WriteLock(tmp_path / "lock", "exporter").acquire(timeout_s=0.01)
