"""A file is replaced atomically: content flushed before its name; unchanged files not at all."""

import os
from pathlib import Path

import pytest

from netrelay.disk.replacement import put_in_place, replace_file


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the flushes and renames in their order, filled while the test runs."""
    noted: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def flush(descriptor: int) -> None:
        fsync(descriptor)
        noted.append(f"flush {Path(f'/proc/self/fd/{descriptor}').readlink().name}")

    def note_rename(source: Path, target: Path) -> Path:
        noted.append(f"rename {source.name} {target.name}")
        return rename(source, target)

    monkeypatch.setattr("os.fsync", flush)
    monkeypatch.setattr(Path, "rename", note_rename)
    return noted


def test_a_finished_file_is_flushed_before_its_name(tmp_path: Path, calls: list[str]) -> None:
    (tmp_path / "unfinished").write_bytes(b"1")
    put_in_place(tmp_path / "unfinished", tmp_path / "name")
    assert calls == ["flush unfinished", "rename unfinished name", f"flush {tmp_path.name}"]
    assert (tmp_path / "name").read_bytes() == b"1"


def test_content_is_flushed_before_its_name(tmp_path: Path, calls: list[str]) -> None:
    path = tmp_path / "name"
    path.write_bytes(b"old")
    assert replace_file(path, b"new", 0o600)
    unfinished = ".name.unfinished"
    assert calls == [f"flush {unfinished}", f"rename {unfinished} name", f"flush {tmp_path.name}"]
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_right_already_is_not_written(tmp_path: Path, calls: list[str]) -> None:
    path = tmp_path / "name"
    assert replace_file(path, b"1", 0o640)
    calls.clear()
    assert not replace_file(path, b"1", 0o640)
    assert not replace_file(path, b"1", None)
    assert calls == []
    assert replace_file(path, b"1", 0o600)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_a_power_cut_left_beside_it_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".name.unfinished").write_bytes(b"half")
    assert replace_file(tmp_path / "name", b"whole", None)
    assert [path.name for path in tmp_path.iterdir()] == ["name"]
