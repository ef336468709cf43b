"""A file that comes as a single and as manifest and chunks is delivered once, as what came first.

A source replaces a single that no longer fits, under the same identity; an acknowledgement that was
lost lets both come.
"""

import os

from netrelay.core.words import Refusal
from tests.transfer.linked_pair import SEGMENT, SIZE, Pair, Sent, refusals

CONTENT = os.urandom(SIZE - 1_000)


def both_forms(pair: Pair) -> tuple[list[Sent], list[Sent]]:
    """Return the frames of the single, whose connection is lost, and of the manifest after it.

    The chunks go when the manifest is acknowledged.
    """
    pair.source.drop_file(pair.destination, b"name", CONTENT)
    single = pair.source.fill(pair.destination)
    assert pair.source.states(1) == ["S-4W"]
    pair.source.lose(single)
    pair.source.agree(pair.destination, SEGMENT, 4)
    manifest = pair.source.fill(pair.destination, SEGMENT)
    assert pair.source.states(1) == ["F"]
    return single, manifest


def take(pair: Pair, frames: list[Sent]) -> list[Refusal | None]:
    """Let the destination take frames, each in a commit of its own."""
    judged = [pair.destination.take(pair.source, [frame.payload])[0] for frame in frames]
    for frame, each in zip(frames, judged, strict=True):
        pair.source.conclude(frame, each)
    return refusals(judged)


def check_end(pair: Pair) -> None:
    """Check that it is delivered once and receipted, and that nothing is left open."""
    pair.size_bytes = SEGMENT
    pair.finish()
    assert pair.destination.inbox(pair.source) == {"name": CONTENT}
    assert pair.source.states(6) == ["F"]
    assert "N-4" not in pair.destination.states(1) + pair.destination.states(3)
    assert pair.source.refused == pair.destination.refused == []


def test_the_single_came_first(pair: Pair) -> None:
    single, manifest = both_forms(pair)
    assert set(take(pair, single)) == {None}
    assert set(take(pair, manifest)) == {None}
    check_end(pair)
    assert pair.destination.states(2) == [], "the chunks were acknowledged, not stored"


def test_the_single_is_delivered_before_the_chunks_come(pair: Pair) -> None:
    single, manifest = both_forms(pair)
    take(pair, single)
    assert pair.destination.deliver() == ["name"]
    assert set(take(pair, manifest)) == {None}
    check_end(pair)


def test_the_manifest_came_first(pair: Pair) -> None:
    single, manifest = both_forms(pair)
    assert set(take(pair, manifest)) == {None}
    assert set(take(pair, single)) == {None}
    assert pair.destination.states(1) == []
    check_end(pair)


def test_both_in_one_batch(pair: Pair) -> None:
    single, manifest = both_forms(pair)
    frames = [*single, *manifest]
    judged = pair.destination.take(pair.source, [frame.payload for frame in frames])
    assert set(refusals(judged)) == {None}
    for frame, each in zip(frames, judged, strict=True):
        pair.source.conclude(frame, each)
    check_end(pair)


def test_a_single_that_died_leaves_the_staged_file_to_its_manifest(pair: Pair) -> None:
    single, manifest = both_forms(pair)
    take(pair, single)
    message = pair.destination.value("SELECT id FROM messages WHERE type = 1 AND state = 'N-4'")
    assert isinstance(message, int)
    pair.destination.write(
        "INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", message
    )
    assert set(take(pair, manifest)) == {None}
    (staged,) = pair.destination.home.staging.iterdir()
    pair.destination.inbound.sweep()
    assert staged.exists(), "it is the file of the manifest now"
