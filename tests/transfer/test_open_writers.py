"""Files that are open for writing are detected, without a side effect on the writer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from netrelay.disk.descriptors import opened_directory
from netrelay.transfer.open_writers import is_open_for_writing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that no process has open."""
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return path


def test_readers_are_no_writers(path: Path) -> None:
    assert not is_open_for_writing(os.fsencode(path))
    with path.open("rb"):
        assert not is_open_for_writing(os.fsencode(path))


def test_a_writer_is_detected_until_it_closes(path: Path) -> None:
    with path.open("ab"):
        assert is_open_for_writing(os.fsencode(path))
    assert not is_open_for_writing(os.fsencode(path))


def test_a_writer_through_a_hard_link_and_in_another_process_is_detected(path: Path) -> None:
    other = path.with_name("other")
    other.hardlink_to(path)
    program = "import sys; file = open(sys.argv[1], 'ab'); print('open', flush=True); input()"
    writer = subprocess.Popen(
        [sys.executable, "-c", program, os.fspath(other)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    with writer:
        assert writer.stdout.readline() == b"open\n"
        assert is_open_for_writing(os.fsencode(path))
        writer.stdin.close()
    assert not is_open_for_writing(os.fsencode(path))


def test_no_lease_is_left_that_would_delay_a_later_writer(path: Path) -> None:
    assert not is_open_for_writing(os.fsencode(path))
    # A lease that was left would make a non-blocking open fail (open(2), O_NONBLOCK).
    os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def test_a_missing_file_and_a_link_are_errors(path: Path) -> None:
    path.with_name("link").symlink_to(path)
    for name in ("missing", "link"):
        with pytest.raises(OSError, match=name):
            is_open_for_writing(os.fsencode(path.with_name(name)))


def test_a_link_on_the_way_below_a_directory_is_not_followed(path: Path) -> None:
    (path.parent / "inner").mkdir()
    path.rename(path.parent / "inner" / "file")
    (path.parent / "link").symlink_to("inner")
    with opened_directory(path.parent) as directory:
        assert not is_open_for_writing(b"inner/file", directory)
        with pytest.raises(NotADirectoryError):
            is_open_for_writing(b"link/file", directory)
