"""A small card image: a partition table and a FAT with netrelay.toml, created by mtools."""

import shutil
import subprocess
from pathlib import Path

import pytest

from netrelay.provisioning.card.boot_template import boot_template

_START_SECTORS, _SECTOR_BYTES = 2048, 512
_FAT_BYTES = 8 * 1024 * 1024

needs_mtools = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("mcopy", "mformat")),
    reason="mtools is not installed",
)


def make_image(path: Path) -> Path:
    """Create an image that begins like that of netrelay: an MBR, and a FAT with the boot file."""
    entry = bytes([0, 0, 0, 0, 0x0C, 0, 0, 0])
    entry += _START_SECTORS.to_bytes(4, "little")
    entry += (_FAT_BYTES // _SECTOR_BYTES).to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(bytes(446) + entry + bytes(48) + b"\x55\xaa")
        file.truncate(_START_SECTORS * _SECTOR_BYTES + _FAT_BYTES)
    sectors = str(_FAT_BYTES // _SECTOR_BYTES)
    _mtool(path, "mformat", "-T", sectors, "-v", "BOOT", "::")
    _mtool(path, "mcopy", "-", "::netrelay.toml", given=boot_template().encode())
    return path


def unpack(image: Path, folder: Path) -> None:
    """Copy all files of the FAT into a folder."""
    _mtool(image, "mcopy", "-s", "-n", "::*", str(folder))


def _mtool(image: Path, tool: str, *words: str, given: bytes = b"") -> None:
    offset = _START_SECTORS * _SECTOR_BYTES
    subprocess.run(
        [tool, "-i", f"{image}@@{offset}", *words], input=given, check=True, capture_output=True
    )
