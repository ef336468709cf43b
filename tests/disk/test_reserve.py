"""The reserve of a disk: made while there is room, and given up when there is none."""

import os
import shutil
from pathlib import Path

import pytest

from netrelay.disk.reserve import RESERVE_BYTES, keep_reserve, use_reserve


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Return the free bytes that the disk is said to have, to be changed."""
    found = {"bytes": 1 << 40}
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=found["bytes"]))
    return found


def test_it_holds_its_blocks(tmp_path: Path, free: dict[str, int]) -> None:
    path = tmp_path / "reserve"
    keep_reserve(path)
    status = path.stat()
    assert (status.st_size, status.st_blocks * 512 >= RESERVE_BYTES) == (RESERVE_BYTES, True)
    assert status.st_mode & 0o777 == 0o600
    keep_reserve(path)
    assert path.stat().st_ino == status.st_ino


@pytest.mark.parametrize(
    ("free_bytes", "stays"), [(RESERVE_BYTES, True), (RESERVE_BYTES - 1, False)]
)
def test_it_is_given_up_only_when_less_is_free(
    tmp_path: Path, free: dict[str, int], free_bytes: int, stays: bool
) -> None:
    path = tmp_path / "reserve"
    keep_reserve(path)
    free["bytes"] = free_bytes
    use_reserve(path)
    assert path.exists() is stays


def test_something_else_under_its_name_stays(tmp_path: Path, free: dict[str, int]) -> None:
    path = tmp_path / "reserve"
    use_reserve(path)
    path.mkdir()
    keep_reserve(path)
    free["bytes"] = 0
    use_reserve(path)
    assert path.is_dir()


def test_nothing_is_set_aside_on_a_small_or_failing_disk(
    tmp_path: Path, free: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "reserve"
    free["bytes"] = 4 * RESERVE_BYTES - 1
    keep_reserve(path)
    assert not path.exists()

    def failing(*_: int) -> None:
        raise OSError

    free["bytes"] = 1 << 40
    monkeypatch.setattr(os, "posix_fallocate", failing)
    keep_reserve(path)
    assert not path.exists()
