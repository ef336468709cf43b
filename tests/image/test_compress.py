"""The compressed image: one file for every tool, the same bytes each time, nothing done twice."""

import io
import lzma
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from image import compress


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut often."""
    monkeypatch.setattr(compress, "PIECE_BYTES", 4096)


def packed(content: bytes, cache: Path) -> bytes:
    output = io.BytesIO()
    compress.compress_image(io.BytesIO(content), cache, output)
    return output.getvalue()


def test_it_unpacks_to_what_it_was(tmp_path: Path) -> None:
    content = os.urandom(10_000) + bytes(20_000) + b"end"
    made = packed(content, tmp_path / "cache")
    assert lzma.decompress(made) == content
    if shutil.which("xz"):
        done = subprocess.run(["xz", "-dc"], input=made, capture_output=True, check=True)
        assert done.stdout == content
    assert packed(content, tmp_path / "another") == made


def test_only_what_changed_is_compressed(tmp_path: Path) -> None:
    content = b"".join(bytes([number]) * 4096 for number in range(8))
    packed(content, tmp_path)
    changed = content[:4096] + bytes([99]) * 4096 + content[8192:]
    before = set(tmp_path.iterdir())
    assert lzma.decompress(packed(changed, tmp_path)) == changed
    assert len(set(tmp_path.iterdir()) - before) == 1


def test_what_no_build_used_for_a_month_is_removed(tmp_path: Path) -> None:
    packed(b"old" * 100, tmp_path)
    (old,) = tmp_path.iterdir()
    os.utime(old, (1, 1))
    packed(b"new" * 100, tmp_path)
    assert old not in set(tmp_path.iterdir())
