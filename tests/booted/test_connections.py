"""Restarts during a large file: the connection is restored, little is sent twice."""

import os
import time
from collections.abc import Iterator

import pytest

from netrelay.ring.counters import CounterPage
from netrelay.runtime.clock import system_clock
from netrelay.store.database import ReadOnlyDatabase
from netrelay.transfer.flight import LARGEST_WINDOW_BYTES
from tests.booted.node import BootedNode, BootedPair, expect
from tests.story.test_broken_connections import OF_CHUNKS, SENT_AFTER_ACKNOWLEDGED, SURPLUS
from tests.story.test_orderly_stops import CHUNKS, MANIFESTS_HANDED

MIB = 1024 * 1024
SIZE_BYTES = 96 * MIB
RESTARTED = ("receiver", "sender", "receiver", "sender")
# Slow enough for the transfer to last until the last restart.
LINE = ("rate", "200mbit", "burst", "256kb", "latency", "50ms")
LOOK_S = 0.005


class Watched:
    """Counters and database of a booted node."""

    def __init__(self, node: BootedNode) -> None:
        self.node = node

    def count(self, process: str, counter: str) -> int:
        """Return a counter of a process since boot."""
        return CounterPage.open_for_reading(self.node.runtime).snapshot()[process][counter]

    def number(self, sql: str, *values: str) -> int:
        """Return the number that a query selects."""
        database = ReadOnlyDatabase(self.node.home / "netrelay.db", system_clock())
        try:
            ((number,),) = database.rows(sql, values)
        finally:
            database.close()
        assert isinstance(number, int)
        return number


@pytest.fixture
def slow_line(ready: BootedPair) -> Iterator[BootedPair]:
    """Yield the pair on a line with a rate limit."""
    network = ready.boat.machine.network
    network.shape(*LINE)
    yield ready
    network.unshape()


def test_restarts_in_the_middle_of_a_file_send_nothing_twice_that_was_durable(
    slow_line: BootedPair, figures: list[str]
) -> None:
    shelf, boat = slow_line
    seen, source = Watched(shelf), Watched(boat)
    marks = {event: source.number(OF_CHUNKS, event) for event in ("handed", "acked", "lost")}
    sent_before = source.count("sender", "wire_bytes_out")
    taken_before = seen.count("processor_r", "messages_in")
    chunks_before = seen.number(CHUNKS)
    manifests_before = source.number(MANIFESTS_HANDED)
    body = os.urandom(SIZE_BYTES)
    boat.drop("shelf", "restarted.bin", body)

    back_s = []
    for number, process in enumerate(RESTARTED, 1):
        due_bytes = marks["acked"] + number * SIZE_BYTES // (len(RESTARTED) + 1)
        boat.machine.wait_for(
            f"{due_bytes} acknowledged bytes",
            lambda due_bytes=due_bytes: source.number(OF_CHUNKS, "acked") >= due_bytes,  # type: ignore[misc]
            LOOK_S,
        )
        assert "restarted.bin" not in shelf.received("boat")
        opened = source.count("sender", "connections_opened")
        begun_s = time.monotonic()
        at = shelf if process == "receiver" else boat
        at.machine.run("systemctl", "restart", "--no-block", f"netrelay-{process}.service")
        boat.machine.wait_for(
            f"a connection after the restart of {process}",
            lambda opened=opened: source.count("sender", "connections_opened") > opened,  # type: ignore[misc]
            LOOK_S,
        )
        back_s.append(time.monotonic() - begun_s)
    expect(boat, shelf, "restarted.bin", body)

    sent_bytes = source.count("sender", "wire_bytes_out") - sent_before
    lost_bytes = source.number(OF_CHUNKS, "lost") - marks["lost"]
    handed_bytes = source.number(OF_CHUNKS, "handed") - marks["handed"]
    taken = seen.count("processor_r", "messages_in") - taken_before
    figures.append(
        f"{SIZE_BYTES / MIB:.0f} MiB over restarts of {', '.join(RESTARTED)}:"
        f" {sent_bytes / MIB:.1f} MiB sent, connected again after"
        f" {', '.join(f'{each:.2f}' for each in back_s)} s; shelf took {taken} messages"
    )
    # A manifest is repeated if its receipt takes long.
    manifests = source.number(MANIFESTS_HANDED) - manifests_before
    assert taken <= seen.number(CHUNKS) - chunks_before + manifests
    assert handed_bytes == SIZE_BYTES + lost_bytes
    assert source.number(SENT_AFTER_ACKNOWLEDGED, "handed") == 0
    assert sent_bytes <= SIZE_BYTES * SURPLUS + len(RESTARTED) * LARGEST_WINDOW_BYTES
    # A window is a third of this file, so check that only lost messages were sent again.
    assert sent_bytes <= (SIZE_BYTES + lost_bytes) * SURPLUS
