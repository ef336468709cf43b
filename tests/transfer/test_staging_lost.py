"""An incoming file disappears from the staging folder: nothing incomplete is delivered."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from netrelay.core.words import Refusal
from tests.transfer.carried_row import Row
from tests.transfer.linked_pair import SEGMENT, SIZE, Pair, Sent, refusals


def staged(pair: Pair) -> Path:
    """Return the only staged file."""
    (path,) = pair.destination.home.staging.iterdir()
    return path


@pytest.mark.parametrize("length", [100, 3 * SIZE])
def test_a_file_that_disappears_before_its_delivery_is_given_up_and_logged(
    pair: Pair, length: int
) -> None:
    content = os.urandom(length)
    claimed = pair.source.drop_file(pair.destination, b"name", content)
    pair.send()
    staged(pair).unlink()
    assert pair.destination.deliver() == []
    assert pair.destination.inbox(pair.source) == {}
    pair.answer()
    assert pair.source.states(6) == ["D"]
    reason = pair.source.value("SELECT reason FROM messages WHERE type = 6")
    assert reason == "its destination says: gone"
    # The source still has its copy, so a retry delivers it.
    assert (pair.source.home.path / os.fsdecode(claimed.path)).read_bytes() == content
    pair.source.retry(pair.source.job())
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"name": content}
    assert pair.source.states(6) == ["F"]


def sent_in_part(pair: Pair, content: bytes) -> list[Sent]:
    """Send the manifest and the first chunk of a file; return the frames of the others."""
    pair.source.drop_file(pair.destination, b"name", content)
    # The manifest is sent first and alone; the chunks follow its acknowledgement.
    for sent in pair.source.fill(pair.destination):
        hand_over(pair, sent)
    first, *others = pair.source.fill(pair.destination)
    assert hand_over(pair, first) == {None}
    return others


def hand_over(pair: Pair, sent: Sent) -> set[Refusal | None]:
    """Let the destination take a frame; return what became of its messages."""
    (judged,) = pair.destination.take(pair.source, [sent.payload])
    pair.source.conclude(sent, judged)
    return set(refusals([judged]))


def is_delivered(pair: Pair, content: bytes) -> bool:
    """Return whether all is sent anew, without a repeat by the source, and arrives."""
    pair.answer()
    pair.source.time_s += 31
    assert pair.finish() == []
    assert pair.source.states(6) == ["F"]
    return pair.destination.inbox(pair.source) == {"name": content}


def take_away(path: Path) -> None:
    path.unlink()


def link_elsewhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("/nothing")


def make_a_directory(path: Path) -> None:
    path.unlink()
    (path / "inner").mkdir(parents=True)


def make_a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("spoil", [take_away, link_elsewhere, make_a_directory, make_a_fifo])
def test_a_file_that_is_spoilt_between_two_chunks_is_asked_for_again(
    pair: Pair, spoil: Callable[[Path], None]
) -> None:
    content = os.urandom(4 * SIZE)
    first, *others = sent_in_part(pair, content)
    spoil(staged(pair))
    assert hand_over(pair, first) == {Refusal.HELD}
    assert pair.destination.logged[:1] == [
        "a file of alba was taken out of inbox/.staging: all of it is asked for again"
    ]
    assert pair.destination.rows("SELECT * FROM ranges") == []
    for sent in others:
        assert hand_over(pair, sent) == {None}
    assert pair.destination.deliver() == []
    assert is_delivered(pair, content)


@pytest.mark.parametrize("killed", range(4))
def test_zeros_are_not_delivered_whenever_the_process_is_killed(pair: Pair, killed: int) -> None:
    """The file is made anew only after the commit that forgets the ranges of the lost one."""
    content = os.urandom(5 * SIZE)
    others = sent_in_part(pair, content)
    assert hand_over(pair, others[0]) == {None}
    take_away(staged(pair))
    for number, sent in enumerate(others[1:]):
        if number == killed:
            pair.destination.judge(pair.source, [sent.payload])
            pair.destination.start()
            pair.destination.refresh()
        hand_over(pair, sent)
        assert pair.destination.deliver() == []
    assert is_delivered(pair, content)


def test_a_file_that_is_taken_away_within_a_batch_is_asked_for_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its descriptor is closed when many others are open; the second chunk finds no file."""
    content = os.urandom(3 * SIZE)
    first, second, *_ = sent_in_part(pair, content)
    take_away(staged(pair))
    hand_over(pair, first)
    inbound = pair.destination.inbound
    write = inbound._staging.write

    def written_and_taken_away(name: str, offset: int, data: memoryview) -> None:
        write(name, offset, data)
        inbound._staging._close_all()
        staged(pair).unlink()

    with monkeypatch.context() as context:
        context.setattr(inbound._staging, "write", written_and_taken_away)
        frames = [first.payload, second.payload]
        found = refusals(pair.destination.take(pair.source, frames))
    assert found == [Refusal.NO_ROOM, Refusal.HELD]
    assert pair.destination.rows("SELECT * FROM ranges") == []
    assert list(pair.destination.home.staging.iterdir()) == []


def test_a_file_that_was_taken_out_of_the_spool_is_not_made_of_zeros(tmp_path: Path) -> None:
    row = Row(tmp_path)
    content = os.urandom(8 * SEGMENT)
    payloads = [sent.payload for sent in row.sealed(content)]
    manifest, first, *others = payloads
    assert row.give([manifest]) == [None]
    assert row.give([first]) == [None]
    (row.brno.home.spool / row.spooled()[0]).unlink()
    assert set(row.give(others)) == {Refusal.HELD}
    assert row.spooled() == []
    # What was there before is found lost, and makes room for what comes.
    row.second_hop()
    assert set(row.give(others)) == {None}
    row.close()
