"""An incoming file disappears from the staging folder: nothing incomplete is delivered."""

import os

import pytest

from tests.transfer.linked_pair import SIZE, Pair


def empty_staging(pair: Pair) -> None:
    (staged,) = pair.destination.home.staging.iterdir()
    staged.unlink()


@pytest.mark.parametrize("length", [100, 3 * SIZE])
def test_a_file_that_disappears_before_its_delivery_is_given_up_and_logged(
    pair: Pair, length: int
) -> None:
    content = os.urandom(length)
    claimed = pair.source.drop_file(pair.destination, b"name", content)
    pair.send()
    empty_staging(pair)
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


def test_a_file_that_disappears_between_two_chunks_is_sent_again(pair: Pair) -> None:
    content = os.urandom(4 * SIZE)
    pair.source.drop_file(pair.destination, b"name", content)
    # The manifest is sent first and alone; the chunks follow its acknowledgement.
    frames = pair.source.fill(pair.destination)
    for sent in frames:
        (judged,) = pair.destination.take(pair.source, [sent.payload])
        pair.source.conclude(sent, judged)
    first, *others = pair.source.fill(pair.destination)
    (judged,) = pair.destination.take(pair.source, [first.payload])
    pair.source.conclude(first, judged)
    empty_staging(pair)
    for sent in others:
        (judged,) = pair.destination.take(pair.source, [sent.payload])
        pair.source.conclude(sent, judged)
    assert pair.destination.deliver() == []
    # The source learns the missing ranges when it repeats the manifest.
    pair.source.write("UPDATE messages SET due_s = 0 WHERE state = 'S-2W'")
    pair.send()
    pair.answer()
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"name": content}
    assert pair.source.states(6) == ["F"]
