"""Measured rates are stored with commits that are made anyway, and are bounded."""

import os

from netrelay.core.frames import RefusedMessage
from netrelay.core.words import Refusal
from tests.transfer.linked_pair import SIZE, Pair, TestNode


def stored(node: TestNode) -> list[tuple[object, ...]]:
    """Return the rows: bytes, seconds, limit."""
    return node.rows("SELECT bytes, busy_s, limit_bytes_per_s FROM measured_rates ORDER BY hour")


def commits(node: TestNode) -> int:
    """Commit what was reported; return how many transactions were made of it."""
    made = 0
    database = node.outbound._database
    begin = database.transaction

    def counted() -> object:
        nonlocal made
        made += 1
        return begin()

    database.transaction = counted  # type: ignore[method-assign, assignment]
    try:
        node.outbound.commit([], node.time_s)
        node.outbound.commit([], node.time_s)
    finally:
        database.transaction = begin  # type: ignore[method-assign]
    return made


def test_a_rate_is_stored_with_the_decisions(pair: Pair) -> None:
    source = pair.source
    source.drop_file(pair.destination, b"name", os.urandom(8 * SIZE))
    (manifest,) = source.fill_once(pair.destination, slots=1)
    source.outbound.decided(manifest.handle, manifest.number, source.time_s)
    assert commits(source) == 1
    assert stored(source) == []
    sent = source.fill_once(pair.destination, slots=8)
    assert len(sent) == 2
    begun_s = source.time_s
    source.time_s += 4.0
    source.outbound.decided(sent[-1].handle, sent[-1].number, source.time_s)
    assert commits(source) == 1
    ((count_bytes, busy_s, limit),) = stored(source)
    assert 2 * SIZE < int(str(count_bytes)) < 2 * SIZE + 4096
    assert (busy_s, limit) == (source.time_s - begun_s, 0)
    # What comes soon after waits for other decisions: no commit is made for it.
    again = source.fill_once(pair.destination, slots=8)
    source.time_s += 3.0
    source.outbound.decided(again[-1].handle, again[-1].number, source.time_s)
    assert commits(source) == 1
    # Nothing is counted twice, and nothing is stored of its own.
    source.time_s += 1000.0
    assert commits(source) == 0
    assert len(stored(source)) == 1


def test_a_refused_frame_has_crossed_too(pair: Pair) -> None:
    source = pair.source
    source.drop_file(pair.destination, b"name", os.urandom(4 * SIZE))
    (manifest,) = source.fill_once(pair.destination, slots=1)
    source.outbound.decided(manifest.handle, manifest.number, source.time_s)
    source.outbound.commit([], source.time_s)
    sent = source.fill_once(pair.destination, slots=4)
    source.time_s += 4.0
    source.outbound.refused(sent[0].handle, RefusedMessage(sent[0].number, 0, Refusal.NO_ROOM, 60))
    source.outbound.decided(sent[-1].handle, sent[-1].number, source.time_s)
    source.outbound.commit([], source.time_s)
    assert len(stored(source)) == 1


def test_the_hours_of_a_peer_are_bounded(pair: Pair) -> None:
    source = pair.source
    for limit in range(200):
        source.write(
            "INSERT INTO rate_reports VALUES (?, 1000, 2.5, ?)", pair.destination.id, limit
        )
    source.write("INSERT INTO rate_reports VALUES (?, 1000, 2.5, 199)", pair.destination.id)
    source.write("INSERT INTO rate_reports VALUES ('stranger', 1000, 2.5, 0)")
    assert source.value("SELECT count(*) FROM measured_rates") == 168
    assert source.value("SELECT max(bytes) FROM measured_rates") == 2000
    source.write("DELETE FROM peers WHERE node = ?", pair.destination.id)
    assert source.value("SELECT count(*) FROM measured_rates") == 0


def test_what_is_left_follows_the_pieces(pair: Pair) -> None:
    source = pair.source
    source.drop_file(pair.destination, b"name", os.urandom(8 * SIZE))
    left = "SELECT left_bytes, whole_bytes, is_single FROM outgoing_work"
    assert source.rows(left) == [(8 * SIZE, 8 * SIZE, 0)]
    (manifest,) = source.fill_once(pair.destination, slots=1)
    source.outbound.decided(manifest.handle, manifest.number, source.time_s)
    source.outbound.commit([], source.time_s)
    sent = source.fill_once(pair.destination, slots=3)
    assert source.rows(left) == [(8 * SIZE, 8 * SIZE, 0)]
    source.outbound.decided(sent[-1].handle, sent[-1].number, source.time_s)
    source.outbound.commit([], source.time_s)
    assert source.rows(left) == [(6 * SIZE, 8 * SIZE, 0)]
    source.drop_file(pair.destination, b"small", os.urandom(10))
    assert source.rows(left)[1:] == [(10, 10, 1)]
