"""What of a job is copied to a medium: all of it, or what its next hop lacks."""

import os

import pytest

from netrelay.core.words import MessageType
from netrelay.transfer.medium_key import medium_key
from netrelay.transfer.parcels import Parcel, Parcels
from tests.transfer.linked_pair import SEGMENT, SIZE, Pair, TestNode

TOTAL = 7 * SEGMENT + 5


def parcels(source: TestNode, destination: TestNode) -> list[Parcel]:
    database = source.databases["processor_s"]
    peer = source.outbound.peers[destination.id]
    made = Parcels(
        *(database, source.sealer, peer, SIZE),
        lambda: medium_key(database, source.sealer, source.own, peer),
    )
    return list(made.waiting())


def ranges(found: list[Parcel]) -> list[tuple[int, int]]:
    """Return offset and length, in segments, of the chunks; all are opened by the one manifest."""
    chunks = [each for each in found if each.ready.type == MessageType.CHUNK]
    assert len({each.opened_by.name for each in chunks if each.opened_by is not None}) <= 1
    return [(each.ready.offset // SEGMENT, -(-each.ready.size_bytes // SEGMENT)) for each in chunks]


def test_all_of_a_job_is_copied_where_there_is_no_agreement(pair: Pair) -> None:
    source, destination = pair.source, pair.destination
    source.write("DELETE FROM sysinfo")
    source.drop_file(destination, b"a.bin", os.urandom(TOTAL))
    found = parcels(source, destination)
    assert found[0].ready.type == MessageType.MANIFEST
    assert ranges(found) == [(0, 2), (2, 2), (4, 2), (6, 2)]
    assert source.rows("SELECT 1 FROM messages WHERE type IN (2, 3)") == [], "nothing has moved"


def test_of_a_job_that_is_cut_what_the_next_hop_lacks(pair: Pair) -> None:
    source, destination = pair.source, pair.destination
    source.drop_file(destination, b"a.bin", os.urandom(TOTAL))
    assert ranges(parcels(source, destination)) == [(0, 2), (2, 2), (4, 2), (6, 2)]
    # The manifest, then chunks: the first of them is acknowledged.
    for _ in range(2):
        sent = source.fill_once(destination, slots=1)[0]
        (judged,) = destination.take(source, [sent.payload])
        source.conclude(sent, judged)
    assert ranges(parcels(source, destination)) == [(2, 2), (4, 2), (6, 2)]
    pair.send()
    assert parcels(source, destination) == [], "it waits for its receipt"


@pytest.mark.parametrize(("length", "form"), [(0, 1), (100, 1), (SEGMENT, 2)])
def test_what_fits_a_segment_goes_as_a_single(pair: Pair, length: int, form: int) -> None:
    source, destination = pair.source, pair.destination
    source.write("DELETE FROM sysinfo")
    source.drop_file(destination, b"a.bin", bytes(length))
    types = {each.ready.type for each in parcels(source, destination)}
    assert types == ({1} if form == 1 else {2, 3})


def test_a_key_comes_with_the_singles_and_not_alone(pair: Pair) -> None:
    source, destination = pair.source, pair.destination
    source.write("DELETE FROM sysinfo")
    (text,) = source.add_texts(destination, b"\x00\x04\x93\x02\xa0\x00hi")
    (found,) = parcels(source, destination)
    assert found.whole == text
    assert found.opened_by is not None
    assert found.opened_by.ready.type == MessageType.MANIFEST
    again = parcels(source, destination)
    assert [each.opened_by for each in again] == [found.opened_by], "one key serves all"
