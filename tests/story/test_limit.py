"""`netrelay limit` on running nodes: the rate is never exceeded, urgent messages do not wait.

No test asserts a duration: the bytes sent by a moment are compared with those the rate allows by
then.
"""

import os
import time

from netrelay.core.token_bucket import TokenBucket
from netrelay.ring.counters import CounterPage
from tests.story.nodes import KIB, MIB, Homes, RunningNode, wait_for

RATE_BYTES_PER_S = 512 * KIB
CHUNK_BYTES = 64 * KIB


def counter(node: RunningNode, name: str) -> int:
    return CounterPage.open_for_reading(node.line.runtime).snapshot()["sender"][name]


class Meter:
    """Compares the bytes that sender has written with those that the rate allows."""

    def __init__(self, node: RunningNode) -> None:
        self._node = node
        self._begun_bytes = counter(node, "wire_bytes_out")
        self._begun_s = time.monotonic()
        bucket = TokenBucket(RATE_BYTES_PER_S, 0.0)
        self.once_bytes = bucket.burst_bytes + bucket.piece_bytes
        self.starts = 1

    def check(self) -> bool:
        """Assert that no more was sent than allowed; return True, for conditions."""
        gone_bytes = counter(self._node, "wire_bytes_out") - self._begun_bytes
        # The clock is read after the counter, which can only allow more.
        elapsed_s = time.monotonic() - self._begun_s
        most_bytes = RATE_BYTES_PER_S * elapsed_s + self.starts * self.once_bytes
        assert gone_bytes <= most_bytes, (gone_bytes, elapsed_s)
        return True


def agreed(homes: Homes, chunk_bytes: int = CHUNK_BYTES) -> tuple[RunningNode, RunningNode]:
    """Yield two running nodes with a connection from shelf to boat."""
    pair = homes.pair(chunk_bytes, chunk_bytes)
    pair.start()
    pair.boat.wait_for_delivery("shelf", pair.shelf.drop("boat", "first.txt", b"first"))
    pair.wait_until_settled()
    return pair.shelf, pair.boat


def test_the_rate_is_never_exceeded_over_a_break_and_a_restart(homes: Homes) -> None:
    shelf, boat = agreed(homes)
    shelf.line.good("limit", "boat", "512K")
    meter = Meter(shelf)
    dropped = shelf.drop("boat", "film.mkv", os.urandom(2 * MIB))
    wait_for("a part of it", lambda: meter.check() and boat.bytes_coming() > MIB // 2)
    # The connection ends; the token bucket keeps its level for the next.
    boat.kill("receiver")
    shelf.wait_for_rows("SELECT 1 FROM events WHERE event = 'lost'")
    wait_for("more of it", lambda: meter.check() and boat.bytes_coming() > MIB)
    shelf.stop()
    meter.starts += 1
    shelf.start()
    assert "boat  512 KiB/s" in shelf.line.good("limit")
    coming = boat.home.inbox / "shelf" / "film.mkv"
    wait_for("the file", lambda: meter.check() and coming.exists())
    boat.wait_for_delivery("shelf", dropped)
    assert [node.errors() for node in (shelf, boat)] == [[], []]


def test_an_urgent_message_does_not_wait_behind_a_full_window(homes: Homes) -> None:
    """Without the limit, two seconds of chunks (16) would be sent before the urgent message."""
    shelf, boat = agreed(homes)
    shelf.line.good("limit", "boat", "512K")
    shelf.drop("boat", "film.mkv", os.urandom(24 * MIB))
    wait_for("a part of it", lambda: boat.bytes_coming() > 2 * MIB)
    shelf.line.good("message", "the door is open", "--to", "boat", "--wait", "delivered")
    # It arrived before most chunks of the file.
    assert boat.inbox_names("shelf") == ["first.txt"]
    of_text = (
        "SELECT min(e.seq) FROM events e JOIN messages m ON m.id = e.message"
        " WHERE m.type = 1 AND m.file IS NULL"
    )
    born, acknowledged = (
        shelf.number(f"{of_text}{which}") for which in ("", " AND event = 'acked'")
    )
    before = shelf.number(
        "SELECT count(*) FROM events e JOIN messages m ON m.id = e.message"
        " WHERE m.type = 2 AND e.event = 'acked' AND e.seq BETWEEN ? AND ?",
        born,
        acknowledged,
    )
    # One chunk was being written and one decided; its key was sent first, with one between.
    assert before <= 4
    assert "limited to 512 KiB/s" in shelf.line.good("jobs")
    assert "512 KiB/s at most" in shelf.line.good("why", "film.mkv")


def test_a_running_node_adopts_a_limit_without_a_new_connection(homes: Homes) -> None:
    shelf, boat = agreed(homes, 1 * MIB)
    dropped = shelf.drop("boat", "film.mkv", os.urandom(4 * MIB))
    # At this rate the rest would take a quarter of an hour.
    shelf.line.good("limit", "boat", "4K")
    second = shelf.drop("boat", "second.mkv", os.urandom(4 * MIB))
    wait_for("a part of it", lambda: shelf.rows("SELECT 1 FROM messages WHERE state = 'S-4W'"))
    shelf.line.good("limit", "boat", "none")
    for each in (dropped, second):
        boat.wait_for_delivery("shelf", each)
    assert counter(shelf, "connections_opened") == 1
    assert [node.errors() for node in (shelf, boat)] == [[], []]
