"""`netrelay top`: rates from the counters page, a live screen, and a node that is down."""

import json
import os
import pty
import select
import subprocess
import sys
import termios
import time

import pytest

from netrelay.cli.commands.top import Sample, rates
from netrelay.ring.counters import CounterPage
from tests.cli.command_line import CHECKOUT, CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def test_what_a_counter_grew_a_second() -> None:
    before = Sample(10.0, {"sender": {"frames_out": 5, "starts": 1}})
    now = Sample(12.0, {"sender": {"frames_out": 25, "starts": 1}, "receiver": {"frames_in": 4}})
    assert rates(before, now) == {
        "sender": {"frames_out": 10.0, "starts": 0.0},
        "receiver": {"frames_in": 2.0},
    }


def test_a_page_that_began_anew_counts_from_zero() -> None:
    found = rates(Sample(0.0, {"sender": {"x": 100}}), Sample(1.0, {"sender": {"x": 7}}))
    assert found == {"sender": {"x": 7.0}}


def test_nothing_runs(shelf: CommandLine) -> None:
    out = shelf.good("top", "--once", "--interval", "0.05s")
    assert "shelf  down" in out
    assert "nothing runs here: `netrelay up" in out
    assert "boat" in out


def test_a_node_that_runs(shelf: CommandLine) -> None:
    with up(shelf):
        writer = CounterPage.open(shelf.runtime).writer("sender")
        writer.add("wire_bytes_out", 3 * MIB)
        writer.set("connections_open", 1)
        with walks(shelf) as node:
            node.agree("boat")
            node.claim("boat", "film.mkv", 3 * MIB)
        out = shelf.good("top", "--once", "--interval", "0.05s")
        found = json.loads(shelf.good("top", "--once", "--json", "--interval", "0.05s"))
    assert "shelf  up" in out
    (sender,) = [line.split() for line in out.splitlines() if line.startswith("sender")]
    assert sender == ["sender", "0.0", "0.0", "1"]
    (boat,) = [line.split() for line in out.splitlines() if line.startswith("boat")]
    assert boat[:3] == ["boat", "4", "0"]
    assert found["counters"]["sender"]["wire_bytes_out"] == 3 * MIB
    assert found["rates"]["sender"]["wire_bytes_out"] == 0
    assert found["peers"][0]["ready"] == 4


def test_an_interval_that_is_none(shelf: CommandLine) -> None:
    assert shelf.bad("top", "--interval", "0s")[0] == 64


def test_on_a_terminal_until_q(shelf: CommandLine) -> None:
    """Typed keys are not shown, the screen is redrawn, and the terminal is restored."""
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "netrelay",
            "--home",
            str(shelf.home.path),
            "top",
            "--interval",
            "0.1s",
        ],
        cwd=CHECKOUT,
        env={**os.environ, "NETRELAY_RUNTIME_DIRECTORY": str(shelf.runtime)},
        stdin=theirs,
        stdout=theirs,
    ) as shown:
        try:
            _read_until(ours, [b"\x1b[H", b"\x1b[H"])
            os.write(ours, b"xq")
            assert shown.wait(30) == 0
        finally:
            shown.kill()
    assert termios.tcgetattr(theirs) == before
    assert _rest(ours).endswith(b"\x1b[?25h")
    os.close(ours)
    os.close(theirs)


def _read_until(descriptor: int, marks: list[bytes]) -> None:
    found, deadline_s = b"", time.monotonic() + 30
    for mark in marks:
        while mark not in found:
            assert select.select([descriptor], [], [], deadline_s - time.monotonic())[0], found
            found += os.read(descriptor, 65536)
        found = found.partition(mark)[2]


def _rest(descriptor: int) -> bytes:
    found = b""
    while select.select([descriptor], [], [], 0)[0]:
        found += os.read(descriptor, 65536)
    return found
