"""`netrelay peer ways`: shows, adds, orders and removes addresses."""

import json
from contextlib import closing

import pytest

from netrelay.cli.errors import Exit
from netrelay.runtime.node import open_database
from netrelay.store.beside import CallBeside, report_call_beside, report_reached_way
from netrelay.store.tried_ways import report_ways
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.peer.test_peer import card_of, peers_of


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """A node with the peer boat at two addresses."""
    shelf = homes.node("shelf", "--address", "127.0.0.1")
    shelf.good("peer", "add", card_of(homes, homes.node("boat")))
    shelf.good("peer", "address", "boat", "127.0.0.7:7511", "boat.local")
    return shelf


def addresses(shelf: CommandLine) -> object:
    """Return the addresses of boat in their order."""
    return peers_of(shelf)[0]["addresses"]


def test_ways_are_added_ordered_and_removed(shelf: CommandLine) -> None:
    shelf.good("peer", "ways", "boat", "--add", "boat.example.org")
    assert addresses(shelf) == ["127.0.0.7", "boat.local", "boat.example.org"]
    out = shelf.good("peer", "ways", "boat", "--add", "127.0.0.9 by lo", "--first")
    assert "at 127.0.0.9 by lo, 127.0.0.7, boat.local, boat.example.org, port 7511" in out
    shelf.good("peer", "ways", "boat", "--order", "boat.local", "127.0.0.7")
    assert addresses(shelf) == ["boat.local", "127.0.0.7", "127.0.0.9 by lo", "boat.example.org"]
    shelf.good("peer", "ways", "boat", "--remove", "127.0.0.9 by lo")
    assert addresses(shelf) == ["boat.local", "127.0.0.7", "boat.example.org"]
    assert peers_of(shelf)[0]["commsport"] == 7511


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--add", "boat.local"], Exit.DATA, "boat.local is in the list already"),
        (
            ["--remove", "boat.loca"],
            Exit.DATA,
            "boat.loca is no given address of it; did you mean boat.local?; allowed: 127.0.0.7",
        ),
        (["--order", "boat.local", "boat.local"], Exit.USAGE, "boat.local is named twice"),
        (["--order", "127.0.0.8"], Exit.DATA, "allowed: 127.0.0.7, boat.local"),
        (["--add", "h by wwan7"], Exit.USAGE, "there is no interface wwan7; allowed: lo"),
        (["--add", "b", "--json"], Exit.USAGE, "--json shows; allowed: without a change"),
        (["--first"], Exit.USAGE, "--first goes with --add WAY"),
        (["--add", "a", "--remove", "b"], Exit.USAGE, "not allowed with"),
        (["--beside", "3"], Exit.DATA, "--beside 3: boat has 2 given; allowed: 1 to 2"),
        (["--beside", "0"], Exit.USAGE, "0 is out of range; allowed: 1 to 3"),
        (["--beside", "two"], Exit.USAGE, "'two' is no number; allowed: 1 to 3"),
        (["--beside", "2", "--json"], Exit.USAGE, "--json shows; allowed: without a change"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(
    shelf: CommandLine, words: list[str], code: Exit, said: str
) -> None:
    before = peers_of(shelf)
    outcome = shelf("peer", "ways", "boat", *words)
    assert outcome.code == code
    assert said in outcome.err
    assert peers_of(shelf) == before


def test_a_fifth_way_is_refused_since_it_would_not_be_dialled(shelf: CommandLine) -> None:
    shelf.good("peer", "ways", "boat", "--add", "third")
    shelf.good("peer", "ways", "boat", "--add", "fourth")
    outcome = shelf("peer", "ways", "boat", "--add", "fifth")
    assert outcome.code == Exit.DATA
    assert "fifth would be the way number 5; allowed: 4 for one peer" in outcome.err


def test_an_own_address_is_refused(shelf: CommandLine) -> None:
    outcome = shelf("peer", "ways", "boat", "--add", "127.0.0.1:7411")
    assert outcome.code == Exit.DATA
    assert "127.0.0.1 port 7411 is this node itself; allowed: where boat is" in outcome.err
    assert addresses(shelf) == ["127.0.0.7", "boat.local"]


def test_what_each_way_did_is_shown(shelf: CommandLine) -> None:
    assert "not tried yet" in shelf.good("peer", "ways", "boat")
    with closing(open_database(shelf.home, "processor_s")) as database, database.transaction():
        node = str(database.value("SELECT node FROM peers"))
        report_ways(database, node, {"127.0.0.7": "no route to host"})
        report_ways(database, node, {"127.0.0.7": "no route to host", "boat.local": ""})
        database.execute(
            "INSERT INTO calls VALUES (?, 3, 0, 2, 0, NULL, 0.5, '127.0.0.9', '')", (node,)
        )
    lines = shelf.good("peer", "ways", "boat").splitlines()
    assert "127.0.0.7" in lines[1]
    assert ", 2 times since: no route to host" in lines[1]
    assert "used now" in lines[2]
    first, second = map(json.loads, shelf.good("peer", "ways", "boat", "--json").splitlines())
    assert (first["way"], first["failures"], first["is_open"]) == ("127.0.0.7", 2, False)
    assert (second["way"], second["origin"], second["is_open"]) == ("boat.local", "given", True)


def test_ways_that_are_alike_carry_large_files_together(shelf: CommandLine) -> None:
    said = "large files to boat go by 127.0.0.7 and boat.local together"
    assert said in shelf.good("peer", "ways", "boat", "--beside", "2")
    shown = shelf.good("peer", "ways", "boat")
    assert shown.splitlines()[-1] == "the first 2 carry large files together"
    ways = map(json.loads, shelf.good("peer", "ways", "boat", "--json").splitlines())
    assert [way["is_beside"] for way in ways] == [True, True]
    shelf.good("peer", "ways", "boat", "--add", "third")
    assert "the first 2 carry" in shelf.good("peer", "ways", "boat")
    said = shelf.good("peer", "ways", "boat", "--order", "third")
    assert "the first 2 of its ways are others now, and used one at a time" in said
    assert "peer ways boat --beside 2" in said
    assert "together" not in shelf.good("peer", "ways", "boat")
    shelf.good("peer", "ways", "boat", "--beside", "3")
    said = shelf.good("peer", "ways", "boat", "--beside", "1")
    assert "boat is reached by one way at a time" in said
    ways = map(json.loads, shelf.good("peer", "ways", "boat", "--json").splitlines())
    assert not any(way["is_beside"] for way in ways)


def test_each_way_that_is_open_is_used_now(shelf: CommandLine) -> None:
    shelf.good("peer", "ways", "boat", "--beside", "2")
    with closing(open_database(shelf.home, "processor_s")) as database, database.transaction():
        node = str(database.value("SELECT node FROM peers"))
        database.execute(
            "INSERT INTO calls VALUES (?, 3, 0, 2, 0, NULL, 0.5, '127.0.0.7', '')", (node,)
        )
        report_reached_way(database, node, 3, "127.0.0.7")
        beside = CallBeside(node, "boat.local", 4, 0, 0.5, "127.0.0.8", "")
        report_call_beside(database, beside)
    used = ["used now" in line for line in shelf.good("peer", "ways", "boat").splitlines()[1:3]]
    assert used == [True, True]
    with closing(open_database(shelf.home, "processor_s")) as database, database.transaction():
        report_call_beside(database, beside._replace(handle=-1, reason="reset"))
    used = ["used now" in line for line in shelf.good("peer", "ways", "boat").splitlines()[1:3]]
    assert used == [True, False]


def test_a_serial_line_goes_beside_no_other_way(shelf: CommandLine) -> None:
    shelf.good("peer", "ways", "boat", "--serial", "/dev/ttyS0", "--baud", "9600", "--first")
    outcome = shelf("peer", "ways", "boat", "--beside", "2")
    assert outcome.code == Exit.DATA
    assert "serial:/dev/ttyS0,9600 is a serial line, which goes beside no other way" in outcome.err
    shelf.good("peer", "ways", "boat", "--order", "127.0.0.7", "boat.local")
    shelf.good("peer", "ways", "boat", "--beside", "2")


def test_next_hops_are_ways_too(shelf: CommandLine, homes: Place) -> None:
    shelf.good("peer", "add", card_of(homes, homes.node("hub")))
    shelf.good("peer", "route", "boat", "--direct", "--via", "hub")
    assert "next hop" in shelf.good("peer", "ways", "boat").splitlines()[-1]


USB = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"


def test_a_serial_line_is_added_changed_ordered_and_removed(shelf: CommandLine) -> None:
    out = shelf.good("peer", "way", "boat", "--serial", USB, "--baud", "115200")
    assert f"boat is looked for by 127.0.0.7, boat.local, serial:{USB},115200" in out
    assert f"serial {USB} --home" in out
    words = ["--half-duplex", "--rtscts", "--airtime", "10"]
    shelf.good("peer", "ways", "boat", "--serial", USB, "--baud", "9600", *words)
    line = f"serial:{USB},9600,half-duplex,turnaround=200,rtscts,airtime=10"
    assert addresses(shelf) == ["127.0.0.7", "boat.local", line]
    shelf.good("peer", "ways", "boat", "--serial", USB, "--baud", "9600", "--first")
    assert addresses(shelf) == [f"serial:{USB},9600", "127.0.0.7", "boat.local"]
    shelf.good("peer", "ways", "boat", "--order", "boat.local")
    shelf.good("peer", "ways", "boat", "--remove", f"serial:{USB},9600")
    assert addresses(shelf) == ["boat.local", "127.0.0.7"]
    shelf.good("peer", "ways", "boat", "--add", "serial:/dev/ttyS0,9600")
    assert addresses(shelf) == ["boat.local", "127.0.0.7", "serial:/dev/ttyS0,9600"]
    assert "serial:/dev/ttyS0,9600  given  not tried yet" in shelf.good("peer", "ways", "boat")
    assert peers_of(shelf)[0]["commsport"] == 7511


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--serial", "/dev/ttyS0"], Exit.USAGE, "--serial needs --baud N"),
        (["--baud", "9600"], Exit.USAGE, "allowed: with --serial DEVICE"),
        (["--half-duplex"], Exit.USAGE, "allowed: with --serial DEVICE"),
        (["--serial", "ttyS0", "--baud", "9600"], Exit.DATA, "'ttyS0' is no serial device"),
        (["--serial", "/dev/ttyS0", "--baud", "9601"], Exit.DATA, "9601 baud; allowed: 1200"),
        (
            ["--serial", "/dev/ttyS0", "--baud", "9600", "--turnaround-ms", "9"],
            Exit.DATA,
            "a turnaround of 9 ms without half duplex",
        ),
        (
            ["--serial", "/dev/ttyS0", "--baud", "9600", "--airtime", "101"],
            Exit.DATA,
            "an airtime of 101 percent; allowed: 1 to 100",
        ),
        (["--add", "serial:/dev/ttyS0"], Exit.USAGE, "serial:/dev/ttyUSB0,115200"),
    ],
)
def test_a_wrong_serial_line_is_named_and_changes_nothing(
    shelf: CommandLine, words: list[str], code: Exit, said: str
) -> None:
    before = peers_of(shelf)
    outcome = shelf("peer", "ways", "boat", *words)
    assert outcome.code == code
    assert said in outcome.err
    assert peers_of(shelf) == before


def test_a_line_has_one_peer(shelf: CommandLine, homes: Place) -> None:
    shelf.good("peer", "add", card_of(homes, homes.node("cork")))
    shelf.good("peer", "ways", "boat", "--serial", "/dev/ttyS0", "--baud", "9600")
    outcome = shelf("peer", "ways", "cork", "--serial", "/dev/ttyS0", "--baud", "115200")
    assert outcome.code == Exit.DATA
    assert "/dev/ttyS0 is the line to boat; allowed: one peer at a line" in outcome.err


def test_the_line_of_a_peer_without_one_is_named(shelf: CommandLine) -> None:
    outcome = shelf("serial", "boat")
    assert outcome.code == Exit.DATA
    assert "boat has no serial line: `netrelay peer ways boat --serial" in outcome.err
    assert "no peer has a serial line by /dev/ttyS9" in shelf("serial", "/dev/ttyS9").err
    for device in ("/dev/ttyS0", "/dev/ttyS1"):
        shelf.good("peer", "ways", "boat", "--serial", device, "--baud", "9600")
    outcome = shelf("serial", "boat")
    assert outcome.code == Exit.USAGE
    assert "boat has several lines; allowed: one of /dev/ttyS0, /dev/ttyS1" in outcome.err
