"""A next hop that never has what it was sent: its source goes on, at a pace of its own."""

import os

from netrelay.core.words import Refusal
from netrelay.transfer.judgement import Judgement, RefusedArrival
from tests.transfer.linked_pair import SIZE, Pair, Sent

LACKS = RefusedArrival(Refusal.NEED_MANIFEST, "its manifest is not here", 0, "", "")


def chunks_sent(pair: Pair) -> int:
    """Send what is ready; the destination takes all but the chunks. Return how many there were."""
    found = 0
    while True:
        frames: list[Sent] = pair.source.fill_once(pair.destination)
        if not frames:
            return found
        for frame in frames:
            judged = [Judgement(None, LACKS if m.type == 2 else None) for m in frame.messages]
            pair.source.conclude(frame, judged)
            found += sum(message.type == 2 for message in frame.messages)
            assert found < 100


def test_chunks_are_not_sent_without_end_to_who_always_lacks_the_manifest(pair: Pair) -> None:
    """The whole file went again as fast as it was refused."""
    pair.source.drop_file(pair.destination, b"name", os.urandom(3 * SIZE))
    assert chunks_sent(pair) == 6, "each once more, at once"
    for wait_s in (1, 2, 4, 8):
        pair.source.time_s += wait_s - 0.1
        assert chunks_sent(pair) == 0
        pair.source.time_s += 0.1
        assert chunks_sent(pair) == 3
    # It lost the manifest in truth: it is told again, and the chunks go when they are due.
    pair.source.time_s += 16
    assert pair.finish() == [Refusal.NEED_MANIFEST] * 3
    pair.source.time_s += 32
    assert pair.finish() == []
    assert pair.source.states(6) == ["F"]
