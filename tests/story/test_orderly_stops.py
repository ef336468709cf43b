"""Processes are stopped in the middle of a file: no durable message is sent twice."""

import os
import signal
import time

import pytest

from netrelay.core.pace import WIND_DOWN_S
from netrelay.ring.counters import CounterPage
from tests.story.nodes import CAPACITY_BYTES, MIB, Homes, NodePair, RunningNode, wait_for
from tests.story.test_broken_connections import OF_CHUNKS, SENT_AFTER_ACKNOWLEDGED

SIZE_BYTES = 64 * MIB
STOPS = 4
CHUNKS = "SELECT count(*) FROM messages WHERE type = 2"
MANIFESTS_HANDED = (
    "SELECT count(*) FROM events e JOIN messages m ON m.id = e.message"
    " WHERE m.type = 3 AND e.event = 'handed'"
)


@pytest.fixture
def agreed(homes: Homes) -> NodePair:
    """Yield two running nodes with an agreement."""
    pair = homes.pair()
    pair.start()
    first = pair.shelf.drop("boat", "first.txt", b"now they are agreed")
    pair.boat.wait_for_delivery("shelf", first)
    pair.wait_until_settled()
    return pair


def taken(node: RunningNode) -> int:
    """Return the number of received messages, including repeats."""
    counters = CounterPage.open_for_reading(node.line.runtime)
    return counters.snapshot()["processor_r"]["messages_in"]


def end(node: RunningNode, process: str) -> None:
    """Stop one of the eight processes with SIGTERM, and wait for its end."""
    gone = os.pidfd_open(node.process_pid(process))
    try:
        signal.pidfd_send_signal(gone, signal.SIGTERM)
        wait_for(f"{process} to end", lambda: _is_over(gone))
    finally:
        os.close(gone)


def _is_over(process: int) -> bool:
    try:
        signal.pidfd_send_signal(process, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("process", ["receiver", "processor_r", "sender", "processor_s"])
def test_durable_messages_are_not_sent_again_after_an_orderly_stop(
    agreed: NodePair, process: str
) -> None:
    shelf, boat = agreed
    node = boat if process in ("receiver", "processor_r") else shelf
    taken_before, chunks_before = taken(boat), boat.number(CHUNKS)
    manifests_before = shelf.number(MANIFESTS_HANDED)
    dropped = shelf.drop("boat", "large.bin", os.urandom(SIZE_BYTES))
    stops_s = []
    for number in range(1, STOPS + 1):
        due_bytes = number * SIZE_BYTES // (2 * STOPS)
        wait_for(
            f"{due_bytes} acknowledged bytes",
            lambda due_bytes=due_bytes: shelf.number(OF_CHUNKS, "acked") >= due_bytes,  # type: ignore[misc]
        )
        # Messages in flight at a stop, up to half of the file, are decided during it.
        if number > 1 and boat.inbox_names("shelf") != ["first.txt"]:
            break
        begun_s = time.monotonic()
        end(node, process)
        stops_s.append(time.monotonic() - begun_s)
    boat.wait_for_delivery("shelf", dropped)
    agreed.wait_until_settled()
    if max(stops_s) >= WIND_DOWN_S:
        pytest.skip(f"this machine is too busy: a stop took {max(stops_s):.1f} s, its whole time")
    # A manifest is repeated if its receipt takes long.
    manifests = shelf.number(MANIFESTS_HANDED) - manifests_before
    chunks = boat.number(CHUNKS) - chunks_before
    assert chunks == SIZE_BYTES // CAPACITY_BYTES
    assert taken(boat) - taken_before <= chunks + manifests
    assert shelf.number(SENT_AFTER_ACKNOWLEDGED, "handed") == 0
    assert [each.errors() for each in agreed] == [[], []]
