"""The door `arrivals`: what arrives is stored once, answered again, or refused."""

from typing import Any

import pytest

from netrelay.core.words import Refusal
from netrelay.store.arrivals import Arrival, ArrivalVerdict, DoorRefusal, store_arrivals, verdict_of
from netrelay.store.coming_files import report_lost
from tests.store.node import HERE, OTHER, THEIR_EPOCH, THERE, OpenNode, arrived, file_of

SINGLE, CHUNK, MANIFEST, RECEIPT = 1, 2, 3, 7


def manifest(sequence: int, attempt: int = 1, total_bytes: int = 300) -> Arrival:
    """Return the manifest of a file, with its body."""
    return arrived(MANIFEST, sequence, attempt)._replace(
        size_bytes=0,
        total_bytes=total_bytes,
        envelope=b"envelope",
        info='{"kind": "file"}',
        body=b"manifest",
        **file_of("name", total_bytes),
    )


def single(sequence: int, attempt: int = 1, **fields: Any) -> Arrival:
    """Return a single that becomes a file."""
    return arrived(SINGLE, sequence, attempt)._replace(**(file_of("name") | fields))


def chunk(sequence: int, offset: int, size_bytes: int = 100) -> Arrival:
    """Return a chunk of the file of `manifest`."""
    return arrived(CHUNK, sequence)._replace(offset=offset, size_bytes=size_bytes, total_bytes=300)


def elsewhere(arrival: Arrival, **fields: Any) -> Arrival:
    """Return the same for another node."""
    return arrival._replace(destination=OTHER, file_name=None, envelope=b"envelope", **fields)


def store(node: OpenNode, *arrivals: Arrival) -> dict[int, DoorRefusal]:
    """Report arrivals in one commit; return what was refused."""
    database = node.open("processor_r")
    with database.transaction():
        return store_arrivals(database, arrivals)


def verdict(node: OpenNode, arrival: Arrival) -> ArrivalVerdict:
    """Return what an arrival is now."""
    return verdict_of(node.open("processor_r"), arrival)


def states(node: OpenNode) -> list[tuple[Any, ...]]:
    """Return type and state of every message, oldest first."""
    return node.rows("SELECT type, state FROM messages WHERE id > 0 ORDER BY id")


def due(node: OpenNode) -> list[tuple[Any, ...]]:
    """Return what the node owes: (sequence, attempt, verdict)."""
    return node.rows("SELECT sequence, attempt, verdict FROM receipts_due ORDER BY 1, 2")


def test_a_message_is_stored_once_and_its_repeat_is_answered(node: OpenNode) -> None:
    assert verdict(node, single(5)) is ArrivalVerdict.NEW
    assert store(node, single(5), single(5)) == {}
    assert states(node) == [(SINGLE, "N-4")]
    assert due(node) == [(5, 1, 2)]
    assert verdict(node, single(5)) is ArrivalVerdict.REPEATED
    for other in (
        *(single(6), single(5, attempt=2), single(5)._replace(source=OTHER)),
        *(single(5)._replace(epoch=b"another "), single(5)._replace(destination=OTHER)),
    ):
        assert verdict(node, other) is ArrivalVerdict.NEW


def test_a_number_belongs_to_one_size_under_every_attempt(node: OpenNode) -> None:
    store(node, single(5))
    for other in (single(5, total_bytes=101, size_bytes=101), single(5, 2, total_bytes=99)):
        assert verdict(node, other) is ArrivalVerdict.CONFLICT
    refused = store(node, single(6), single(5, 2, total_bytes=99), single(7))
    assert refused == {
        1: (Refusal.CONFLICT, "its number was given to something else before"),
    }
    assert states(node) == [(SINGLE, "N-4")] * 3


def test_a_wrong_hash_takes_nobodys_place(node: OpenNode) -> None:
    assert store(node, single(5, found=b"x" * 32), single(5, found=b"y" * 32)) == {}
    assert verdict(node, single(5)) is ArrivalVerdict.NEW
    store(node, single(5))
    assert states(node) == [(SINGLE, "D"), (SINGLE, "D"), (SINGLE, "N-4")]


def test_all_attempts_of_a_file_share_its_row(node: OpenNode) -> None:
    store(node, single(5, file_name="a"), single(5, 2, file_name="b"), single(6, file_name="c"))
    assert node.rows("SELECT name FROM files ORDER BY id") == [("b",), ("c",)]
    assert node.rows("SELECT file FROM messages WHERE id > 0 ORDER BY id") == [(1,), (1,), (2,)]


def test_what_is_finished_is_finished_for_every_attempt(node: OpenNode) -> None:
    node.write("INSERT INTO finished VALUES (?, ?, ?, 5, 6)", THERE, HERE, THEIR_EPOCH)
    node.write("INSERT INTO finished VALUES (?, ?, ?, 8, 10)", THERE, HERE, THEIR_EPOCH)
    found = [
        number for number in range(12) if verdict(node, single(number)) is ArrivalVerdict.FINISHED
    ]
    assert found == [5, 8, 9]
    assert verdict(node, single(5, attempt=7)) is ArrivalVerdict.FINISHED
    assert verdict(node, manifest(5)) is ArrivalVerdict.FINISHED
    assert verdict(node, chunk(5, 0)) is ArrivalVerdict.KNOWN
    assert verdict(node, arrived(RECEIPT, 5)) is ArrivalVerdict.KNOWN
    assert verdict(node, single(5)._replace(source=OTHER)) is ArrivalVerdict.NEW
    assert verdict(node, single(5)._replace(epoch=b"another ")) is ArrivalVerdict.NEW


@pytest.mark.parametrize("low_water", [0, 1, 4, 2**63 - 1])
def test_below_the_low_water_everything_is_finished(node: OpenNode, low_water: int) -> None:
    store(node, manifest(2**63 - 2)._replace(low_water=low_water))
    for number in {0, max(low_water - 1, 0), min(low_water, 2**63 - 3)}:
        is_finished = verdict(node, single(number)) is ArrivalVerdict.FINISHED
        assert is_finished == (number < low_water)


def test_a_repeat_of_what_is_finished_owes_its_receipt(node: OpenNode) -> None:
    """Its source may be the only one who is awake: nothing else would ever send it."""
    node.write("INSERT INTO finished VALUES (?, ?, ?, 5, 6)", THERE, HERE, THEIR_EPOCH)
    node.rung.clear()
    assert store(node, single(5, attempt=2)) == {}
    assert node.rung == [{"processor_s"}]
    assert due(node) == [(5, 2, 1)]
    assert states(node) == []


def test_a_file_that_was_delivered_is_not_stored_again(node: OpenNode) -> None:
    store(node, single(5))
    node.fact(1, "exported", "exporter")
    node.write("DELETE FROM receipts_due")
    for repeat in (single(5), manifest(5)):
        assert verdict(node, repeat) in (ArrivalVerdict.REPEATED, ArrivalVerdict.FINISHED)
        assert store(node, repeat) == {}
    assert due(node) == [(5, 1, 1)]
    assert states(node) == [(SINGLE, "F")]


def test_a_chunk_belongs_to_an_open_manifest(node: OpenNode) -> None:
    assert verdict(node, chunk(5, 0)) is ArrivalVerdict.UNOPENED
    assert store(node, chunk(5, 0)) == {0: (Refusal.NEED_MANIFEST, "its manifest is not here")}
    assert store(node, manifest(5), chunk(5, 0), chunk(5, 0)) == {}
    assert states(node) == [(MANIFEST, "N-4"), (CHUNK, "F")]
    assert node.rows("SELECT parent, file FROM messages WHERE type = 2") == [(1, 1)]
    assert node.rows("SELECT body FROM bodies") == [(b"manifest",)]
    assert verdict(node, chunk(5, 0)) is ArrivalVerdict.KNOWN
    assert verdict(node, chunk(5, 0, 50)) is ArrivalVerdict.KNOWN
    assert verdict(node, chunk(5, 50, 51)) is ArrivalVerdict.NEW
    assert verdict(node, chunk(5, 100)) is ArrivalVerdict.NEW
    node.write("INSERT INTO facts VALUES (1, 'cancelled', 'person', NULL, NULL)")
    assert verdict(node, chunk(5, 100)) is ArrivalVerdict.UNOPENED


def test_of_lost_bytes_nothing_counts_and_all_of_it_is_asked_for(node: OpenNode) -> None:
    store(node, manifest(5), manifest(6), chunk(5, 0), chunk(5, 100))
    node.write("DELETE FROM receipts_due")
    database = node.open("processor_r")
    with database.transaction():
        report_lost(database, [manifest(5).identity, manifest(7).identity])
    assert node.rows("SELECT first, last FROM ranges") == []
    assert due(node) == [(5, 1, 2)]
    assert verdict(node, chunk(5, 0)) is ArrivalVerdict.REVIVED
    assert store(node, chunk(5, 0), chunk(5, 200)) == {}
    assert node.rows("SELECT first, last FROM ranges ORDER BY first") == [(0, 100), (200, 300)]
    assert node.value("SELECT count(*) FROM messages WHERE type = 2") == 3


def test_what_died_lives_again_in_its_row(node: OpenNode) -> None:
    store(node, single(5))
    node.write("INSERT INTO facts VALUES (1, 'cancelled', 'person', NULL, NULL)")
    assert verdict(node, single(5)) is ArrivalVerdict.REVIVED
    refused = store(node, single(5, has_body=False))
    why = "its body is not here: what it repeats has ended meanwhile"
    assert refused == {0: (Refusal.HELD, why)}
    assert states(node) == [(SINGLE, "D")]
    assert store(node, single(5)) == {}
    assert states(node) == [(SINGLE, "N-4")]


def test_of_two_forms_the_first_counts(node: OpenNode) -> None:
    store(node, single(5), manifest(6))
    for other in (manifest(5), single(6)):
        assert verdict(node, other) is ArrivalVerdict.REPEATED
        assert store(node, other._replace(has_body=False)) == {}
    assert verdict(node, chunk(5, 0)) is ArrivalVerdict.KNOWN
    assert states(node) == [(SINGLE, "N-4"), (MANIFEST, "N-4")]
    assert due(node) == [(5, 1, 2), (6, 1, 2)]
    # A dead single stands in nobody's way.
    node.write("INSERT INTO facts VALUES (1, 'cancelled', 'person', NULL, NULL)")
    assert verdict(node, manifest(5)) is ArrivalVerdict.NEW
    assert verdict(node, chunk(5, 0)) is ArrivalVerdict.UNOPENED


def test_a_key_is_stored_as_it_came(node: OpenNode) -> None:
    key = arrived(MANIFEST, 1)._replace(
        size_bytes=0,
        total_bytes=0,
        envelope=b"envelope",
        info='{"kind": "key"}',
        body=b"body",
    )
    again = key._replace(sequence=2, envelope=b"envelope 2", key_id=b"key id 1")
    assert store(node, key._replace(key_id=b"key id 1"), again) == {}
    assert node.rows("SELECT source, key_id, envelope, body FROM keys") == [
        (THERE, b"key id 1", b"envelope 2", b"body")
    ]
    assert states(node) == [(MANIFEST, "F")] * 2


def test_a_text_is_stored_with_its_row(node: OpenNode) -> None:
    text = arrived(SINGLE, 5)._replace(
        info='{"kind": "text"}', text="hello", written_unix_s=9, unix_s=10
    )
    assert store(node, text, text._replace(attempt=2)) == {}
    assert states(node)[0] == (SINGLE, "F")
    assert node.rows("SELECT message, text, written_unix_s, unix_s FROM texts") == [
        (1, "hello", 9, 10)
    ]


def test_a_relay_carries_a_repeat_once_more_when_it_is_over(node: OpenNode) -> None:
    node.know(OTHER)
    node.agree(OTHER)
    sealed = elsewhere(single(5), salt=b"salt")
    assert store(node, sealed, sealed) == {}
    assert states(node) == [(SINGLE, "S-4")]
    assert verdict(node, sealed) is ArrivalVerdict.KNOWN
    node.fact(1, "handed")
    node.fact(1, "acked")
    assert states(node) == [(SINGLE, "F")]
    again = sealed._replace(salt=b"another", hash=b"i" * 32, found=b"i" * 32, hops=1)
    assert verdict(node, again) is ArrivalVerdict.REVIVED
    assert store(node, again) == {}
    assert node.rows("SELECT state, salt, hash, hops FROM messages WHERE id = 1") == [
        ("S-4", b"another", b"i" * 32, 1)
    ]


def test_a_relay_passes_a_receipt_on_once_and_ends_what_it_gives_up(node: OpenNode) -> None:
    node.know(OTHER)
    node.agree(OTHER)
    store(
        node,
        elsewhere(manifest(5)),
        elsewhere(chunk(5, 0), salt=b"salt"),
        elsewhere(single(6), salt=b"salt"),
    )
    withdrawn = f'[["{THEIR_EPOCH.hex()}", 5, 1, "given up"]]'
    receipt = elsewhere(arrived(RECEIPT, 9), body=b"receipt", withdrawn=withdrawn)
    assert store(node, receipt, receipt) == {}
    assert states(node) == [(MANIFEST, "D"), (CHUNK, "D"), (SINGLE, "S-4"), (RECEIPT, "S-4")]
    assert node.rows("SELECT DISTINCT reason FROM messages WHERE state = 'D'") == [("given up",)]
    assert node.rows("SELECT message, body FROM bodies WHERE message = 4") == [(4, b"receipt")]


def test_what_is_refused_leaves_nothing_behind(node: OpenNode) -> None:
    refused = store(node, manifest(5)._replace(has_body=False, low_water=3), single(6))
    assert list(refused) == [0]
    assert states(node) == [(SINGLE, "N-4")]
    assert node.rows("SELECT * FROM seen") == []
    assert node.value("SELECT count(*) FROM files") == 1


def test_the_destination_is_part_of_the_identity(node: OpenNode) -> None:
    assert single(1).identity.destination == HERE
    store(node, single(1))
    assert verdict(node, elsewhere(single(1))) is ArrivalVerdict.NEW
