"""Byte code kept between builds is what a compiler would write, and is taken for current."""

import compileall
import os
import py_compile
import sys
from pathlib import Path

import pytest

from image import byte_code


@pytest.fixture
def tag(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the cards' Python be the one of this test."""
    monkeypatch.setattr(byte_code, "TAG", str(sys.implementation.cache_tag))


def make(root: Path, text: str, time_s: int) -> Path:
    source = root / "usr/lib/netrelay/lib/module.py"
    source.parent.mkdir(parents=True)
    source.write_text(text)
    os.utime(source, (time_s, time_s))
    return source


@pytest.mark.usefixtures("tag")
def test_a_younger_copy_of_a_source_is_not_compiled_again(tmp_path: Path) -> None:
    old, new, cache = tmp_path / "old", tmp_path / "new", tmp_path / "cache"
    mode = py_compile.PycInvalidationMode.TIMESTAMP
    compiled = Path(
        py_compile.compile(str(make(old, "x = 1\n", 1000)), invalidation_mode=mode) or ""
    )
    assert byte_code.save(old, cache) == 1
    assert byte_code.save(old, cache) == 0
    source = make(new, "x = 1\n", 2000)
    assert byte_code.restore(new, cache) == 1
    restored = source.parent / "__pycache__" / compiled.name
    assert restored.read_bytes()[16:] == compiled.read_bytes()[16:]
    before = restored.stat().st_mtime_ns
    assert compileall.compile_file(source, quiet=1, invalidation_mode=mode)
    assert restored.stat().st_mtime_ns == before


@pytest.mark.usefixtures("tag")
def test_another_source_gets_nothing(tmp_path: Path) -> None:
    old, new, cache = tmp_path / "old", tmp_path / "new", tmp_path / "cache"
    mode = py_compile.PycInvalidationMode.TIMESTAMP
    py_compile.compile(str(make(old, "x = 1\n", 1000)), invalidation_mode=mode)
    byte_code.save(old, cache)
    make(new, "x = 2\n", 1000)
    assert byte_code.restore(new, cache) == 0
