"""A line that is lost without a word: packets vanish, and nothing says that they do.

It needs network namespaces and a TUN device, so root rights.
"""

import os
import shutil
import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from bench.broken_lines.__main__ import Scenario, over_netrelay
from bench.broken_lines.line import ADDRESSES, GOOD, Schedule, line_between
from bench.broken_lines.nodes import Node

KIB = 1024
MOST_S = float(os.environ.get("NETRELAY_STORY_DEADLINE_S", "60"))

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/dev/net/tun").exists() or shutil.which("ip") is None,
    reason="needs root rights, ip and /dev/net/tun",
)


@pytest.mark.parametrize(
    "schedule",
    [Schedule(125_000, up_s=1, down_s=4), Schedule(32 * KIB, reset_every_s=2)],
    ids=["comes and goes", "reset"],
)
def test_a_file_crosses_with_less_than_twice_its_bytes(
    short_path: Path, schedule: Schedule
) -> None:
    scenario = Scenario("a story", schedule, 256 * KIB, MOST_S)
    spaces = (f"nrs{os.getpid()}", f"nrt{os.getpid()}")
    with line_between(*spaces) as line:
        outcome = over_netrelay(short_path, spaces, line, scenario)
    assert outcome is not None, "it did not arrive, or not as it was"
    assert outcome.crossed_bytes < 2 * scenario.size_bytes


def wait_for_row(node: Node, query: str) -> None:
    """Wait until a query of a node's database has a row."""
    end_s = time.monotonic() + MOST_S
    with closing(sqlite3.connect(f"file:{node.home}/netrelay.db?mode=ro", uri=True)) as database:
        while database.execute(query).fetchone() is None:
            assert time.monotonic() < end_s, f"no row in time: {query}"
            time.sleep(0.05)


def test_a_line_that_carries_nothing_is_a_row(short_path: Path) -> None:
    spaces = (f"nrs{os.getpid()}", f"nrt{os.getpid()}")
    with line_between(*spaces) as line, ExitStack() as stopped:
        shelf, boat = (
            Node(short_path, name, space, address)
            for name, space, address in zip(("shelf", "boat"), spaces, ADDRESSES, strict=True)
        )
        for node in (shelf, boat):
            node.make()
        shelf.enrol(boat)
        boat.enrol(shelf)
        for node in (shelf, boat):
            node.start()
            stopped.callback(node.stop)
        for name, size in (("first", 10), ("large", 3 * 1024 * KIB)):
            (short_path / name).write_bytes(os.urandom(size))
        shelf.netrelay("send", str(short_path / "first"), "--to", "boat")
        wait_for_row(shelf, "SELECT 1 FROM deliveries WHERE name = 'first'")
        line.begin(Schedule(64 * KIB))
        shelf.netrelay("send", str(short_path / "large"), "--to", "boat")
        wait_for_row(shelf, "SELECT 1 FROM peer_overview WHERE in_flight > 1")
        line.begin(Schedule(64 * KIB, up_s=1e-6, down_s=1e6))
        wait_for_row(
            shelf,
            "SELECT 1 FROM queue WHERE name = 'large' AND cause = 'stalled'"
            " AND reason = 'another connection is dialled beside it'",
        )
        wait_for_row(shelf, "SELECT 1 FROM stuck WHERE name = 'large' AND waited_s >= 10")
        line.begin(GOOD)
        wait_for_row(shelf, "SELECT 1 FROM deliveries WHERE name = 'large'")
        wait_for_row(shelf, "SELECT 1 FROM peer_overview WHERE stalled_since_at IS NULL")
