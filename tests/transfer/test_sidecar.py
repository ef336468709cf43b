"""Sidecars: two keys, and an error that names every mistake."""

import os
from pathlib import Path

import pytest

from netrelay.store.wishes import Wish
from netrelay.transfer.sidecar import SidecarError, read_sidecar, sidecar_of, subject_of


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("", Wish(None, None)),
        ("priority = 0", Wish(0, None)),
        ("lifetime_s = 60", Wish(None, 60)),
        ("priority = 9\nlifetime_s = 315360000\n", Wish(9, 315_360_000)),
    ],
)
def test_its_options_are_read(tmp_path: Path, text: str, wish: Wish) -> None:
    (tmp_path / "a").write_text(text)
    assert read_sidecar(tmp_path / "a") == wish


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("priority = 10", "priority is 10; allowed: 0 to 9"),
        ("priority = true", "priority is True; allowed: 0 to 9"),
        ('lifetime_s = "1d"', "lifetime_s is '1d'; allowed: 60 to 315360000"),
        ("lifetime_s = 59", "lifetime_s is 59; allowed: 60 to 315360000"),
        ("ttl = 60", "'ttl' is no key; allowed: priority, lifetime_s"),
        ("[priority]", "priority is {}; allowed: 0 to 9"),
        ("priority", "it cannot be read, line 1: "),
        ("\npriority = urgent", "it cannot be read, line 2: priority is urgent; allowed: 0 to 9"),
        ("#" * 5_000, "it has more than 4096 bytes"),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a").write_text(text)
    with pytest.raises(SidecarError) as caught:
        read_sidecar(tmp_path / "a")
    assert words in str(caught.value)


def test_its_name_contains_the_name_of_its_file() -> None:
    assert subject_of(sidecar_of(b"a.txt")) == b"a.txt"
    assert subject_of(b"a.txt") is None
    assert subject_of(b".netrelay.toml") is None


def test_only_a_file_is_read(tmp_path: Path) -> None:
    """Whoever wrote it may put something else in its place before it is opened."""
    (tmp_path / "file").write_text("priority = 0")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "fifo")
    for name, words in (("link", "symbolic links"), ("fifo", "it is a FIFO"), (".", "directory")):
        with pytest.raises(SidecarError, match=words):
            read_sidecar(tmp_path / name)
