"""Prometheus scrapes two nodes: alerts of docs/monitoring fire when they should, and clear."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.command_line import CHECKOUT
from tests.small_disk import SmallDisk, small_disk
from tests.story.nodes import MIB, Homes, RunningNode, free_address
from tests.story.prometheus import prometheus, why_no_prometheus

_PORT = 7481

pytestmark = pytest.mark.skipif(bool(why_no_prometheus()), reason=why_no_prometheus())


@contextmanager
def served(node: RunningNode) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yield where the metrics of a node are, and their process."""
    place = f"{free_address()}:{_PORT}"
    process = subprocess.Popen(
        [sys.executable, "-m", "netrelay", "metrics", "--listen", place, "--from", "127.0.0.0/8"],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "NETRELAY_HOME": str(node.home.path),
            "NETRELAY_RUNTIME_DIRECTORY": str(node.line.runtime),
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        yield place, process
    finally:
        process.kill()
        process.wait(20)


@pytest.fixture
def disk(homes: Homes) -> Iterator[SmallDisk]:
    """Boat's home, larger than the reserve for the database."""
    with small_disk(homes.folder / "boat", 96 * MIB) as found:
        if found is None:
            pytest.skip("only root may mount a tmpfs")
        yield found
        for node in homes.nodes:
            node.stop()


def test_alerts_of_two_nodes_fire_and_clear(homes: Homes, disk: SmallDisk) -> None:
    shelf, boat = homes.pair()
    for node in (shelf, boat):
        node.start()
    with served(shelf) as (at_shelf, _), served(boat) as (at_boat, of_boat):
        targets = {"shelf": at_shelf, "boat": at_boat}
        with prometheus(homes.folder / "prometheus", targets) as server:
            server.wait_until_clear("NetrelayDoesNotAnswer", instance="shelf")
            server.wait_until_clear("NetrelayDoesNotAnswer", instance="boat")

            # A text that is given up, since its lifetime is over while nobody is there.
            boat.stop()
            server.wait_until_firing("NetrelayProcessDown", instance="boat", process="sender")
            shelf.line.good("message", "hello", "--to", "boat")
            shelf.change("UPDATE messages SET expires_s = 1 WHERE type = 1")
            shelf.kill("exporter")
            server.wait_until_firing("NetrelayWarning", instance="shelf")
            dead = 'netrelay_health_finding{instance="shelf",kind="expired",subject="boat"}'
            assert server.values(dead) == [1.0]
            assert not server.firing("NetrelayError", instance="boat")
            boat.start()
            server.wait_until_clear("NetrelayProcessDown", instance="boat")

            disk.fill(left_bytes=6 * MIB)
            boat.kill("exporter")
            server.wait_until_firing("NetrelayError", instance="boat")
            disk.make_room()
            boat.kill("exporter")
            server.wait_until_clear("NetrelayError", instance="boat")

            # It accepts, and answers nothing.
            of_boat.send_signal(signal.SIGSTOP)
            server.wait_until_firing("NetrelayDoesNotAnswer", instance="boat")
            of_boat.send_signal(signal.SIGCONT)
            server.wait_until_clear("NetrelayDoesNotAnswer", instance="boat")
            totals = "netrelay_process_starts_total"
            assert server.values(f'{totals}{{instance="boat",process="exporter"}}') == [4.0]
