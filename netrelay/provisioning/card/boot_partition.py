"""Writing to the boot partition of a card: in an image file, on a device, or mounted.

A FAT in an image or on a device is written by mtools, which needs neither mount nor loop device.
Everything written is read back and compared.
"""

import os
import re
import shutil
import stat
import struct
import subprocess
from pathlib import Path
from typing import Protocol

from netrelay.disk.folders import flush_folder
from netrelay.disk.replacement import replace_file
from netrelay.provisioning.card import boot_folder

_SECTOR_BYTES = 512
# Master boot record: four entries of 16 bytes at offset 446, then a signature; types of a FAT.
_TABLE, _ENTRY_BYTES, _SIGNATURE = 446, 16, b"\x55\xaa"
_FAT_TYPES = (0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E)
_GPT_TYPE = 0xEE
_PACKED = {b"\xfd7zXZ": "xz -dk", b"\x1f\x8b": "gunzip -k", b"(\xb5/\xfd": "zstd -d"}
_COMMAND_S = 120.0


class PartitionError(Exception):
    """A boot partition cannot be written; the text names it and what is allowed."""


class NotWritableError(PartitionError):
    """The user has no permission to write it."""


class BootPartition(Protocol):
    """A boot partition that provisioning is written to."""

    def write(self, files: dict[str, bytes]) -> None:
        """Replace the provisioning there by these files, and read them back; durable on return."""


class Folder:
    """A mounted boot partition."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise PartitionError(f"{path} is no folder; allowed: where the boot partition is")
        names = {each.name.lower() for each in path.iterdir()}
        if boot_folder.BOOT_FILE not in names:
            raise PartitionError(
                f"{path} holds no {boot_folder.BOOT_FILE}, so it is not the boot partition of a"
                " netrelay card; allowed: where that is mounted"
            )
        self.path = path

    def write(self, files: dict[str, bytes]) -> None:
        """Write the files in their order: the boot file, which refers to the others, comes last."""
        for folder in (boot_folder.CARDS, boot_folder.KEYS):
            if (self.path / folder).is_dir():
                for each in (self.path / folder).iterdir():
                    each.unlink()
        for name, content in files.items():
            replace_file(self.path / name, content, None)
        flush_folder(self.path)
        for name, content in files.items():
            if (self.path / name).read_bytes() != content:
                raise PartitionError(f"{self.path / name} does not read back as it was written")


class FatImage:
    """The first partition, a FAT, of an image file or a device."""

    def __init__(self, path: Path) -> None:
        if shutil.which("mcopy") is None:
            raise PartitionError(
                "mtools is not installed, by which a FAT is written: sudo apt-get install mtools,"
                " or --boot DIR where the boot partition is mounted"
            )
        self.path = path
        try:
            offset = _fat_offset(path)
            with path.open("r+b"):
                pass
        except PermissionError as error:
            raise NotWritableError(f"{path}: {error.strerror}; `sudo` may") from error
        self._drive = f"{path}@@{offset}"
        if boot_folder.BOOT_FILE not in self._mtool("mdir", "-b", "::").lower():
            raise PartitionError(
                f"{path} holds no {boot_folder.BOOT_FILE} on its first partition, so it is no"
                " netrelay card; allowed: an image of netrelay, or a card with one"
            )

    def write(self, files: dict[str, bytes]) -> None:
        """Write the files in their order: the boot file, which refers to the others, comes last."""
        for folder in (boot_folder.CARDS, boot_folder.KEYS):
            self._mtool("mdeltree", f"::{folder}", may_fail=True)
            if any(name.startswith(f"{folder}/") for name in files):
                self._mtool("mmd", f"::{folder}")
        for name, content in files.items():
            self._mtool("mcopy", "-o", "-", f"::{name}", given=content)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        for name, content in files.items():
            if self.read(name) != content:
                raise PartitionError(f"{name} on {self.path} does not read back as it was written")

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        return self._run("mcopy", f"::{name}", "-")

    def _mtool(self, tool: str, *words: str, given: bytes = b"", may_fail: bool = False) -> str:
        return self._run(tool, *words, given=given, may_fail=may_fail).decode(errors="replace")

    def _run(self, tool: str, *words: str, given: bytes = b"", may_fail: bool = False) -> bytes:
        # Secrets go through a pipe, never through a temporary file or a command line.
        options = [word for word in words if word.startswith("-") and word != "-"]
        rest = words[len(options) :]
        run = subprocess.run(  # noqa: S603 -- fixed words, names of our own
            [tool, "-i", self._drive, *options, *rest],
            input=given,
            capture_output=True,
            timeout=_COMMAND_S,
            env={"PATH": os.environ.get("PATH", ""), "MTOOLSRC": os.devnull, "LC_ALL": "C"},
        )
        if run.returncode and not may_fail:
            said = " ".join(run.stderr.decode(errors="replace").split())
            raise PartitionError(f"{tool} on {self.path}: {said or run.returncode}")
        return run.stdout


def open_device(path: Path) -> FatImage:
    """Return the boot partition of a card in a reader.

    PartitionError unless the device is a whole removable disk with no part of it in use.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise PartitionError(f"{path}: there is none; `lsblk` shows the disks") from None
    if not stat.S_ISBLK(status.st_mode):
        raise PartitionError(f"{path} is no disk; --image is for files")
    entry = Path("/sys/dev/block") / f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    mounts = Path("/proc/self/mountinfo").read_text()
    check_removable(path, entry.resolve(), mounts, _word(Path("/proc/swaps")))
    return FatImage(path)


def check_removable(path: Path, entry: Path, mounts: str, swaps: str) -> None:
    """Raise PartitionError for a partition, a fixed disk, and a disk of which any part is in use.

    entry: folder of the device in sysfs. mounts, swaps: contents of /proc/self/mountinfo and
    /proc/swaps (proc(5)).
    """
    if (entry / "partition").exists():
        raise PartitionError(f"{path} is a partition; allowed: the whole card, {entry.parent.name}")
    is_card = re.fullmatch(r"mmcblk[0-9]+", entry.name) is not None
    if not is_card and _word(entry / "removable") != "1":
        raise PartitionError(
            f"{path} is no disk that can be taken out; allowed: a card in a reader"
        )
    parts = [entry, *(each.parent for each in sorted(entry.glob("*/partition")))]
    for part in parts:
        device = _word(part / "dev")
        for line in mounts.splitlines():
            fields = line.split()
            if len(fields) > 4 and fields[2] == device:
                raise PartitionError(
                    f"{path}: {part.name} is mounted on {fields[4]}; unmount it first"
                )
        if f"/dev/{part.name}" in swaps.split():
            raise PartitionError(f"{path}: {part.name} is swapped to; swapoff it first")
        if (part / "holders").is_dir() and any((part / "holders").iterdir()):
            raise PartitionError(f"{path}: {part.name} is in use by another disk")


def _word(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _fat_offset(path: Path) -> int:
    """Return the offset of the first partition in bytes; PartitionError unless it is a FAT."""
    with path.open("rb") as file:
        first = file.read(_SECTOR_BYTES)
    for magic, command in _PACKED.items():
        if first.startswith(magic):
            raise PartitionError(f"{path} is packed; unpack it first: {command} {path}")
    entry = first[_TABLE : _TABLE + _ENTRY_BYTES]
    kind = entry[4] if len(entry) == _ENTRY_BYTES else 0
    if first[510:512] != _SIGNATURE or kind not in _FAT_TYPES:
        what = "has a GPT" if kind == _GPT_TYPE else "is no image of a card"
        raise PartitionError(
            f"{path} {what}; allowed: an image with a FAT as its first partition, as netrelay's"
        )
    start: int = struct.unpack_from("<I", entry, 8)[0]
    return start * _SECTOR_BYTES
