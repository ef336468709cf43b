"""The flashed card has the content of the image, with clean file systems."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from rig.card import FAT_TYPES, Partition, partitions

BLOCK_BYTES = 1 << 20


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def partition_file(image: Path, partition: Partition, target: Path) -> Path:
    """Return a copy of one partition, for programs that accept no offset."""
    with image.open("rb") as source, target.open("wb") as copy:
        source.seek(partition.start_bytes)
        left_bytes = partition.size_bytes
        while left_bytes:
            block = source.read(min(BLOCK_BYTES, left_bytes))
            if block.strip(b"\0"):
                copy.write(block)
            else:
                copy.seek(len(block), 1)
            left_bytes -= len(block)
        copy.truncate(partition.size_bytes)
    return target


def test_bmaptool_and_dd_write_the_same_bytes(image: Path, tmp_path: Path) -> None:
    block_map = image.with_suffix(".bmap")
    if not block_map.is_file():
        pytest.skip(f"there is no {block_map.name} beside the image")
    by_map, by_dd = tmp_path / "by-bmaptool", tmp_path / "by-dd"
    answer = run("bmaptool", "copy", "--bmap", str(block_map), str(image), str(by_map))
    assert answer.returncode == 0, answer.stderr
    answer = run("dd", f"if={image}", f"of={by_dd}", "bs=4M", "conv=sparse")
    assert answer.returncode == 0, answer.stderr
    assert sha256(by_map) == sha256(by_dd) == sha256(image)


def test_the_packed_image_unpacks_to_the_same_bytes(image: Path, tmp_path: Path) -> None:
    packed, block_map = Path(f"{image}.xz"), image.with_suffix(".bmap")
    if not packed.is_file() or not block_map.is_file():
        pytest.skip(f"there is no {packed.name} or no {block_map.name} beside the image")
    card = tmp_path / "card"
    answer = run("bmaptool", "copy", "--bmap", str(block_map), str(packed), str(card))
    assert answer.returncode == 0, answer.stderr
    assert sha256(card) == sha256(image)


def test_the_file_systems_are_clean(image: Path, tmp_path: Path) -> None:
    checked = []
    for number, partition in enumerate(partitions(image)):
        is_fat = partition.type.lower() in FAT_TYPES
        check = ["fsck.vfat", "-n"] if is_fat else ["e2fsck", "-fn"]
        file = partition_file(image, partition, tmp_path / f"partition{number}")
        answer = run(*check, str(file))
        assert answer.returncode == 0, f"partition {number}: {answer.stdout}{answer.stderr}"
        checked.append(check[0])
    assert checked[0] == "fsck.vfat"
    assert "e2fsck" in checked
