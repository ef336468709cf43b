"""A fingerprint differs for another or a changed file; kinds of inodes have names."""

import os
import socket
from pathlib import Path

from netrelay.disk.inodes import fingerprint, kind_of_file


def test_a_fingerprint_tells_files_and_changes_apart(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        path.write_bytes(b"1")
        os.utime(path, ns=(5, 5))
    prints = [fingerprint(path.lstat()) for path in (first, second)]
    os.utime(first, ns=(6, 6))
    prints.append(fingerprint(first.lstat()))
    first.write_bytes(b"12")
    prints.append(fingerprint(first.lstat()))
    assert len(set(prints)) == 4
    status = second.lstat()
    assert fingerprint(status) == f"{status.st_ino}:1:5:{status.st_ctime_ns}"


def test_the_kind_of_a_file_is_named(short_path: Path) -> None:
    (short_path / "file").touch()
    (short_path / "directory").mkdir()
    (short_path / "link").symlink_to("directory")
    os.mkfifo(short_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(short_path / "socket"))
    kinds = {path.name: kind_of_file(path.lstat().st_mode) for path in short_path.iterdir()}
    assert kinds == {
        "file": "a file",
        "directory": "a directory",
        "link": "a symbolic link",
        "fifo": "a FIFO",
        "socket": "a socket",
    }
    assert kind_of_file(Path("/dev/null").stat().st_mode) == "a device"
