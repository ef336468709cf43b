"""What a monitor reads of two nodes while files cross, with real processes."""

from tests.cli.metrics.samples import Samples, read_samples
from tests.story.nodes import MIB, NodePair, RunningNode, wait_for


def metrics(node: RunningNode) -> Samples:
    return read_samples(node.line.good("metrics"))


def delivered(node: RunningNode, peer: str, direction: str) -> tuple[float, float]:
    """Return the number and the bytes of what was delivered."""
    found = metrics(node)
    labels = {"peer": peer, "direction": direction}
    return (
        found.value("netrelay_peer_delivered_total", **labels),
        found.value("netrelay_peer_delivered_bytes_total", **labels),
    )


def test_both_ends_count_what_was_delivered(running_pair: NodePair) -> None:
    """A large file, which compresses well, a small one and a text count once, each."""
    shelf, boat = running_pair
    contents = {"large": b"a" * (3 * MIB + 1), "small": b"12345"}
    for name, content in contents.items():
        boat.wait_for_delivery("shelf", shelf.drop("boat", name, content))
    shelf.line.good("message", "hello", "--to", "boat")
    # A text counts as the single message that it is.
    (text_bytes,) = shelf.rows("SELECT total_bytes FROM messages WHERE type = 1 AND parent = 0")[0]
    total = 3, 3 * MIB + 1 + 5 + int(str(text_bytes))
    wait_for("the receipts", lambda: delivered(shelf, "boat", "out") == total)
    assert delivered(boat, "shelf", "in") == total
    assert delivered(shelf, "boat", "in") == delivered(boat, "shelf", "out") == (0, 0)

    found = metrics(boat)
    assert found.value("netrelay_peer_connected", peer="shelf") == 1
    assert found.value("netrelay_process_up", process="exporter") == 1
    for what in ("commit", "flush"):
        count = f"netrelay_process_{what}_seconds_count"
        assert found.value(count, process="processor_r") > 0
    assert found.value("netrelay_process_commit_seconds_sum", process="processor_r") > 0
