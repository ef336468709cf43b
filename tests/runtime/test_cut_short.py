"""The mark of a running process: only an end without a word leaves it."""

from pathlib import Path

import pytest

from netrelay.runtime import cut_short
from netrelay.runtime.cut_short import mark_end, mark_start


def test_only_a_process_that_left_its_mark_was_cut_short(tmp_path: Path) -> None:
    assert not mark_start(tmp_path, "sender")
    assert mark_start(tmp_path, "sender")
    assert not mark_start(tmp_path, "receiver")
    mark_end(tmp_path, "sender")
    assert not mark_start(tmp_path, "sender")


def test_a_cut_of_the_power_is_no_such_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark_start(tmp_path, "sender")
    monkeypatch.setattr(cut_short, "boot_id", lambda: "another")
    assert not mark_start(tmp_path, "sender")
    assert mark_start(tmp_path, "sender")


def test_a_runtime_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    assert not mark_start(tmp_path / "gone", "sender")
    mark_end(tmp_path / "gone", "sender")
