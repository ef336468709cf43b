"""A real ext4 on a disk whose power is cut: only what was flushed survives."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.crash.block_log import SECTOR_BYTES, Moment
from tests.crash.powered_disk import DiskError, PoweredDisk, missing, powered_disk
from tests.story.nodes import wait_for

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

SEEDS = range(5)
CONTENT = os.urandom(40_000)


def write(path: Path, is_durable: bool) -> None:
    with path.open("wb") as file:
        file.write(CONTENT)
        file.flush()
        if is_durable:
            os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)


def cut(disk: PoweredDisk, seed: int) -> None:
    disk.cut_now(seed)
    disk.release()
    disk.power_on()


def test_a_flushed_file_is_always_there_and_one_that_is_not_is_lost(disk: PoweredDisk) -> None:
    lost = 0
    for seed in SEEDS:
        write(disk.mount / f"flushed {seed}", True)
        write(disk.mount / f"only written {seed}", False)
        cut(disk, seed)
        for before in range(seed + 1):
            assert (disk.mount / f"flushed {before}").read_bytes() == CONTENT
        written = disk.mount / f"only written {seed}"
        lost += not written.exists() or written.read_bytes() != CONTENT
    assert lost > 0


def test_a_rename_is_durable_once_its_folder_is_flushed_and_not_before(disk: PoweredDisk) -> None:
    kept = {True: 0, False: 0}
    for is_flushed in kept:
        for seed in SEEDS:
            name = f"{is_flushed} {seed}"
            (disk.mount / name).mkdir()
            write(disk.mount / name / "old", True)
            flush_folder(disk.mount / name)
            (disk.mount / name / "old").rename(disk.mount / name / "new")
            if is_flushed:
                flush_folder(disk.mount / name)
            cut(disk, seed)
            kept[is_flushed] += (disk.mount / name / "new").exists()
    assert kept[True] == len(SEEDS)
    assert kept[False] < len(SEEDS)


@pytest.mark.parametrize("moment", Moment)
def test_a_flush_at_which_the_power_is_cut_never_ends(disk: PoweredDisk, moment: Moment) -> None:
    write(disk.mount / "file", True)
    disk.cut_at("flush", 1, moment, 1)
    ended = threading.Event()

    def overwrite() -> None:
        with (disk.mount / "file").open("r+b") as file:
            file.write(b"x" * len(CONTENT))
            file.flush()
            os.fsync(file.fileno())
        ended.set()

    thread = threading.Thread(target=overwrite)
    thread.start()
    wait_for("the cut", lambda: disk.look().cut)
    assert not ended.is_set()
    disk.release()
    thread.join(30)
    disk.power_on()
    content = (disk.mount / "file").read_bytes()
    for begin in range(0, len(CONTENT), SECTOR_BYTES):
        sector = slice(begin, begin + SECTOR_BYTES)
        assert content[sector] in (CONTENT[sector], b"x" * len(CONTENT[sector]))
    if moment is Moment.AFTER:
        assert content == b"x" * len(CONTENT)


def test_the_file_system_is_whole_after_a_cut_in_the_middle_of_many_writes(
    disk: PoweredDisk,
) -> None:
    for seed in SEEDS:
        disk.cut_at("write", 10 + 7 * seed, Moment.BEFORE, seed)
        done = threading.Event()

        def work(seed: int = seed, done: threading.Event = done) -> None:
            for number in range(60):
                write(disk.mount / f"{seed} {number}", number % 2 == 0)
            done.set()

        thread = threading.Thread(target=work)
        thread.start()
        wait_for("the cut", lambda: disk.look().cut)
        disk.release()
        thread.join(30)
        disk.power_on()
    disk.detach()
    check = subprocess.run(["fsck.ext4", "-f", "-n", str(disk.disk)], capture_output=True)
    disk.attach()
    assert check.returncode == 0, check.stdout.decode()


def test_nothing_stays_mounted_however_it_ends(tmp_path: Path) -> None:
    for how in ("in order", "with the power off"):
        with powered_disk(tmp_path / how, 64 * 1024 * 1024) as disk:
            write(disk.mount / "file", False)
            if how == "with the power off":
                disk.cut_now(1)
        mounts = Path("/proc/self/mountinfo").read_text()
        assert str(tmp_path).replace(" ", "\\040") not in mounts


def test_a_disk_that_somebody_still_writes_to_is_not_given_back(
    disk: PoweredDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two mounted file systems on one disk would corrupt it, and the node would be blamed."""
    words = ["unshare", "--mount", "--propagation", "private", "cat"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdin.write(b"x")
        other.stdin.flush()
        assert other.stdout.read(1) == b"x", "it has its own mount namespace now"
        disk.cut_now(1)
        disk.release()
        with monkeypatch.context() as patched:
            patched.setattr("tests.crash.powered_disk._DEADLINE_S", 0.5)
            with pytest.raises(DiskError, match="umount"):
                disk.power_on()
    disk.power_on()
    assert (disk.mount / "lost+found").exists()


def overwrite(disk: PoweredDisk, offset: int, content: bytes) -> None:
    disk.detach()
    with disk.disk.open("r+b", buffering=0) as file:
        file.seek(offset)
        file.write(content)


def test_a_torn_superblock_is_repaired_as_a_booting_pi_does(
    disk: PoweredDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(disk.mount / "flushed", True)
    # The second sector of the superblock, which has its checksum.
    overwrite(disk, 1024 + SECTOR_BYTES, b"\xa5" * SECTOR_BYTES)
    with monkeypatch.context() as patch, pytest.raises(DiskError, match="mount"):
        patch.setattr(disk, "_check", lambda _: None)
        disk.attach()
    disk.attach()
    assert disk.repairs == 1
    assert (disk.mount / "flushed").read_bytes() == CONTENT
    cut(disk, 1)
    assert disk.repairs == 1, "a replay of the journal is no repair"
