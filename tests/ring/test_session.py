"""The files of a generation: creation, and refusal of files that differ from what was announced."""

import os
from pathlib import Path

import pytest

from netrelay.ring.layout import SHARED_HEADER
from netrelay.ring.session import ChannelNames, create_session, open_session
from netrelay.ring.shared_file import SharedFileError

from .pair import SLOT_BYTES


def names_in(directory: Path) -> ChannelNames:
    return ChannelNames(directory, "processor_s", "sender", "processor_s")


@pytest.mark.parametrize(
    ("file", "offset", "content"),
    [
        ("processor_s--sender.ring", 0, b"X"),
        ("processor_s--sender.ring", 8, b"\0\0\0\0\0\0\0\0"),
        ("sender--processor_s.ring", 16, b"\1"),
        ("sender--processor_s.ring", 20, b"\1"),
        ("processor_s--sender.slots", 0, b"NRRING03"),
        ("processor_s--sender.slots", 16, b"\0\0\0\0"),
        ("processor_s--sender.slots", 16, b"\5"),
        ("processor_s--sender.slots", 20, b"\1"),
    ],
)
def test_an_invalid_header_is_refused(
    directory: Path, file: str, offset: int, content: bytes
) -> None:
    names = names_in(directory)
    made = create_session(names, 4, SLOT_BYTES)
    assert open_session(names, made.generation).generation == made.generation
    with (directory / file).open("r+b") as opened:
        opened.seek(offset)
        opened.write(content)
    with pytest.raises(SharedFileError, match=file):
        open_session(names, made.generation)


@pytest.mark.parametrize("length_bytes", [0, SHARED_HEADER.size - 1, SHARED_HEADER.size, 4096])
@pytest.mark.parametrize("file", ["processor_s--sender.ring", "processor_s--sender.slots"])
def test_a_file_of_another_length_is_refused(directory: Path, file: str, length_bytes: int) -> None:
    names = names_in(directory)
    made = create_session(names, 4, SLOT_BYTES)
    os.truncate(directory / file, length_bytes)
    with pytest.raises(SharedFileError, match=file):
        open_session(names, made.generation)


def test_a_symlink_in_place_of_a_file_is_replaced(directory: Path) -> None:
    names = names_in(directory)
    precious = directory / "precious"
    precious.write_bytes(b"precious")
    names.slots.symlink_to(precious)
    create_session(names, 4, SLOT_BYTES)
    assert precious.read_bytes() == b"precious"
    assert not names.slots.is_symlink()


def test_a_full_file_system_is_an_error_that_names_the_file(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.statvfs(directory)
    full = os.statvfs_result((*real[:4], 3, *real[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _path: full)
    with pytest.raises(OSError, match=r"processor_s--sender\.slots: .* bytes of slots, but"):
        create_session(names_in(directory), 4, SLOT_BYTES)


def test_generations_fit_an_sqlite_integer_and_differ(directory: Path) -> None:
    names = names_in(directory)
    generations = {create_session(names, 1, SLOT_BYTES).generation for _ in range(5)}
    assert len(generations) == 5
    assert all(0 < generation < 1 << 63 for generation in generations)
