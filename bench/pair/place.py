"""The file systems of the benchmark: an ext4 for each side, and a tmpfs.

    work folder (removed at the end)
      source/        ext4 on a loop device with direct I/O, or a plain folder (--directory)
      destination/   the same, another device
      third/         the same, a third one
      memory/        tmpfs: rings and bells of the nodes, and homes for the measurement in memory

Nothing is left behind however the program ends: an image is unlinked once its device is attached,
the device is detached with its mount (autoclear), and the mounts end with the mount namespace.
"""

import argparse
import mmap
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from bench.pair.errors import BenchError, Unavailable

IMAGE_BYTES = 768 * 1024 * 1024
MEMORY_BYTES = 512 * 1024 * 1024
SECTOR_BYTES = 512  # of /sys/block/*/stat for every device (Documentation/block/stat.rst)
_BLOCK_BYTES = 4 * 1024 * 1024
_SIDES = ("source", "destination", "third")
_TOOLS = ("losetup", "mkfs.ext4", "mount", "umount")


def add_place_options(parser: argparse.ArgumentParser, images: str) -> None:
    """Add --images and --directory; images: how many of which size."""
    parser.add_argument(
        "--images",
        type=Path,
        default=Path("/var/tmp"),
        metavar="DIR",
        help=f"where the images of the loop devices lie, {images} (default: /var/tmp)",
    )
    parser.add_argument(
        "--directory",
        type=Path,
        metavar="DIR",
        help="measure in a folder of this directory instead of on loop devices: needs no root"
        " rights, but both sides share one file system and its journal, other programs write there"
        " too, and the bytes that were written cannot be told",
    )


class Side(NamedTuple):
    """The folder of a node; statistics: the stat file of its block device, None without one."""

    folder: Path
    statistics: Path | None

    def device(self) -> str | None:
        """Return the number of its block device, as `major:minor`; None without one."""
        if self.statistics is None:
            return None
        return self.statistics.with_name("dev").read_text().strip()

    def written_bytes(self) -> int | None:
        """Flush the file system; return the bytes that its device has written so far, if known."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _sync_file_system(descriptor)
        finally:
            os.close(descriptor)
        if self.statistics is None:
            return None
        return int(self.statistics.read_text().split()[6]) * SECTOR_BYTES


class BenchPlace(NamedTuple):
    """The sides; memory is on tmpfs if possible. third: for the node behind a relay."""

    source: Side
    destination: Side
    third: Side
    memory: Path
    medium: str


@contextmanager
def loop_place(
    images: Path, image_bytes: int = IMAGE_BYTES, third_bytes: int | None = None
) -> Iterator[BenchPlace]:
    """Yield file systems on loop devices; their images take `image_bytes` each in `images`.

    third_bytes: the size of the third one, if it has another.
    The caller must be in its own mount namespace. Unavailable when something is missing.
    """
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise Unavailable(f"{', '.join(missing)}: not found (Debian: mount, e2fsprogs)")
    sizes = (image_bytes, image_bytes, image_bytes if third_bytes is None else third_bytes)
    with _work_folder(images) as work, ExitStack() as stack:
        source, destination, third = (
            stack.enter_context(_loop_side(work, name, size_bytes))
            for name, size_bytes in zip(_SIDES, sizes, strict=True)
        )
        memory = work / "memory"
        memory.mkdir()
        _run("mount", "-t", "tmpfs", "-o", f"size={MEMORY_BYTES},mode=0700", "tmpfs", str(memory))
        stack.callback(_unmount, memory)
        medium = "each side ext4 on its own loop device with direct I/O"
        yield BenchPlace(source, destination, third, memory, medium)


@contextmanager
def folder_place(directory: Path) -> Iterator[BenchPlace]:
    """Yield folders in an existing directory."""
    if not directory.is_dir():
        raise Unavailable(f"{directory} is not a folder")
    shared_memory = Path("/dev/shm")
    has_memory = shared_memory.is_dir() and os.access(shared_memory, os.W_OK)
    with (
        _work_folder(directory) as work,
        _work_folder(shared_memory if has_memory else directory) as memory,
    ):
        for name in _SIDES:
            (work / name).mkdir()
        source, destination, third = (Side(work / name, None) for name in _SIDES)
        medium = f"all sides in {directory}, one file system"
        yield BenchPlace(source, destination, third, memory, medium)


@contextmanager
def _work_folder(parent: Path) -> Iterator[Path]:
    try:
        folder = Path(tempfile.mkdtemp(prefix="netrelay-bench-", dir=parent))
    except OSError as error:
        raise Unavailable(f"{parent}: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _loop_side(work: Path, name: str, image_bytes: int) -> Iterator[Side]:
    image = work / f"{name}.ext4"
    folder = work / name
    folder.mkdir()
    try:
        _fill(image, image_bytes)
        # Without lazy initialisation, which the kernel would do during the measurement.
        _run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
        device = _run("losetup", "--find", "--show", "--direct-io=on", str(image)).strip()
    finally:
        image.unlink(missing_ok=True)
    with ExitStack() as stack:
        stack.callback(_detach, device)
        block = Path("/sys/block") / Path(device).name
        if (block / "loop" / "dio").read_text().strip() != "1":
            raise Unavailable(
                f"{device}: no direct I/O to {work.parent}'s file system; choose a folder on a"
                " disk with --images"
            )
        _run("mount", "-o", "noatime", device, str(folder))
        stack.callback(_unmount, folder)
        # Autoclear: the device is released when it is unmounted.
        _detach(device)
        yield Side(folder, block / "stat")


def _fill(image: Path, image_bytes: int) -> None:
    """Write the whole image once, so that no measured write has to allocate blocks."""
    block = mmap.mmap(-1, _BLOCK_BYTES)
    descriptor = os.open(image, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for start in range(0, image_bytes, _BLOCK_BYTES):
            os.pwrite(descriptor, block, start)
        os.fsync(descriptor)
    except OSError as error:
        raise Unavailable(f"{image.parent}: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _sync_file_system(descriptor: int) -> None:
    # Python has no syncfs(2); sync(1) calls it since coreutils 8.24.
    subprocess.run(
        ["sync", "--file-system", f"/proc/self/fd/{descriptor}"],
        pass_fds=(descriptor,),
        check=True,
        timeout=60,
    )


def _run(*command: str) -> str:
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{command[0]} did not end within 60 s") from error
    if run.returncode:
        raise Unavailable(f"{' '.join(command)}: {run.stderr.strip()}")
    return run.stdout


def _unmount(folder: Path) -> None:
    with suppress(Unavailable, BenchError):
        _run("umount", "--lazy", str(folder))


def _detach(device: str) -> None:
    # No-op if autoclear has released it.
    with suppress(Unavailable, BenchError):
        _run("losetup", "--detach", device)
