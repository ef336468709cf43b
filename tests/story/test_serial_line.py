"""Two nodes that a serial line joins, and nothing else."""

import os

from netrelay.core.serial.line_settings import is_serial
from netrelay.serial.line_state import line_state
from tests.story.nodes import Homes, NodePair, RunningNode, wait_for
from tests.story.serial_cable import SerialCable, serial_cable

BAUD = 460_800
CLEAN = ("--baud", f"{BAUD}")
RADIO = ("--baud", f"{BAUD}", "--half-duplex", "--turnaround-ms", "20")


def joined(homes: Homes, cable: SerialCable, words: tuple[str, ...]) -> NodePair:
    """Return two nodes, not started, that know of one another by the cable alone."""
    pair = homes.pair()
    for node, other, device in zip(pair, reversed(pair), cable.devices, strict=True):
        node.line.good("peer", "ways", other.name, "--serial", device, *words)
        node.line.good("peer", "ways", other.name, "--remove", other.address)
    return pair


def way_of_line(node: RunningNode) -> str:
    ways = node.line.good("peer", "ways", "boat" if node.name == "shelf" else "shelf")
    return next(word for word in ways.split() if is_serial(word))


def test_a_file_and_a_text_go_by_a_line_and_receipts_come_back(homes: Homes) -> None:
    with serial_cable(BAUD) as cable:
        pair = joined(homes, cable, CLEAN)
        shelf, boat = pair
        pair.start()
        dropped = shelf.drop("boat", "by-wire.bin", os.urandom(64 * 1024))
        shelf.line.good("message", "it comes by wire", "--to", "boat")
        boat.line.good("message", "and one back", "--to", "shelf")
        boat.wait_for_delivery("shelf", dropped)
        boat.wait_for_rows("SELECT 1 FROM texts WHERE text = 'it comes by wire'")
        shelf.wait_for_rows("SELECT 1 FROM texts WHERE text = 'and one back'")
        pair.wait_until_settled()
        assert "used now" in shelf.line.good("peer", "ways", "boat")
        assert [node.errors() for node in pair] == [[], []]
        pinged = shelf.line.good("peer", "ping", "boat")
        assert "boat answers in" in pinged
        assert "are lost" in pinged
        state = line_state(shelf.line.runtime / "lines", way_of_line(shelf))
        assert state.is_running
        assert state.is_up
        assert state.bad == 0
        # Small enough that the header, TLS and greetings count.
        assert sum(each.passed_bytes for each in cable.directions) < 1.6 * 64 * 1024


def test_a_half_duplex_line_with_errors_and_a_restart_loses_nothing(homes: Homes) -> None:
    with serial_cable(BAUD, bit_errors=5e-5, turnaround_s=0.02) as cable:
        pair = joined(homes, cable, RADIO)
        shelf, boat = pair
        pair.start()
        dropped = shelf.drop("boat", "by-radio.bin", os.urandom(24 * 1024))
        wait_for("half of it", lambda: cable.directions[0].passed_bytes > 15_000)
        boat.stop()
        boat.start()
        boat.wait_for_delivery("shelf", dropped)
        pair.wait_until_settled()
        assert [node.errors() for node in pair] == [[], []]
        assert line_state(shelf.line.runtime / "lines", way_of_line(shelf)).sent_again_bytes > 0


def test_what_is_wrong_with_a_line_is_named(homes: Homes) -> None:
    with serial_cable(BAUD) as cable:
        shelf, _boat = joined(homes, cable, CLEAN)
        said = shelf.line("check").out
        assert f"line to boat by {cable.devices[0]}: its process does not run" in said
        shelf.line.good("peer", "ways", "boat", "--serial", cable.devices[0], "--baud", "57600")
        assert "57600" in shelf.line.good("peer", "ls", "boat")
        shelf.line.good("peer", "ways", "boat", "--serial", "/dev/netrelay-absent", *CLEAN)
        shelf.start()
        shelf.line.good("message", "waits", "--to", "boat")
        wait_for(
            "the status to say why", lambda: "the line is not up" in shelf.line("why", "boat").out
        )
        wait_for(
            "the check to say what is missing",
            lambda: "/dev/netrelay-absent is not there" in shelf.line("check").out,
        )
