"""Which folders a rename can go between."""

import subprocess
from pathlib import Path

import pytest

from netrelay.disk.mounts import is_on_another_mount
from tests.small_disk import small_disk


def test_folders_of_one_mount(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    assert not is_on_another_mount(tmp_path / "inner", tmp_path)
    assert not is_on_another_mount(tmp_path / "none", tmp_path)


def test_another_disk_and_another_mount_of_the_same_one(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1 << 20) as disk:
        if disk is None:
            pytest.skip("only root may mount a tmpfs")
        assert is_on_another_mount(disk.path, tmp_path)
        (disk.path / "inner").mkdir()
        assert not is_on_another_mount(disk.path / "inner", disk.path)
        bound = tmp_path / "bound"
        bound.mkdir()
        subprocess.run(["mount", "--bind", disk.path, bound], check=True)
        try:
            assert bound.stat().st_dev == disk.path.stat().st_dev
            assert is_on_another_mount(bound, disk.path)
            with pytest.raises(OSError, match="cross-device"):
                (disk.path / "inner").rename(bound / "inner")
        finally:
            subprocess.run(["umount", "-l", bound], check=True)
