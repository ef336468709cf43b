"""Outgoing rows: the order of ready messages, next hops, and the low water."""

import pytest

from netrelay.store import outgoing
from netrelay.store.jobs import draw_epoch
from netrelay.store.outgoing import Call, Neighbour, Ready
from tests.store.node import EPOCH, HERE, OTHER, SIZE, THERE, OpenNode

SINGLE, CHUNK, MANIFEST, RECEIPT = 1, 2, 3, 7


def ready(node: OpenNode, next_hop: str = THERE) -> list[Ready]:
    """Return the messages that are ready for a next hop."""
    return list(outgoing.ready_messages(node.open("processor_s"), next_hop))


def add_made(node: OpenNode, type_: int, priority: int = 1) -> Ready:
    """Insert a message that this node makes itself, with a body."""
    database = node.open("processor_s")
    with database.transaction():
        made = outgoing.add_made(database, type_, THERE, priority)
        outgoing.keep_body(database, made.id, b"body")
    return made


@pytest.fixture
def linked(node: OpenNode) -> OpenNode:
    """A node with a peer and an agreement."""
    node.know(THERE)
    node.agree(THERE)
    return node


def test_a_single_is_ready_with_its_file(linked: OpenNode) -> None:
    job = linked.add_job(10)
    linked.time_s += 7
    (single,) = ready(linked)
    assert single.age_s == pytest.approx(7)
    assert single == Ready(
        *(single.id, SINGLE, HERE, THERE, EPOCH, 1, 1, 0, 30, 30, job, 1, 4, 3_600, single.age_s),
        *(0, "name", b"drop/.claimed/there/1/name", "fingerprint", 5),
        file_bytes=10,
    )


def test_urgent_and_small_messages_are_first_and_manifests_before_their_chunks(
    linked: OpenNode,
) -> None:
    linked.add_job(3 * SIZE, "large")
    linked.add_job(10, "small")
    receipt = add_made(linked, RECEIPT)
    types = [message.type for message in ready(linked)]
    assert types == [RECEIPT, MANIFEST, SINGLE]
    assert ready(linked)[0].id == receipt.id
    manifest = ready(linked)[1].id
    linked.fact(manifest, "handed")
    linked.fact(manifest, "acked")
    messages = [message for message in ready(linked) if message.type != RECEIPT]
    assert [(each.type, each.offset) for each in messages] == [
        (SINGLE, 0),
        (CHUNK, 0),
        (CHUNK, SIZE),
        (CHUNK, 2 * SIZE),
    ]


def test_nothing_is_ready_for_another_next_hop_or_before_its_due_time(linked: OpenNode) -> None:
    linked.add_job(10)
    assert ready(linked, OTHER) == []
    (single,) = ready(linked)
    linked.fact(single.id, "handed")
    assert ready(linked) == []
    database = linked.open("processor_s")
    with database.transaction():
        database.execute(
            "INSERT INTO facts VALUES (?, 'deferred', 'processor_s', 'no room', ?)",
            (single.id, database.now_s() + 60),
        )
    assert ready(linked) == []
    linked.time_s += 60
    assert [each.id for each in ready(linked)] == [single.id]


def test_a_closed_iterator_of_messages_blocks_no_transaction(linked: OpenNode) -> None:
    for number in range(3):
        linked.add_job(10, str(number))
    messages = outgoing.ready_messages(linked.open("processor_s"), THERE)
    first = next(messages)
    messages.close()
    linked.fact(first.id, "handed")
    assert len(ready(linked)) == 2


def test_the_low_water_is_the_smallest_unfinished_sequence(linked: OpenNode) -> None:
    database = linked.open("processor_s")
    jobs = [linked.add_job(10, str(number)) for number in range(4)]

    def low_water() -> int:
        return outgoing.low_water(database, HERE, THERE, EPOCH)

    assert low_water() == 1
    for job, mark in ((jobs[1], 1), (jobs[0], 3)):
        linked.write("INSERT INTO facts VALUES (?, 'receipted', 'engine', NULL, NULL)", job)
        assert low_water() == mark
    # A dead message may be retried.
    linked.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", jobs[2])
    linked.write("INSERT INTO facts VALUES (?, 'receipted', 'engine', NULL, NULL)", jobs[3])
    assert low_water() == 3
    linked.write("INSERT INTO facts VALUES (?, 'receipted', 'engine', NULL, NULL)", jobs[2])
    assert low_water() == 5
    add_made(linked, RECEIPT)
    assert low_water() == 5


def test_each_destination_has_its_own_low_water(linked: OpenNode) -> None:
    linked.know(OTHER)
    for number in range(3):
        linked.add_job(10, str(number), OTHER)
    job = linked.add_job(10)
    linked.write("INSERT INTO facts VALUES (?, 'receipted', 'engine', NULL, NULL)", job)
    database = linked.open("processor_s")
    assert outgoing.low_water(database, HERE, THERE, EPOCH) == 2
    assert outgoing.low_water(database, HERE, OTHER, EPOCH) == 1


def test_each_epoch_has_its_own_low_water(linked: OpenNode) -> None:
    linked.add_job(10)
    database = linked.open("importer")
    with database.transaction():
        draw_epoch(database)
    epoch = database.value("SELECT epoch FROM selfinfo")
    assert isinstance(epoch, bytes)
    assert outgoing.low_water(database, HERE, THERE, epoch) == 2
    linked.add_job(10, "second")
    linked.add_job(10, "third")
    assert outgoing.low_water(database, HERE, THERE, epoch) == 2
    assert outgoing.low_water(database, HERE, THERE, EPOCH) == 1


@pytest.mark.parametrize("type_", [MANIFEST, RECEIPT])
@pytest.mark.parametrize("agreed", [True, False], ids=["agreed", "not agreed"])
def test_a_made_message_is_returned_as_its_row_has_it(
    node: OpenNode, type_: int, agreed: bool
) -> None:
    """Without an agreement a trigger also inserts a hello, which must not be returned."""
    node.know(THERE)
    if agreed:
        node.agree(THERE)
    made = add_made(node, type_, 2)
    assert node.rows(
        "SELECT id, type, source, destination, epoch, sequence, attempt, priority, lifetime_s"
        " FROM messages WHERE type = ?",
        type_,
    ) == [(made.id, type_, HERE, THERE, EPOCH, 1, 1, 2, 3_600)]
    assert made[1:7] == (type_, HERE, THERE, EPOCH, 1, 1)
    assert (made.priority, made.lifetime_s) == (2, 3_600)
    assert outgoing.read_body(node.open("processor_s"), made.id) == b"body"
    node.agree(THERE, number=8)
    assert [message.id for message in ready(node)] == [made.id]


def test_a_body_is_deleted_with_its_message(linked: OpenNode) -> None:
    made = add_made(linked, RECEIPT)
    linked.fact(made.id, "handed")
    linked.fact(made.id, "acked")
    assert outgoing.read_body(linked.open("processor_s"), made.id) is None
    assert linked.rows("SELECT * FROM bodies") == []


def test_a_connection_is_requested_while_a_message_is_ready_and_none_is_open(
    linked: OpenNode,
) -> None:
    database = linked.open("processor_s")
    assert outgoing.neighbours_to_connect(database) == []
    linked.write("UPDATE peers SET seen_address = '10.0.0.9'")
    linked.add_job(10)
    neighbour = Neighbour(THERE, "name of there", ("10.0.0.9",), (7412, 7413), 2, SIZE)
    assert outgoing.neighbours_to_connect(database) == [neighbour]
    with database.transaction():
        outgoing.report_call(database, Call(THERE, 3, 0, 2, 0, None, 0.5, "192.0.2.1", ""))
    assert outgoing.neighbours_to_connect(database) == []
    with database.transaction():
        outgoing.forget_connections(database)
    assert outgoing.neighbours_to_connect(database) == [neighbour]


def test_only_messages_in_flight_are_lost(linked: OpenNode) -> None:
    for number in range(3):
        linked.add_job(10, str(number))
    first, second, _ = ready(linked)
    linked.fact(first.id, "handed")
    linked.fact(second.id, "handed")
    linked.fact(first.id, "acked")
    assert outgoing.lost_messages(linked.open("processor_s")) == [second.id]


def test_still_ready_returns_the_messages_whose_state_did_not_change(linked: OpenNode) -> None:
    for number in range(3):
        linked.add_job(10, f"file {number}")
    first, second, third = (message.id for message in ready(linked))
    linked.fact(second, "handed")
    database = linked.open("processor_s")
    assert outgoing.still_ready(database, [third, second, first]) == {first, third}
    assert outgoing.still_ready(database, []) == set()
