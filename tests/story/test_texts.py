"""Texts between whole nodes: directly, and through a relay that cannot read them."""

from tests.story.nodes import Homes, NodePair, wait_for
from tests.story.relays import row_of
from tests.story.test_secrecy import files_of

COUNT = 3_000


def test_many_texts_arrive_once_and_in_order_with_receipts(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    texts = [f"reading {number} of {COUNT}: 21.5 °C" for number in range(COUNT)]
    lines = "\n".join(texts).encode()
    assert shelf.line.start("message", "--lines", "--to", "boat", given=lines).code == 0
    wait_for("all texts", lambda: boat.number("SELECT count(*) FROM texts") == COUNT)
    running_pair.wait_until_settled()
    assert [text for (text,) in boat.rows("SELECT text FROM texts ORDER BY sequence")] == texts
    assert boat.line.good("inbox").splitlines()[-1].endswith(texts[-1])
    # They share commits, frames and receipts: no process is woken for each.
    assert boat.number("SELECT count(*) FROM messages WHERE type = 7") < COUNT / 20
    assert [node.errors() for node in running_pair] == [[], []]


def test_a_text_passes_a_relay_that_was_down(homes: Homes) -> None:
    row = row_of(homes, "alba", "brno", "cork")
    source, relay, destination = row
    secret = "nobody in between reads this"
    assert "this node is down" in source.line.good("message", secret, "--to", "cork")
    source.start()
    wait_for(
        "the status to name it", lambda: "no agreement with brno" in source.line.good("status")
    )
    for node in (relay, destination):
        node.start()
    destination.wait_for_rows("SELECT 1 FROM texts")
    row.wait_until_settled()
    assert secret in destination.line.good("inbox")
    shown = [any(secret.encode() in data for _, data in files_of(node)) for node in row]
    assert shown == [True, False, True]
    assert [node.errors() for node in row] == [[], [], []]
