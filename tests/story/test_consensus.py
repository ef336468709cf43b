"""Consensus, caused by the first file between two nodes without an agreement.

The test compares the merged audits of both nodes.
"""

import json
import os

import pytest

from tests.story.nodes import KIB, MIB, Homes, RunningNode, Step


def one(steps: list[Step], event: str, actor: str) -> Step:
    found = [step for step in steps if (step.event, step.actor) == (event, actor)]
    assert len(found) == 1, (event, actor, steps)
    return found[0]


def agreement(node: RunningNode) -> dict[str, object]:
    rows = node.rows(
        "SELECT p.name, y.ipaddress, y.commsport, y.dataports, y.message_size, y.agreement_number"
        " FROM sysinfo y JOIN peers p ON p.node = y.node"
    )
    assert len(rows) == 1
    name, addresses, commsport, dataports, message_size, number = rows[0]
    return {
        "peer": name,
        "addresses": json.loads(str(addresses)),
        "ports": [commsport, *json.loads(str(dataports))],
        "message_size": message_size,
        "number": number,
    }


@pytest.mark.parametrize(
    ("shelf_bytes", "boat_bytes"),
    [(1 * MIB, 64 * KIB), (128 * KIB, 16 * MIB), (1 * MIB, 1 * MIB)],
)
def test_the_first_file_leads_to_an_agreement(
    homes: Homes, shelf_bytes: int, boat_bytes: int
) -> None:
    pair = homes.pair(shelf_bytes, boat_bytes)
    shelf, boat = pair
    pair.start()
    assert [node.rows("SELECT * FROM sysinfo") for node in pair] == [[], []]

    dropped = shelf.drop("boat", "first.bin", os.urandom(200 * KIB))
    boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()

    # S1 without a row in sysinfo: the job waits in S-1, and a type 4 is created in S-5 ...
    created = one(shelf.audit(6), "created", "importer")
    assert (created.walk, created.effect) == ("- N-1 N-2 S-1 S-1", "hello")
    hello = shelf.audit(4)
    made = one(hello, "made", "engine")
    assert made.walk == "- N-1 N-2 S-1 S-5"
    # ... and stays there until its type 5 arrives, possibly before it is recorded as sent.
    assert one(hello, "sent", "initial_sender").walk in ("S-5 S-5", "F F")
    assert one(hello, "agreed", "engine").walk == "S-5 F"

    # S2: the type 4 is stored and settled, and creates a type 5.
    heard = one(boat.audit(4), "arrived", "initial_receiver")
    assert (heard.walk, heard.effect) == ("- N-1 N-2 N-3 N-4 F", "settle")
    reply = boat.audit(5)
    assert one(reply, "made", "engine").walk == "- N-1 N-2 S-1 S-5"
    assert one(reply, "sent", "initial_sender").walk == "S-5 F"

    # S1: the type 5 is stored together with sysinfo, and the job continues.
    answered = one(shelf.audit(5), "arrived", "initial_receiver")
    assert (answered.walk, answered.effect) == ("- N-1 N-2 N-3 N-4 F", "adopt")
    went_on = one(shelf.audit(6), "size-known", "engine")
    assert went_on.walk.startswith("S-1 S-1 S-2")

    # S2's receiver accepts the data connection.
    data = [step for step in boat.audit(1, 2, 3) if step.event == "arrived"]
    order = [created, made, heard, one(reply, "made", "engine"), answered, went_on, data[0]]
    assert [step.at_s for step in order] == sorted(step.at_s for step in order)
    assert shelf.number("SELECT handle FROM connections") >= 0

    # Both have the same agreement on the smaller capacity, and each other's address.
    message_size = min(shelf_bytes, boat_bytes)
    number = agreement(shelf)["number"]
    for node, other in ((shelf, boat), (boat, shelf)):
        assert agreement(node) == {
            "peer": other.name,
            "addresses": [other.address],
            "ports": [7411, 7412],
            "message_size": message_size,
            "number": number,
        }
    sizes = [size for (size,) in boat.rows("SELECT size_bytes FROM messages WHERE type IN (1, 2)")]
    assert max(int(str(size)) for size in sizes) == min(
        message_size, max(map(int, map(str, sizes)))
    )
    assert [node.errors() for node in pair] == [[], []]
