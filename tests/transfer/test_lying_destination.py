"""A next hop that never has what it was sent: its source goes on, at a pace of its own."""

import os
from pathlib import Path

from netrelay.core.words import Refusal
from netrelay.transfer.judgement import Judgement, RefusedArrival
from tests.transfer.linked_pair import SEGMENT, SIZE, Pair, Sent

CHUNKS = 1_000
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


def test_an_agreement_with_much_to_send_is_not_ended_again_at_once(tmp_path: Path) -> None:
    """With 8,000 chunks each end and each new agreement held the write lock for 3.6 s."""
    pair = Pair(tmp_path, SEGMENT)
    source, destination = pair.source, pair.destination
    number = 2 + (source.id > destination.id)
    unknown = "INSERT INTO unknown_agreements VALUES (?, ?)"
    agreed = "SELECT count(*) FROM sysinfo"
    # With little to send it ends at once: the other node may have lost its database.
    source.agree(destination, SEGMENT, number)
    source.write(unknown, destination.id, number)
    assert source.value(agreed) == 0
    source.agree(destination, SEGMENT, number)
    source.drop_file(destination, b"name", bytes(CHUNKS * SEGMENT))
    for frame in source.fill_once(destination, slots=1, size_bytes=SEGMENT):
        source.conclude(frame, [Judgement(None, None)] * len(frame.messages))
    while source.outbound.commit([], source.time_s).is_busy:
        pass
    assert source.states(2) == ["S-4"] * CHUNKS
    source.time_s += CHUNKS / 100 - 2
    source.write(unknown, destination.id, number)
    assert source.value(agreed) == 1
    source.time_s += 2
    source.write(unknown, destination.id, number)
    assert source.value(agreed) == 0
    assert source.states(2) == ["S-1"] * CHUNKS
    pair.close()
