"""Receipt entries due to sources: returned once, and only while they are true."""

from netrelay.store.receipts import Owed, missing_ranges, owed_nodes, take_owed
from tests.store.node import HERE, OTHER, THEIR_EPOCH, THERE, OpenNode, file_of

MANIFEST, CHUNK = 3, 2


def add_manifest(node: OpenNode, sequence: int, total_bytes: int) -> int:
    """Insert a manifest that arrived; return its row."""
    return node.arrive(
        MANIFEST,
        sequence,
        size_bytes=0,
        total_bytes=total_bytes,
        info='{"kind": "file"}',
        **file_of("name", total_bytes),
    )


def cover(node: OpenNode, message: int, *ranges: tuple[int, int]) -> None:
    """Mark ranges of an incoming file as durable."""
    for first, last in ranges:
        node.write("INSERT INTO covered VALUES (?, ?, ?)", message, first, last)


def take(node: OpenNode, limit: int = 10, most_ranges: int = 8) -> list[Owed]:
    """Return the entries due to the peer, and delete them."""
    database = node.open("processor_s")
    with database.transaction():
        return take_owed(database, THERE, limit, most_ranges)


def owe(node: OpenNode, source: str, sequence: int, verdict: int, message: int = 0) -> None:
    """Insert an entry that is due to a source."""
    node.write(
        "INSERT INTO receipts_due VALUES (?, ?, ?, ?, 1, ?, ?, 'why')",
        *(source, HERE, THEIR_EPOCH, sequence, verdict, message),
    )


def test_an_entry_is_returned_once(node: OpenNode) -> None:
    owe(node, THERE, 1, 1)
    owe(node, THERE, 2, 3)
    owe(node, OTHER, 1, 1)
    assert take(node) == [
        Owed(HERE, THEIR_EPOCH, 1, 1, 1, (), "why"),
        Owed(HERE, THEIR_EPOCH, 2, 1, 3, (), "why"),
    ]
    assert take(node) == []
    assert node.rows("SELECT addressee FROM receipts_due") == [(OTHER,)]


def test_entries_are_returned_in_batches(node: OpenNode) -> None:
    for sequence in range(7):
        owe(node, THERE, sequence, 1)
    batches = [[word.sequence for word in take(node, limit=3)] for _ in range(4)]
    assert batches == [[0, 1, 2], [3, 4, 5], [6], []]


def test_an_entry_of_a_rolled_back_transaction_is_due_again(node: OpenNode) -> None:
    owe(node, THERE, 1, 1)
    database = node.open("processor_s")
    try:
        with database.transaction():
            assert len(take_owed(database, THERE, 10, 8)) == 1
            raise RuntimeError
    except RuntimeError:
        pass
    assert len(take(node)) == 1


def test_entries_for_sources_without_a_route_wait(node: OpenNode) -> None:
    owe(node, THERE, 1, 1)
    owe(node, THERE, 2, 1)
    assert owed_nodes(node.open("processor_s")) == []
    node.know(THERE, via=None)
    assert owed_nodes(node.open("processor_s")) == []
    node.write("UPDATE peers SET via = node")
    assert owed_nodes(node.open("processor_s")) == [THERE]


def test_missing_ranges_are_the_gaps(node: OpenNode) -> None:
    database = node.open("processor_s")
    message = add_manifest(node, 5, 1_000)
    assert missing_ranges(database, message, 8) == ((0, 1_000),)
    cover(node, message, (100, 200), (500, 1_000))
    assert missing_ranges(database, message, 8) == ((0, 100), (200, 300))
    cover(node, message, (0, 100))
    assert missing_ranges(database, message, 8) == ((200, 300),)
    cover(node, message, (200, 500))
    assert missing_ranges(database, message, 8) == ()


def test_the_first_missing_ranges_are_returned_up_to_the_limit(node: OpenNode) -> None:
    message = add_manifest(node, 5, 2_000)
    cover(node, message, *((at, at + 50) for at in range(0, 2_000, 100)))
    database = node.open("processor_s")
    assert missing_ranges(database, message, 3) == ((50, 50), (150, 50), (250, 50))
    everything = missing_ranges(database, message, 100)
    assert len(everything) == 20
    assert everything[-1] == (1_950, 50)


def test_a_repeated_manifest_asks_for_what_is_missing(node: OpenNode) -> None:
    message = add_manifest(node, 5, 1_000)
    cover(node, message, (0, 900))
    node.fact(message, "again", "processor_r")
    assert take(node) == [Owed(HERE, THEIR_EPOCH, 5, 1, 2, ((900, 100),), "")]


def test_a_complete_file_that_waits_for_exporter_has_no_entry(node: OpenNode) -> None:
    message = add_manifest(node, 5, 1_000)
    cover(node, message, (0, 1_000))
    node.fact(message, "again", "processor_r")
    assert take(node) == []
    node.fact(message, "exported", "exporter")
    assert take(node) == [Owed(HERE, THEIR_EPOCH, 5, 1, 1, (), "")]


def test_only_manifests_have_missing_ranges(node: OpenNode) -> None:
    assert missing_ranges(node.open("processor_s"), 0, 8) == ()
    assert missing_ranges(node.open("processor_s"), 999, 8) == ()
