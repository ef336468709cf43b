"""One file of several chunks: every state from the drop folder to the receipt."""

import os

from tests.story.nodes import CAPACITY_BYTES, MIB, NodePair, Step

SIZE_BYTES = 5 * MIB + 12_345
CHUNKS = 6  # five full chunks and the rest


def walks(steps: list[Step]) -> list[tuple[str, str]]:
    return [(step.event, step.walk) for step in steps]


def test_a_file_of_several_chunks_passes_the_documented_states(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    content = os.urandom(SIZE_BYTES)
    dropped = shelf.drop("boat", "walk.bin", content)
    boat.wait_for_delivery("shelf", dropped)
    running_pair.wait_until_settled()

    # Source: the job is cut into a manifest and chunks, and waits for the receipt.
    assert walks(shelf.audit(6)) == [
        ("created", "- N-1 N-2 S-1 S-1"),
        ("size-known", "S-1 S-1 S-2"),
        ("all-cut", "S-2 S-2W"),
        ("pieces-done", "S-2W S-2W"),
        ("receipted", "S-2W F"),
    ]
    piece = [("cut", "- S-4"), ("handed", "S-4 S-4W"), ("acked", "S-4W F")]
    assert walks(shelf.audit(3)) == piece
    chunks = shelf.rows('SELECT id, "offset", size_bytes FROM messages WHERE type = 2 ORDER BY 2')
    assert len(chunks) == -(-SIZE_BYTES // CAPACITY_BYTES) == CHUNKS
    at_bytes = 0
    for message, offset, size_bytes in chunks:
        assert [(s.event, s.walk) for s in shelf.audit(2) if s.message == message] == piece
        assert offset == at_bytes
        at_bytes += int(str(size_bytes))
    assert at_bytes == SIZE_BYTES
    handed = [step.type for step in shelf.audit(2, 3) if step.event == "handed"]
    assert handed == [3] + [2] * CHUNKS
    [(handle, address)] = shelf.rows("SELECT handle, address FROM connections")
    assert int(str(handle)) >= 0
    assert address == boat.address

    # Destination: the manifest arrives first, and waits in N-4 until exporter is done.
    arrived = [step.type for step in boat.audit(2, 3) if step.event == "arrived"]
    assert arrived == [3] + [2] * CHUNKS
    assert walks(boat.audit(3)) == [
        ("arrived", "- N-1 N-2 N-3 N-4"),
        ("exported", "N-4 F"),
    ]
    assert [(s.event, s.walk, s.effect) for s in boat.audit(2)] == [
        ("arrived", "- N-1 N-2 N-3 N-4 F", "cover")
    ] * CHUNKS
    hashes = boat.rows("SELECT hash, found FROM messages WHERE type IN (2, 3)")
    assert all(claimed == found is not None for claimed, found in hashes)
    assert boat.rows("SELECT * FROM ranges") == []

    # The receipt arrives, and ends the job.
    assert walks(boat.audit(7)) == [
        ("made", "- N-1 N-2 S-1 S-4"),
        ("handed", "S-4 S-4W"),
        ("acked", "S-4W F"),
    ]
    assert [(s.walk, s.effect) for s in shelf.audit(7)] == [("- N-1 N-2 N-3 N-4 F", "receipts")]

    # One file at the destination, one kept in sent/, nothing in between.
    assert boat.inbox_names("shelf") == ["walk.bin"]
    assert list(boat.home.staging.iterdir()) == []
    assert (shelf.home.sent / "boat" / "walk.bin").read_bytes() == content
    assert [*(shelf.home.drop / "boat").iterdir(), *(shelf.home.claims / "boat").iterdir()] == []
    assert [node.errors() for node in running_pair] == [[], []]
