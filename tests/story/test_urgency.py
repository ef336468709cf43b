"""Priorities, and commands that wait for delivery, between whole nodes."""

import os

from tests.story.nodes import MIB, Homes, wait_for
from tests.story.relays import row_of

CHUNKS = 4


def test_an_urgent_message_overtakes_at_the_source_and_at_the_relay(homes: Homes) -> None:
    row = row_of(homes, "alba", "brno", "cork")
    source, relay, destination = row
    source.start()
    content = os.urandom(CHUNKS * MIB)
    for name, priority in (("slow.bin", "9"), ("usual.bin", "5"), ("urgent.bin", "0")):
        path = homes.folder / name
        path.write_bytes(content)
        source.line.good("send", str(path), "--to", "cork", "--priority", priority)
        source.wait_for_rows("SELECT 1 FROM files WHERE name = ?", name)
    relay.start()
    destination.start()
    delivered = "SELECT count(*) FROM files WHERE closed = 1"
    wait_for("three files", lambda: destination.number(delivered) == 3)
    row.wait_until_settled()
    handed = (
        "SELECT m.priority FROM events e JOIN messages m ON m.id = e.message"
        " WHERE e.event = 'handed' AND m.type = 2 ORDER BY e.seq"
    )
    order = [int(str(priority)) for (priority,) in source.rows(handed)]
    assert order == sorted(order)
    assert len(order) == 3 * CHUNKS
    # The priority is in the header, so relay and destination store it.
    for node in (relay, destination):
        assert node.rows("SELECT DISTINCT priority FROM messages WHERE type = 3 ORDER BY 1") == [
            (0,),
            (5,),
            (9,),
        ]
    exported = "SELECT m.priority FROM events e JOIN messages m ON m.id = e.message"
    first = destination.rows(f"{exported} WHERE e.event = 'exported' ORDER BY e.seq LIMIT 1")
    assert first == [(0,)]


def test_send_and_message_can_wait_for_the_delivery(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    pair.start()
    path = homes.folder / "a.txt"
    path.write_bytes(b"content")
    options = ("--to", "boat", "--wait", "delivered", "--timeout", "50s")
    sent = shelf.line.start("send", str(path), *options)
    assert sent.code == 0, sent
    assert "durable at boat" in sent.out
    assert boat.inbox_names("shelf") == ["a.txt"]
    said = shelf.line.start("message", "--lines", *options, given=b"one\ntwo\n")
    assert said.code == 0, said
    assert boat.number("SELECT count(*) FROM texts") == 2
