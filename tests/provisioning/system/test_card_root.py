"""The state of a card's root file system, and the request to unlock it."""

from pathlib import Path

import pytest

from netrelay.provisioning.system.card_root import read_card_root, unlock_once


def test_a_machine_without_a_card_has_none(tmp_path: Path) -> None:
    assert read_card_root(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("closed\n", "closed", ""),
        ("unlocked\n", "unlocked", ""),
        ("open: overlayfs cannot be mounted\n", "open", "overlayfs cannot be mounted"),
    ],
)
def test_the_mode_is_what_the_initrd_wrote(tmp_path: Path, text: str, mode: str, why: str) -> None:
    (tmp_path / "mode").write_text(text)
    (tmp_path / "root").mkdir()
    root = read_card_root(tmp_path)
    assert root is not None
    assert (root.mode, root.why, root.is_read_only) == (mode, why, mode == "closed")
    assert 0 <= root.memory_part <= 1
    assert root.damage == ""


def test_unlocking_needs_the_partition(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(FileNotFoundError, match="is not mounted"):
        unlock_once(tmp_path)
    assert list((tmp_path / "data").iterdir()) == []
