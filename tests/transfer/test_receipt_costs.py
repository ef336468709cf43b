"""What one receipt of a destination can cost its source: time of processor_r, and moves."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.words import Refusal
from netrelay.transfer.judgement import Judgement
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import SEGMENT, Pair, TestNode, frame_of, info_words, refusals

CHUNKS = 4_200
MOST_WAITING = 4_096
RANGES = 64


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Pair]:
    """A file in 4,200 chunks, all of which the destination has acknowledged."""
    pair = Pair(tmp_path, SEGMENT)
    source, destination = pair.source, pair.destination
    folder = source.home.drop / destination.name
    folder.mkdir(parents=True)
    with (folder / "name").open("wb") as file:
        file.truncate(CHUNKS * SEGMENT)
    (claimed,) = source.claims.claim(folder, destination.name, [b"name"])
    source.add_jobs(destination, [claimed])
    for frame in source.fill_once(destination, slots=1, size_bytes=SEGMENT):
        source.conclude(frame, [Judgement(None, None)] * len(frame.messages))
    while source.outbound.commit([], source.time_s).is_busy:
        pass
    database = source.databases["processor_s"]
    chunks = [int(str(id_)) for (id_,) in source.rows("SELECT id FROM messages WHERE type = 2")]
    assert len(chunks) == CHUNKS
    with database.transaction():
        for event in ("handed", "acked"):
            source.outbound._facts.report_all(chunks, event)
    assert source.states(2) == ["F"] * CHUNKS
    yield pair
    pair.close()


def entry(pair: Pair, ranges: int, **fields: object) -> ReceiptEntry:
    """Return an entry that asks for the whole file in so many ranges."""
    ((epoch, sequence),) = pair.source.rows("SELECT epoch, sequence FROM messages WHERE type = 6")
    assert isinstance(epoch, bytes)
    assert isinstance(sequence, int)
    size_bytes = CHUNKS * SEGMENT // ranges
    missing = tuple((number * size_bytes, size_bytes) for number in range(ranges))
    found = ReceiptEntry(
        pair.destination.id, epoch, sequence, 1, ReceiptVerdict.MISSING, missing, ""
    )
    return found._replace(**fields)  # type: ignore[arg-type]


def steps(pair: Pair, work: Callable[[], object]) -> int:
    """Return how many hundreds of steps SQLite takes for some work of processor_r."""
    connection = pair.source.databases["processor_r"]._connection
    counted = 0

    def count() -> bool:
        nonlocal counted
        counted += 1
        return False

    connection.set_progress_handler(count, 100)
    try:
        work()
    finally:
        connection.set_progress_handler(None)
    return counted


def steps_to_find(pair: Pair, asked: ReceiptEntry) -> int:
    """Return the steps for finding all chunks that an entry asks for."""
    word = [*asked[:1], asked.epoch.hex(), *asked[2:]]
    questions = json.dumps({"signer": pair.destination.id, "words": [word]})
    database = pair.source.databases["processor_r"]
    found = "SELECT count(*) FROM receipt_moves WHERE questions = ?"
    return steps(pair, lambda: database.value(found, (questions,)))


def steps_to_judge(pair: Pair, *entries: ReceiptEntry) -> int:
    """Return the steps for judging a receipt."""
    receipt = Hostile(pair.destination, pair.source).receipt(*entries, epoch=os.urandom(8))
    frame = frame_of(receipt)
    judged = steps(pair, lambda: pair.source.judge(pair.destination, [frame]))
    pair.source.store([])
    return judged


def take(taker: TestNode, giver: TestNode, *entries: ReceiptEntry) -> list[Refusal | None]:
    """Let a node take a receipt."""
    receipt = Hostile(giver, taker).receipt(*entries, epoch=os.urandom(8))
    return refusals(taker.take(giver, [frame_of(receipt)]))


def repeated(source: TestNode) -> list[int]:
    """Return the numbers of the chunks that are to be sent again."""
    return [
        int(str(offset)) // SEGMENT
        for (offset,) in source.rows(
            'SELECT "offset" FROM messages WHERE type = 2 AND state <> ? ORDER BY "offset"', "F"
        )
    ]


def test_many_ranges_cost_what_one_does(sent: Pair) -> None:
    """Ten entries of 64 ranges about 16,000 chunks took 24 s: a receipt of 7 KiB stopped a node."""
    one, many = (steps_to_find(sent, entry(sent, ranges)) for ranges in (1, RANGES))
    assert 0 < many < 1.5 * one


def test_a_whole_file_is_judged_like_its_first_byte(sent: Pair) -> None:
    """A frame holds 1,024 receipts, and is judged as a whole."""
    little = steps_to_judge(sent, entry(sent, 1, missing=((0, 1),)))
    assert 0 < steps_to_judge(sent, *[entry(sent, RANGES)] * 10) < 4 * little


def test_of_entries_with_one_verdict_the_first_counts(sent: Pair) -> None:
    first, second = (entry(sent, 1, missing=((at * SEGMENT, 1),)) for at in (3, 5))
    assert take(sent.source, sent.destination, first, second) == [None]
    assert [word[5] for word in info_words(sent.source)] == [[[3 * SEGMENT, 1]]]  # type: ignore[index]
    assert repeated(sent.source) == [3]


def test_so_many_chunks_of_a_file_wait_to_be_sent_again(sent: Pair) -> None:
    """However many receipts ask: in one commit each chunk takes the write lock for 0.1 ms."""
    hostile = Hostile(sent.destination, sent.source)
    receipts = [hostile.receipt(entry(sent, RANGES), sequence=number) for number in range(3, 8)]
    frame = frame_of(*receipts)
    assert refusals(sent.source.take(sent.destination, [frame])) == [None] * len(receipts)
    assert sent.source.states(2).count("S-4") == MOST_WAITING
    assert take(sent.source, sent.destination, entry(sent, RANGES)) == [None]
    assert sent.source.states(2).count("S-4") == MOST_WAITING
    database = sent.source.databases["processor_s"]
    rows = sent.source.rows("SELECT id FROM messages WHERE state = 'S-4' LIMIT 10")
    with database.transaction():
        for event in ("handed", "acked"):
            sent.source.outbound._facts.report_all([int(str(id_)) for (id_,) in rows], event)
    assert take(sent.source, sent.destination, entry(sent, RANGES)) == [None]
    assert sent.source.states(2) == ["S-4"] * CHUNKS


def test_the_chunks_that_a_range_touches_are_sent_again(sent: Pair) -> None:
    expected: list[int] = []
    for offset, length, touched in (
        (0, 1, [0]),
        (2 * SEGMENT - 1, 2, [1, 2]),
        (4 * SEGMENT, SEGMENT, [4]),
        (7 * SEGMENT + 5, SEGMENT, [7, 8]),
        (CHUNKS * SEGMENT, 1, []),
        ((CHUNKS - 1) * SEGMENT + 1, 1 << 62, [CHUNKS - 1]),
    ):
        missing = entry(sent, 1, missing=((offset, length),))
        assert take(sent.source, sent.destination, missing) == [None]
        expected += touched
        assert repeated(sent.source) == expected
