"""Hashes of files that come in pieces: those in order are stored, and no others."""

import os

import pytest
from blake3 import blake3

from netrelay.core.words import Refusal
from netrelay.store.coming_files import complete_files
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import SEGMENT, SIZE, Message, Pair, Sent, frame_of, refusals


def pieces_of(pair: Pair, content: bytes) -> list[Sent]:
    """Let the destination take the manifest of a file; return the frames of its pieces."""
    pair.source.drop_file(pair.destination, b"name", content)
    for sent in pair.source.fill(pair.destination):
        (judged,) = pair.destination.take(pair.source, [sent.payload])
        pair.source.conclude(sent, judged)
    return pair.source.fill(pair.destination)


def hashes(pair: Pair) -> list[object]:
    return [each for (each,) in pair.destination.rows("SELECT hash FROM content_hashes")]


def known(pair: Pair) -> list[bytes | None]:
    """Return the hashes that exporter knows of complete files without reading them."""
    return [each.content_hash for each in complete_files(pair.destination.databases["exporter"], 8)]


@pytest.mark.parametrize("is_one_batch", [True, False])
def test_a_file_that_comes_in_order_is_not_read_again(pair: Pair, is_one_batch: bool) -> None:
    content = os.urandom(3 * SIZE)
    payloads = [sent.payload for sent in pieces_of(pair, content)]
    assert len(payloads) > 2
    for batch in [payloads] if is_one_batch else [[each] for each in payloads]:
        pair.destination.take(pair.source, batch)
    assert hashes(pair) == [blake3(content).digest()]
    assert known(pair) == [blake3(content).digest()]
    pair.destination.deliver()
    assert pair.destination.inbox(pair.source) == {"name": content}
    assert hashes(pair) == [], "it is needed no longer"


def test_a_file_whose_pieces_overtake_each_other_is_read(pair: Pair) -> None:
    content = os.urandom(3 * SIZE)
    first, second, *others = [sent.payload for sent in pieces_of(pair, content)]
    pair.destination.take(pair.source, [second, first, *others])
    assert hashes(pair) == []
    assert known(pair) == [None]


def test_a_file_of_which_a_process_before_wrote_a_part_is_read(pair: Pair) -> None:
    content = os.urandom(3 * SIZE)
    first, *others = [sent.payload for sent in pieces_of(pair, content)]
    pair.destination.take(pair.source, [first])
    pair.destination.start_destination()
    pair.destination.refresh()
    pair.destination.take(pair.source, others)
    assert hashes(pair) == []
    assert known(pair) == [None]
    pair.destination.deliver()
    assert pair.destination.inbox(pair.source) == {"name": content}


def test_a_batch_that_is_refused_stores_no_hash(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last piece was hashed, and its row was not made: it comes again."""
    content = os.urandom(3 * SIZE)
    *others, last = [sent.payload for sent in pieces_of(pair, content)]
    pair.destination.take(pair.source, others)
    with monkeypatch.context() as context:

        def fail(*_arguments: object) -> None:
            raise OSError(5, "Input/output error")

        context.setattr("os.fsync", fail)
        refused = refusals(pair.destination.take(pair.source, [last]))
    assert refused == [Refusal.NO_ROOM]
    assert hashes(pair) == []
    pair.destination.take(pair.source, [last])
    assert hashes(pair) == [], "it cannot be known what the disk holds of the piece before"
    pair.destination.deliver()
    assert pair.destination.inbox(pair.source) == {"name": content}


def test_a_write_that_fails_ends_the_hash_of_what_it_overwrites(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may have taken a part of a piece that lies across one which was hashed."""
    hostile, content, other = Hostile(pair.source, pair.destination), os.urandom(2 * SIZE), b"other"

    def take(piece: Message) -> list[Refusal | None]:
        return refusals(pair.destination.take(pair.source, [frame_of(piece)]))

    def write_a_part(descriptor: int, offset: int, data: memoryview) -> None:
        os.pwrite(descriptor, data[: len(other)], offset)
        raise OSError(5, "Input/output error")

    assert take(hostile.manifest(2 * SIZE)) == [None]
    assert take(hostile.chunk(0, content[:SIZE], 2 * SIZE)) == [None]
    across = other + content[SEGMENT + len(other) : 3 * SEGMENT]
    with monkeypatch.context() as context:
        context.setattr("netrelay.transfer.staging._write", write_a_part)
        assert take(hostile.chunk(SEGMENT, across, 2 * SIZE)) == [Refusal.NO_ROOM]
    assert take(hostile.chunk(SIZE, content[SIZE:], 2 * SIZE)) == [None]
    assert known(pair) == [None]
    pair.destination.deliver()
    assert pair.destination.inbox(pair.source)["name"][SEGMENT:].startswith(other)


def test_a_hash_goes_with_the_bytes_that_are_asked_for_again(pair: Pair) -> None:
    """What comes then, and in another order, may be something else."""
    hostile, content, other = Hostile(pair.source, pair.destination), os.urandom(SIZE), bytes(SIZE)
    manifest = hostile.manifest(SIZE)
    pair.destination.take(pair.source, [frame_of(manifest)])
    (staged,) = pair.destination.home.staging.iterdir()
    staged.unlink()
    pair.destination.take(pair.source, [frame_of(hostile.chunk(0, content, SIZE))])
    assert pair.destination.rows("SELECT * FROM ranges") == []
    assert hashes(pair) == []
    for offset in (SEGMENT, 0):
        piece = hostile.chunk(offset, other[offset : offset + SEGMENT], SIZE)
        pair.destination.take(pair.source, [frame_of(piece)])
    assert known(pair) == [None]
