"""Holes: only whole blocks of zeros, and the rest of the file stays as it is."""

import os
import platform
from pathlib import Path

import pytest

from netrelay.disk import holes
from netrelay.disk.holes import HOLE_BYTES, make_hole, zero_runs

B = HOLE_BYTES


@pytest.mark.parametrize(
    ("data", "runs"),
    [
        (b"", []),
        (bytes(B - 1), []),
        (bytes(B), [(0, B)]),
        (bytes(3 * B + 5), [(0, 3 * B)]),
        (b"\x01" + bytes(2 * B - 1), [(B, 2 * B)]),
        (bytes(B - 1) + b"\x01" + bytes(B), [(B, 2 * B)]),
        (bytes(B // 2) + b"\x01" + bytes(B // 2 - 1) + bytes(B), [(B, 2 * B)]),
        (bytes(B) + b"\x01" * B + bytes(B), [(0, B), (2 * B, 3 * B)]),
    ],
)
def test_the_blocks_that_hold_zeros_only(data: bytes, runs: list[tuple[int, int]]) -> None:
    assert zero_runs(memoryview(data)) == runs


def test_a_hole_takes_no_room_and_keeps_the_size(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 4 * B)
    with path.open("r+b") as file:
        os.fsync(file.fileno())
        before = path.stat().st_blocks
        make_hole(file.fileno(), B, 2 * B)
    assert path.read_bytes() == b"x" * B + bytes(2 * B) + b"x" * B
    assert path.stat().st_blocks == before - 2 * B // 512


def test_a_hole_beyond_4_gib_is_made_there(tmp_path: Path) -> None:
    offset = (4 << 30) + B
    path = tmp_path / "file"
    with path.open("w+b") as file:
        for place in (B, offset):
            os.pwrite(file.fileno(), b"x" * B, place)
        make_hole(file.fileno(), offset, B)
        assert os.pread(file.fileno(), B, B) == b"x" * B
        assert os.pread(file.fileno(), B, offset) == bytes(B)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have one function")
def test_offsets_have_64_bits_on_machines_of_32() -> None:
    assert holes._FALLOCATE.__name__ == "fallocate64"
