"""What is opened below a directory is in it: no link on the way is followed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.disk.descriptors import open_beneath, open_directory, opened_directory


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[int]:
    """Yield a descriptor of a directory with a file two levels down, and links to it."""
    (tmp_path / "top" / "a" / "b").mkdir(parents=True)
    (tmp_path / "top" / "a" / "b" / "file").write_bytes(b"content")
    (tmp_path / "top" / "link").symlink_to("a")
    (tmp_path / "top" / "a" / "b" / "link").symlink_to("file")
    os.mkfifo(tmp_path / "top" / "fifo")
    with opened_directory(tmp_path / "top") as descriptor:
        yield descriptor


def open_count() -> int:
    """Return the number of descriptors that this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_file_below_is_opened(directory: int) -> None:
    before = open_count()
    descriptor = open_beneath(directory, b"a/b/file", os.O_RDONLY)
    assert os.read(descriptor, 100) == b"content"
    os.close(descriptor)
    assert open_count() == before


@pytest.mark.parametrize("path", [b"link/b/file", b"a/b/link", b"a/missing/file", b"a/b/file/x"])
def test_a_link_on_the_way_is_not_followed(directory: int, path: bytes) -> None:
    before = open_count()
    with pytest.raises(OSError, match=r"Not a directory|symbolic links|No such file"):
        open_beneath(directory, path, os.O_RDONLY)
    assert open_count() == before


def test_a_fifo_does_not_block(directory: int) -> None:
    os.close(open_beneath(directory, b"fifo", os.O_RDONLY))


def test_a_link_is_no_directory(directory: int) -> None:
    with pytest.raises(NotADirectoryError):
        open_directory("link", directory)
    os.close(open_directory("a", directory))
