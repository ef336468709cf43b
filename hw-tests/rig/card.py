"""Partitions of an image file or device, and access to its FAT partition.

Uses sfdisk and mtools without mounting, so it needs neither root (on a file) nor vfat in the
kernel.
"""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECTOR_BYTES = 512
FAT_TYPES = frozenset({"b", "c", "e"})


class CardError(Exception):
    """A card without the content of a netrelay card; the message names the card."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One entry of the partition table; offsets in bytes."""

    start_bytes: int
    size_bytes: int
    type: str


def partitions(card: Path) -> list[Partition]:
    """Return the partitions of an image file or device, in the order of its table."""
    answer = subprocess.run(["sfdisk", "--json", str(card)], capture_output=True, check=False)
    if answer.returncode:
        raise CardError(f"{card}: {answer.stderr.decode(errors='replace').strip()}")
    table = json.loads(answer.stdout)["partitiontable"]
    sector_bytes = table.get("sectorsize", SECTOR_BYTES)
    return [
        Partition(entry["start"] * sector_bytes, entry["size"] * sector_bytes, entry["type"])
        for entry in table["partitions"]
    ]


@dataclass(frozen=True, slots=True)
class BootPartition:
    """The FAT partition of a card that is not in a running machine."""

    card: Path

    def names(self) -> list[str]:
        """Return the names in its root folder."""
        listing = self._mtools("mdir", "-b", "::/")
        return [line.removeprefix("::/").rstrip("/") for line in listing.decode().splitlines()]

    def read(self, name: str) -> bytes:
        """Return the content of a file; CardError if it does not exist."""
        return self._mtools("mtype", f"::/{name}")

    def write(self, name: str, content: bytes) -> None:
        """Write a file, replacing an existing one."""
        self._mtools("mcopy", "-o", "-", f"::/{name}", standard_input=content)

    def make_folder(self, name: str) -> None:
        """Create a folder unless it exists."""
        if name not in self.names():
            self._mtools("mmd", f"::/{name}")

    def copy_out(self, name: str, target: Path) -> Path:
        """Copy a file to this machine and return its path here."""
        target.write_bytes(self.read(name))
        return target

    def content(self) -> bytes:
        """Return all bytes of the partition, those of free space too."""
        partition = self._partition()
        with self.card.open("rb") as file:
            file.seek(partition.start_bytes)
            return file.read(partition.size_bytes)

    def _mtools(self, tool: str, *arguments: str, standard_input: bytes = b"") -> bytes:
        command = [tool, "-i", f"{self.card}@@{self._partition().start_bytes}", *arguments]
        answer = subprocess.run(command, input=standard_input, capture_output=True, check=False)
        if answer.returncode:
            words = answer.stderr.decode(errors="replace").strip()
            raise CardError(f"{self.card}: {' '.join([tool, *arguments])}: {words}")
        return answer.stdout

    def _partition(self) -> Partition:
        for partition in partitions(self.card):
            if partition.type.lower() in FAT_TYPES:
                return partition
        raise CardError(f"{self.card} has no FAT partition: it is not a flashed card")


@dataclass(frozen=True, slots=True)
class BootFiles:
    """The files that the Pi's firmware loads according to config.txt and cmdline.txt."""

    kernel: str
    initrd: str
    command_line: str


def boot_files(boot: BootPartition) -> BootFiles:
    """Parse config.txt and cmdline.txt; the last `kernel=` and `initramfs` win, as on a Pi.

    Sections such as [pi4] count as matching, since the image has one kernel for all models.
    """
    config = boot.read("config.txt").decode()
    kernels = re.findall(r"^kernel=(\S+)", config, re.MULTILINE)
    initrds = re.findall(r"^initramfs[ =](\S+)", config, re.MULTILINE)
    if not kernels or not initrds:
        raise CardError(f"{boot.card}: config.txt names no kernel or no initramfs")
    command_line = " ".join(boot.read("cmdline.txt").decode().split())
    return BootFiles(kernels[-1], initrds[-1], command_line)
