"""The bytes of objects: files that are compared while they are read, directories as archives."""

import io
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from blake3 import blake3

from netrelay.core.directory_stream import Entry, EntryKind, encode_end, encode_entry
from netrelay.landing.object_body import READ_BYTES, FileBody, ObjectBody, TarBody
from netrelay.landing.store_error import BodyChangedError

CONTENT = os.urandom(3 * READ_BYTES + 7)


def read_all(body: ObjectBody) -> bytes:
    found = b""
    while len(found) < body.size_bytes:
        found += body.read(len(found), READ_BYTES)
    return found


def file_body(folder: Path, content: bytes, came: bytes) -> FileBody:
    path = folder / "staged"
    path.write_bytes(content)
    return FileBody(path, blake3(came).digest())


@pytest.mark.parametrize("content", [CONTENT, b"", b"x"])
def test_a_file_that_is_what_came_passes(tmp_path: Path, content: bytes) -> None:
    body = file_body(tmp_path, content, content)
    body.read(0, 5)  # read again from the beginning, as a repeated request does
    body.read(0, 0)
    assert read_all(body) == content
    body.check()
    body.close()


def test_one_byte_that_differs_is_noticed(tmp_path: Path) -> None:
    body = file_body(tmp_path, CONTENT, CONTENT[:-1] + bytes((CONTENT[-1] ^ 1,)))
    read_all(body)
    with pytest.raises(BodyChangedError):
        body.check()


def test_what_was_not_read_to_its_end_is_not_checked(tmp_path: Path) -> None:
    body = file_body(tmp_path, CONTENT, CONTENT)
    body.read(0, READ_BYTES)
    with pytest.raises(BodyChangedError):
        body.check()


def test_a_file_that_is_cut_short_is_noticed(tmp_path: Path) -> None:
    body = file_body(tmp_path, CONTENT, CONTENT)
    os.truncate(tmp_path / "staged", 5)
    with pytest.raises(BodyChangedError):
        read_all(body)


def test_a_missing_file_and_a_link_are_no_body(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileBody(tmp_path / "none", bytes(32))
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match=r"."):
        FileBody(tmp_path / "link", bytes(32))


def test_a_directory_is_an_archive_that_any_tar_reads(tmp_path: Path) -> None:
    long_name = b"deep/" + "é".encode() * 120
    large = os.urandom(2 * READ_BYTES + 1)
    entries = (
        (Entry(EntryKind.DIRECTORY, b"deep", 5_000_000_000, 0), b""),
        (Entry(EntryKind.FILE, b"deep/a", 7_000_000_000, len(large)), large),
        (Entry(EntryKind.FILE, b"deep/b", -5, 0), b""),
        (Entry(EntryKind.FILE, long_name, 2**62, 3), b"end"),
    )
    stream = b"".join(encode_entry(entry) + content for entry, content in entries)
    (tmp_path / "staged").write_bytes(stream + encode_end(len(entries)))
    body = TarBody(tmp_path / "staged")
    archive = read_all(body)
    body.check()
    assert body.read(body.size_bytes, 5) == b""
    # In any pieces, as parts of an upload are read.
    assert body.read(700, 3) == archive[700 : 700 + len(body.read(700, 3))]
    body.close()
    with tarfile.open(fileobj=io.BytesIO(archive)) as read:
        found = {each.name: each for each in read}
        assert list(found) == ["deep", "deep/a", "deep/b", os.fsdecode(long_name)]
        assert found["deep"].isdir()
        file = read.extractfile("deep/a")
        assert file is not None
        assert file.read() == large
        assert [each.mtime for each in found.values()] == [5, 7, 0, 2**62 // 10**9]


def test_a_stream_that_is_malformed_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "staged").write_bytes(b"nonsense")
    with pytest.raises(BodyChangedError):
        TarBody(tmp_path / "staged")


def test_an_entry_takes_few_bytes_of_memory(tmp_path: Path) -> None:
    """A source may send 65,536 of them, and several directories land at once."""
    entries = [Entry(EntryKind.FILE, b"%08d" % number, 0, 0) for number in range(5000)]
    stream = b"".join(map(encode_entry, entries)) + encode_end(len(entries))
    (tmp_path / "staged").write_bytes(stream)
    tracemalloc.start()
    body = TarBody(tmp_path / "staged")
    kept_bytes = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    body.close()
    assert kept_bytes < 24 * len(entries)
