"""Process locks: one instance of each process in a home."""

import os
from pathlib import Path

import pytest

from netrelay.runtime.single_instance import AlreadyRunsError, lock_process


def test_the_error_names_the_running_process(tmp_path: Path) -> None:
    held = lock_process(tmp_path, "sender")
    with pytest.raises(AlreadyRunsError, match=f"sender .* process {os.getpid()}$"):
        lock_process(tmp_path, "sender")
    os.close(held)


def test_each_process_has_its_own_lock(tmp_path: Path) -> None:
    held = [lock_process(tmp_path, name) for name in ("sender", "receiver")]
    for descriptor in held:
        os.close(descriptor)


def test_the_lock_is_free_when_its_process_has_ended(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        lock_process(tmp_path, "sender")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(lock_process(tmp_path, "sender"))
