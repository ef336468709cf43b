"""A tree is removed whatever others do to it meanwhile, and nothing else is."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netrelay.disk.removal import remove_entry, remove_tree
from tests.disk.exchange import Exchanger


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def test_a_tree_is_removed_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    (tmp_path / "tree" / "inner").mkdir(parents=True)
    (tmp_path / "tree" / "inner" / "link").symlink_to(tmp_path / "other")
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "other" / "file")
    remove_tree(tmp_path / "tree")
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    assert (tmp_path / "other" / "file").exists()


def test_a_link_is_no_tree_to_remove(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    (tmp_path / "link").symlink_to("other")
    with pytest.raises(NotADirectoryError):
        remove_tree(tmp_path / "link")
    assert (tmp_path / "other" / "file").exists()


def test_whatever_has_the_name_is_removed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("kept")
    (tmp_path / "directory" / "inner").mkdir(parents=True)
    os.mkfifo(tmp_path / "fifo")
    for name in ("file", "link", "directory", "fifo", "missing"):
        remove_entry(tmp_path / name)
    assert names_in(tmp_path) == ["kept"]


def test_names_are_below_the_open_folder(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        (tmp_path / "file").touch()
        remove_entry("file", folder)
        remove_tree("a", folder)
    finally:
        os.close(folder)
    assert names_in(tmp_path) == []


@contextmanager
def descriptors_limited_to(count: int) -> Iterator[None]:
    """Lower the limit of open descriptors in the block."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_depth_of_a_tree_does_not_matter(tmp_path: Path) -> None:
    """1,500 levels: more than descriptors, stack frames of Python and bytes of a path allow."""
    (tmp_path / "tree").mkdir()
    within = os.open(tmp_path / "tree", os.O_RDONLY)
    for _ in range(1500):
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=within))
        os.mkdir("deeper", dir_fd=within)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=within)
        os.close(within)
        within = inner
    os.close(within)
    try:
        with descriptors_limited_to(len(names_in(Path("/proc/self/fd"))) + 28):
            remove_tree(tmp_path / "tree")
    finally:
        is_gone = not (tmp_path / "tree").exists()
        # pytest could not remove what is left of it.
        subprocess.run(["rm", "-rf", tmp_path / "tree"], check=True)
    assert is_gone


@pytest.mark.parametrize("calls", [["open"], ["open", "rmdir"], ["scandir"]])
def test_a_directory_that_is_exchanged_for_a_link_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    victim = tmp_path / "victim"
    (victim / "deep").mkdir(parents=True)
    (victim / "file").touch()
    (tmp_path / "tree" / "inner" / "more").mkdir(parents=True)
    (tmp_path / "tree" / "inner" / "file").touch()
    (tmp_path / "link").symlink_to(victim)
    attacker = Exchanger(tmp_path / "tree" / "inner", tmp_path / "link")
    with monkeypatch.context() as patched:
        attacker.attack(patched, *calls)
        remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    assert names_in(victim) == ["deep", "file"]
    # Calls that take a descriptor instead of the name have nothing to exchange.
    assert attacker.count > 0 or calls == ["scandir"]
