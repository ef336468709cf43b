"""Files on a medium that is torn, exchanged, or written by somebody else."""

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from netrelay.core.header import (
    NO_SALT,
    SUITE_NONE,
    EndToEnd,
    Hop,
    encode_end_to_end,
    encode_hop,
)
from netrelay.core.medium_file import MEDIUM_HEADER_BYTES, MediumKind
from netrelay.core.message_frames import MessagesWriter
from netrelay.core.message_names import MessageName, decode_names
from netrelay.core.words import MessageType, WireError
from netrelay.disk.medium_folder import FOLDER, MediumFolder
from netrelay.seal.identity import Identity, create
from netrelay.transfer.medium_acknowledgements import needs_acknowledgement, write_acknowledgements
from netrelay.transfer.medium_output import MediumOutput
from netrelay.transfer.medium_reader import (
    NotOfMediumError,
    UnknownWriterError,
    opened_medium_file,
)
from netrelay.transfer.medium_stock import keep_of_use, own_files

READER = "b" * 32
# A campaign has 100,000 (docs/development.md).
FUZZED = int(os.environ.get("NETRELAY_FUZZED_MEDIA", "300"))


class Medium(NamedTuple):
    """A folder of a medium, who writes there, and the folder's path."""

    folder: MediumFolder
    writer: Identity
    path: Path

    @property
    def known(self) -> dict[str, bytes]:
        return {self.writer.node_id: self.writer.certificate_der}

    def parts(self, name: str) -> list[bytes | None]:
        with opened_medium_file(self.folder, name, self.known) as file:
            return list(file.parts())


@pytest.fixture
def medium(tmp_path: Path) -> Iterator[Medium]:
    folder = MediumFolder.opened(tmp_path, is_made=True)
    yield Medium(folder, create(tmp_path / "keys"), tmp_path / FOLDER)
    folder.close()


def frame(writer: str, sequence: int, length: int = 40_000) -> bytes:
    """Return a frame with one receipt, as far as headers go."""
    view = memoryview(bytearray(70_000))
    messages = MessagesWriter(view, 65536)
    head = encode_end_to_end(
        EndToEnd(
            *(SUITE_NONE, MessageType.RECEIPT, writer, READER, bytes([7] * 8), sequence),
            *(1, 0, 60, 1, b""),
        )
    )
    messages.reserve(head, length)[:] = os.urandom(length)
    messages.finish_message(encode_hop(Hop(0, length, NO_SALT, bytes(32), 0, 0)))
    return bytes(view[: messages.finish()])


def written(medium: Medium, *frames: bytes) -> str:
    output = MediumOutput(medium.folder, medium.writer, READER)
    for each in frames:
        output.append(each)
    output.complete(MediumKind.MESSAGES)
    return medium.folder.names()[-1]


def test_what_was_written_is_read(medium: Medium) -> None:
    frames = [frame(medium.writer.node_id, number) for number in range(3)]
    name = written(medium, *frames)
    assert medium.parts(name) == frames
    with opened_medium_file(medium.folder, name, medium.known) as file:
        assert (file.header.writer, file.header.addressee) == (medium.writer.node_id, READER)
        assert file.is_whole
        assert {each.sequence for each in file.names()} == {0, 1, 2}


def test_of_a_torn_file_what_is_before_the_tear_is_whole(medium: Medium) -> None:
    frames = [frame(medium.writer.node_id, number) for number in range(4)]
    name = written(medium, *frames)
    path = medium.path / name
    whole = path.read_bytes()
    for _ in range(20):
        left = random.randrange(MEDIUM_HEADER_BYTES, len(whole))
        path.write_bytes(whole[:left])
        ends = [
            MEDIUM_HEADER_BYTES + sum(map(len, frames[: each + 1])) for each in range(len(frames))
        ]
        expected = [each if end <= left else None for each, end in zip(frames, ends, strict=True)]
        assert medium.parts(name) == expected
    path.write_bytes(whole[: MEDIUM_HEADER_BYTES - 1])
    with pytest.raises(NotOfMediumError):
        medium.parts(name)


def test_a_part_that_was_changed_is_none_and_the_others_count(medium: Medium) -> None:
    frames = [frame(medium.writer.node_id, number) for number in range(3)]
    name = written(medium, *frames)
    path = medium.path / name
    changed = bytearray(path.read_bytes())
    changed[MEDIUM_HEADER_BYTES + len(frames[0]) + 100] ^= 1
    path.write_bytes(changed)
    assert medium.parts(name) == [frames[0], None, frames[2]]


def test_a_writer_that_is_unknown_or_lied_about_is_not_believed(
    medium: Medium, tmp_path: Path
) -> None:
    name = written(medium, frame(medium.writer.node_id, 1))
    with pytest.raises(UnknownWriterError), opened_medium_file(medium.folder, name, {}):
        pass
    other = create(tmp_path / "other")
    lie = {medium.writer.node_id: other.certificate_der}
    with (
        pytest.raises(NotOfMediumError, match="signature"),
        opened_medium_file(medium.folder, name, lie),
    ):
        pass


def test_own_files_stay_while_all_of_them_waits(medium: Medium) -> None:
    first = written(medium, frame(medium.writer.node_id, 1), frame(medium.writer.node_id, 2))
    files = own_files(medium.folder, medium.writer)
    (found,) = files
    assert {each.sequence for each in found.holds} == {1, 2}
    assert keep_of_use(medium.folder, files, found.holds) == [found]
    assert medium.folder.names() == [first]
    fewer = {each for each in found.holds if each.sequence == 1}
    assert keep_of_use(medium.folder, files, fewer) == []
    assert medium.folder.names() == []


def test_a_command_that_writes_no_files_anew_keeps_one_of_which_a_part_waits(
    medium: Medium,
) -> None:
    name = written(medium, frame(medium.writer.node_id, 1), frame(medium.writer.node_id, 2))
    files = own_files(medium.folder, medium.writer)
    fewer = {each for each in files[0].holds if each.sequence == 1}
    assert keep_of_use(medium.folder, files, fewer, is_rewritten=False) == files
    assert medium.folder.names() == [name]
    assert keep_of_use(medium.folder, files, set(), is_rewritten=False) == []
    assert medium.folder.names() == []


def test_a_torn_file_of_its_own_is_of_no_use(medium: Medium) -> None:
    name = written(medium, frame(medium.writer.node_id, 1))
    (found,) = own_files(medium.folder, medium.writer)
    os.truncate(medium.path / name, 30_000)
    files = own_files(medium.folder, medium.writer)
    assert keep_of_use(medium.folder, files, found.holds) == []


def test_acknowledgements_come_back_in_files_of_their_own(medium: Medium) -> None:
    names = [
        MessageName(7, READER, medium.writer.node_id, bytes([9] * 8), number, 1, 0, 0)
        for number in range(2500)
    ]
    write_acknowledgements(medium.folder, medium.writer, READER, names)
    (name,) = medium.folder.names()
    assert own_files(medium.folder, medium.writer) == [], "who they are for removes them"
    said = [each for part in medium.parts(name) if part for each in decode_names(part)]
    assert said == names
    write_acknowledgements(medium.folder, medium.writer, READER, [])
    assert medium.folder.names() == [name]


@pytest.mark.parametrize(
    ("type_", "source", "destination", "total_bytes", "needed"),
    [
        (MessageType.CHUNK, "writer", "own", 5, False),
        (MessageType.MANIFEST, "writer", "own", 5, False),
        (MessageType.MANIFEST, "writer", "own", 0, True),
        (MessageType.CHUNK, "far", "own", 5, True),
        (MessageType.CHUNK, "writer", "far", 5, True),
        (MessageType.RECEIPT, "writer", "own", 0, True),
    ],
)
def test_what_has_a_receipt_needs_no_acknowledgement(
    type_: MessageType, source: str, destination: str, total_bytes: int, needed: bool
) -> None:
    name = MessageName(int(type_), source, destination, b"", 1, 1, 0, 0)
    assert needs_acknowledgement(name, total_bytes, "writer", "own") is needed


def test_any_bytes_are_read_or_refused(medium: Medium) -> None:
    name = written(medium, *(frame(medium.writer.node_id, each, 300) for each in range(3)))
    path = medium.path / name
    whole = path.read_bytes()
    chance = random.Random(20261129)
    for _ in range(FUZZED):
        changed = bytearray(whole)
        for _ in range(chance.randrange(1, 8)):
            # Mostly where lengths and counts are.
            at = chance.choice((chance.randrange(200), chance.randrange(4096, len(whole))))
            changed[at] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
        path.write_bytes(changed[: chance.choice((len(whole), chance.randrange(len(whole))))])
        with (
            suppress(NotOfMediumError, WireError),
            opened_medium_file(medium.folder, name, medium.known) as file,
        ):
            assert len(list(file.parts())) == 3, "its header is signed"
            file.names()
        own_files(medium.folder, medium.writer)
