"""What waits for a medium, what a medium is known to hold, and who may say that it arrived."""

import pytest

from netrelay.core.message_names import MessageName
from netrelay.core.words import MessageType
from netrelay.store import outgoing
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.media import (
    copies_of,
    note_copies,
    pieces_of,
    reached_by,
    store_acknowledged,
    waiting_for,
    waiting_key,
)
from tests.store.node import EPOCH, HERE, OTHER, SIZE, THERE, OpenNode

MEDIUM = "/media/stick"


@pytest.fixture
def known(node: OpenNode) -> OpenNode:
    """A node that knows two peers and has never met them; one is reached over the other."""
    node.know(THERE)
    node.know(OTHER, via=THERE)
    return node


def add_receipt(node: OpenNode, destination: str = THERE) -> outgoing.Ready:
    database = node.open("processor_s")
    with database.transaction():
        made = outgoing.add_made(database, MessageType.RECEIPT, destination, 1)
        outgoing.keep_body(database, made.id, b"body")
    return made


def waiting(node: OpenNode, destination: str = THERE) -> list[tuple[int, str]]:
    """Return type and state of what waits for a node."""
    found = waiting_for(node.open("person"), destination)
    return [(each.ready.type, each.state) for each in found]


def acknowledged(node: OpenNode, signer: str, *names: MessageName) -> int:
    database = node.open("person")
    refused: list[str] = []
    with database.transaction():
        count = store_acknowledged(database, signer, names, refused.append)
    assert refused == []
    return count


def name_of(made: outgoing.Ready) -> MessageName:
    return MessageName(
        *(made.type, made.source, made.destination, made.epoch, made.sequence, made.attempt),
        *(made.offset, made.size_bytes),
    )


def test_a_job_waits_whole_without_an_agreement_and_its_pieces_with_one(known: OpenNode) -> None:
    job = known.add_job(3 * SIZE + 5)
    receipt = add_receipt(known)
    assert waiting(known) == [(7, "S-1"), (6, "S-1")]
    assert waiting(known, OTHER) == []
    known.agree(THERE)
    assert waiting(known) == [(7, "S-4"), (6, "S-2W")]
    (found,) = (each for each in waiting_for(known.open("person"), THERE) if each.ready.id == job)
    pieces = pieces_of(known.open("person"), found.ready)
    assert [(each.type, each.offset, each.is_taken) for each in pieces] == [
        *((2, number * SIZE, False) for number in range(4)),
        (3, 0, False),
    ]
    known.fact(receipt.id, "handed")
    assert waiting(known)[0] == (7, "S-4W"), "a line may break: it waits until it is acknowledged"
    known.fact(receipt.id, "acked")
    assert waiting(known) == [(6, "S-2W")]


def test_nodes_are_reached_over_others(known: OpenNode) -> None:
    assert reached_by(known.open("person"), THERE) == [THERE, OTHER]
    assert reached_by(known.open("person"), OTHER) == [OTHER]


def test_who_is_not_on_the_way_acknowledges_nothing(known: OpenNode) -> None:
    near, far = add_receipt(known), add_receipt(known, OTHER)
    assert acknowledged(known, OTHER, name_of(near)) == 0
    assert acknowledged(known, "stranger", name_of(near), name_of(far)) == 0
    assert acknowledged(known, THERE, name_of(near), name_of(far)) == 2
    states = known.rows("SELECT state FROM messages WHERE type = 7 ORDER BY id")
    assert states == [("F",), ("F",)]
    assert acknowledged(known, THERE, name_of(near)) == 0, "it has ended"


def test_its_destination_acknowledges_what_is_for_it(known: OpenNode) -> None:
    assert acknowledged(known, OTHER, name_of(add_receipt(known, OTHER))) == 1


def test_what_is_not_here_is_ignored(known: OpenNode) -> None:
    made = add_receipt(known)
    for change in ({"sequence": 99}, {"epoch": b"x" * 8}, {"attempt": 2}, {"type": 3}):
        assert acknowledged(known, THERE, name_of(made)._replace(**change)) == 0
    # What another node made for this one is nothing that this one gave on.
    theirs = name_of(made)._replace(source=THERE, destination=HERE, epoch=EPOCH)
    assert acknowledged(known, THERE, theirs) == 0


def test_a_key_that_is_not_taken_is_used_again(known: OpenNode) -> None:
    assert waiting_key(known.open("person"), THERE) is None
    database = known.open("processor_s")
    with database.transaction():
        made = outgoing.add_made(database, MessageType.MANIFEST, THERE, 0)
        outgoing.keep_body(database, made.id, b"manifest")
    found = waiting_key(known.open("person"), THERE)
    assert found is not None
    assert (found[0].id, found[1]) == (made.id, b"manifest")
    known.fact(made.id, "acked")
    assert waiting_key(known.open("person"), THERE) is None


def test_copies_are_known_until_their_message_has_ended(known: OpenNode) -> None:
    job, other = known.add_job(5), known.add_job(6)
    database = known.open("person")

    def copies(message: int) -> list[str]:
        reader = ReadOnlyDatabase(database.path, known.clock)
        try:
            return [each.medium for each in copies_of(reader, message)]
        finally:
            reader.close()

    def note(medium: str, *messages: int) -> None:
        with database.transaction():
            note_copies(database, medium, [THERE], messages)

    note(MEDIUM, job, other)
    known.time_s += 60
    note(MEDIUM, job)
    assert (copies(job), copies(other)) == ([MEDIUM], [])
    copied_s = known.value("SELECT copied_s FROM carried_copies WHERE message = ?", job)
    assert copied_s == known.value("SELECT clock() - 60"), "it has been there since"
    for number in range(20):
        known.time_s += 1
        note(f"/media/{number}", other)
    assert known.value("SELECT count(DISTINCT medium) FROM carried_copies") == 16
    known.fact(other, "cancelled", "person")
    assert copies(other) == []
