"""What others send and what makes no progress is let go, and does not fail its source's job."""

import os

from netrelay.core.words import Refusal
from netrelay.store.admissions import kept_bytes
from netrelay.store.timers import due_timers
from tests.transfer.carried_row import Row
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import (
    LIFETIME_S,
    SEGMENT,
    SIZE,
    Pair,
    TestNode,
    frame_of,
    refusals,
)

HOUR_S = 3600
# The hour, and a chunk of the capacity on the slowest line.
GRACE_S = HOUR_S + SIZE / 1024
DAYS_S = 30 * 86_400
U32_MAX = 2**32 - 1
CONTENT = os.urandom(3 * SIZE)
ENDS = "SELECT event FROM events WHERE event IN ('expired', 'unbegun', 'let-go') ORDER BY seq"


def wait(seconds: float, *nodes: TestNode) -> None:
    """Let time pass, and the processes of these nodes end what is over."""
    for node in nodes:
        node.time_s += seconds
        exporter = node.databases["exporter"]
        with exporter.transaction():
            for message, event in due_timers(exporter, 256):
                assert node.exporter_facts.report(message, event), node.refused
        node.outbound.commit([], node.time_s)
        node.inbound.sweep()


def ends(node: TestNode) -> list[object]:
    return [event for (event,) in node.rows(ENDS)]


def kept(pair: Pair) -> int:
    return kept_bytes(pair.destination.databases["processor_r"], pair.source.id, pair.source.id)


def staged(node: TestNode) -> list[str]:
    return sorted(path.name for path in node.home.staging.iterdir())


def take(pair: Pair, *messages: object) -> list[Refusal | None]:
    frame = frame_of(*messages)  # type: ignore[arg-type]
    return refusals(pair.destination.take(pair.source, [frame]))


def send_manifest(pair: Pair) -> None:
    """Let the manifest of a file arrive, and nothing else."""
    pair.source.drop_file(pair.destination, b"name", CONTENT)
    (first,) = pair.source.fill_once(pair.destination)
    (judged,) = pair.destination.take(pair.source, [first.payload])
    pair.source.conclude(first, judged)
    assert pair.destination.states(3) == ["N-4"]


class TestADestination:
    """A manifest that is here, and its chunks."""

    def test_a_manifest_without_a_byte_gives_its_reservation_back(self, pair: Pair) -> None:
        manifest = Hostile(pair.source, pair.destination).manifest(100 * SIZE, lifetime_s=U32_MAX)
        assert take(pair, manifest) == [None]
        assert kept(pair) == 100 * SIZE
        assert len(staged(pair.destination)) == 1
        wait(GRACE_S - 1, pair.destination)
        assert kept(pair) == 100 * SIZE
        wait(2, pair.destination)
        assert kept(pair) == 0
        assert staged(pair.destination) == []
        assert ends(pair.destination) == ["unbegun"]
        assert pair.destination.states(7) == [], "its source is told nothing"

    def test_a_repeat_buys_no_time(self, pair: Pair) -> None:
        manifest = Hostile(pair.source, pair.destination).manifest(100 * SIZE, lifetime_s=U32_MAX)
        for _ in range(4):
            assert take(pair, manifest) == [None]
            wait(GRACE_S / 4, pair.destination)
        wait(1, pair.destination)
        assert kept(pair) == 0

    def test_a_chunk_on_the_slowest_line_comes_in_time(self, pair: Pair) -> None:
        pair.destination.write("UPDATE selfinfo SET capacity = 16777216")
        take(pair, Hostile(pair.source, pair.destination).manifest(100 * SIZE, lifetime_s=U32_MAX))
        wait(HOUR_S + 16_384 - 1, pair.destination)
        assert ends(pair.destination) == []
        wait(2, pair.destination)
        assert ends(pair.destination) == ["unbegun"]

    def test_a_shorter_lifetime_ends_as_before(self, pair: Pair) -> None:
        take(pair, Hostile(pair.source, pair.destination).manifest(100 * SIZE, lifetime_s=600))
        wait(601, pair.destination)
        assert ends(pair.destination) == ["expired"]
        assert len(pair.destination.states(7)) == 1, "its source is told"

    def test_a_source_that_was_slow_begins_anew(self, pair: Pair) -> None:
        send_manifest(pair)
        wait(2 * HOUR_S, pair.source, pair.destination)
        assert ends(pair.destination) == ["unbegun"]
        assert pair.source.states(6) == ["S-2W"]
        assert Refusal.NEED_MANIFEST in pair.finish()
        assert pair.destination.inbox(pair.source) == {"name": CONTENT}
        assert pair.source.states(6) == ["F"]
        assert pair.source.refused == pair.destination.refused == []

    def test_it_begins_anew_each_time(self, pair: Pair) -> None:
        send_manifest(pair)
        for times in range(1, 4):
            wait(2 * HOUR_S, pair.source, pair.destination)
            assert ends(pair.destination) == ["unbegun"] * times
            for expected in (Refusal.NEED_MANIFEST, None):
                (sent,) = pair.source.fill_once(pair.destination, slots=1)
                (judged,) = pair.destination.take(pair.source, [sent.payload])
                pair.source.conclude(sent, judged)
                assert refusals([judged]) == [expected]
        # The manifest comes later with each refusal (backoff `hint`).
        wait(10, pair.source, pair.destination)
        pair.finish()
        assert pair.destination.inbox(pair.source) == {"name": CONTENT}
        assert pair.source.states(6) == ["F"]

    def test_a_retry_after_it_is_a_new_attempt(self, pair: Pair) -> None:
        send_manifest(pair)
        wait(2 * HOUR_S, pair.source, pair.destination)
        job = pair.source.job()
        pair.source.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
        pair.finish()
        pair.source.retry(job)
        pair.finish()
        assert pair.destination.inbox(pair.source) == {"name": CONTENT}
        assert pair.source.states(6) == ["F"]

    def test_a_single_that_was_recut_begins_anew_too(self, pair: Pair) -> None:
        content = CONTENT[: SIZE - 1_000]
        pair.source.drop_file(pair.destination, b"name", content)
        pair.source.lose(pair.source.fill(pair.destination))
        pair.source.agree(pair.destination, SEGMENT, 4)
        pair.size_bytes = SEGMENT
        (manifest,) = pair.source.fill(pair.destination, SEGMENT)
        (judged,) = pair.destination.take(pair.source, [manifest.payload])
        pair.source.conclude(manifest, judged)
        wait(2 * HOUR_S, pair.source, pair.destination)
        assert ends(pair.destination) == ["unbegun"]
        assert Refusal.NEED_MANIFEST in pair.finish()
        assert pair.destination.inbox(pair.source) == {"name": content}
        assert pair.source.states(6) == ["F"]

    def test_what_has_begun_is_kept_for_as_long_as_anything_else(self, pair: Pair) -> None:
        hostile = Hostile(pair.source, pair.destination)
        manifest = hostile.manifest(3 * SIZE, lifetime_s=U32_MAX)
        chunk = hostile.chunk(0, bytes(SIZE), 3 * SIZE, lifetime_s=U32_MAX)
        assert take(pair, manifest, chunk) == [None, None]
        wait(2 * GRACE_S, pair.destination)
        assert kept(pair) == 3 * SIZE
        wait(DAYS_S - 2 * GRACE_S - 10, pair.destination)
        assert ends(pair.destination) == []
        wait(20, pair.destination)
        assert ends(pair.destination) == ["let-go"]
        assert kept(pair) == 0
        assert staged(pair.destination) == []
        assert pair.destination.states(7) == [], "its source is told nothing"
        # All of it comes again.
        assert take(pair, chunk) == [Refusal.NEED_MANIFEST]
        assert take(pair, manifest, chunk) == [None, None]
        assert pair.destination.rows("SELECT first, last FROM ranges") == [(0, SIZE)]

    def test_the_longest_time_is_the_receivers(self, pair: Pair) -> None:
        pair.destination.write("UPDATE selfinfo SET incoming_lifetime_s = 600")
        manifest = Hostile(pair.source, pair.destination).manifest(3 * SIZE, lifetime_s=U32_MAX)
        assert take(pair, manifest) == [None]
        wait(601, pair.destination)
        assert kept(pair) == 0


def test_over_a_relay_it_begins_anew(row: Row) -> None:
    row.alba.drop_file(row.cork, b"name", CONTENT)
    (first, *_) = row.alba.fill_once(row.brno, size_bytes=row.first)
    row.hand_over(row.alba, row.brno, first)
    assert row.second_hop() == [None]
    wait(2 * HOUR_S, *row.nodes)
    assert ends(row.cork) == ["unbegun"]
    assert set(row.first_hop()) == {None}
    assert Refusal.NEED_MANIFEST in row.second_hop()
    for _ in range(4):
        # The relay asks the source for the manifest, once more.
        row.brno.say_receipts()
        row.hop(row.brno, row.alba, row.first)
        row.first_hop()
        row.second_hop()
        row.cork.deliver()
        row.cork.say_receipts()
        row.hop(row.cork, row.brno, row.second)
        row.hop(row.brno, row.alba, row.first)
    assert row.cork.inbox(row.alba) == {"name": CONTENT}
    assert row.alba.states(6) == ["F"]
    assert row.alba.refused == row.brno.refused == row.cork.refused == []


def test_a_relay_keeps_bytes_no_longer_and_tells_their_source(row: Row) -> None:
    row.brno.write("UPDATE selfinfo SET incoming_lifetime_s = 600")
    row.alba.drop_file(row.cork, b"name", CONTENT)
    assert set(row.first_hop()) == {None}
    assert row.spooled() != []
    wait(601, *row.nodes)
    assert set(ends(row.brno)) == {"let-go"}
    assert row.spooled() == []
    row.brno.say_receipts()
    row.hop(row.brno, row.alba, row.first)
    ((state, reason),) = row.alba.rows("SELECT state, reason FROM messages WHERE type = 6")
    assert state == "S-2W"
    assert "as long as this node keeps what others send" in str(reason)


def test_a_job_of_this_node_lives_as_long_as_its_person_says(pair: Pair) -> None:
    pair.source.write("UPDATE selfinfo SET incoming_lifetime_s = 60")
    pair.source.drop_file(pair.destination, b"name", CONTENT)
    pair.source.add_texts(pair.destination, b"text")
    wait(LIFETIME_S - 1, pair.source)
    assert ends(pair.source) == []
    wait(2, pair.source)
    assert set(ends(pair.source)) == {"expired"}
