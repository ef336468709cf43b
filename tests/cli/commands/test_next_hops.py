"""The answers of `why` and `check` while a next hop of several is away, or another stands in."""

import re
from collections.abc import Iterator

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.peer.test_peer import card_of
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, Walks, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """A node with the peers cork, brno and bari; what is for cork goes by brno, else by bari."""
    shelf = homes.node("shelf", "--address", "127.0.0.1")
    for name in ("cork", "brno", "bari"):
        shelf.good("peer", "add", card_of(homes, homes.node(name)))
        shelf.good("peer", "allow", name, "deliver")
    for name in ("brno", "bari"):
        shelf.good("peer", "allow", name, "carry", "cork")
    shelf.good("peer", "route", "cork", "--via", "brno", "--via", "bari")
    return shelf


@pytest.fixture
def node(shelf: CommandLine) -> Iterator[Walks]:
    with walks(shelf) as node, up(shelf):
        for name in ("brno", "bari"):
            node.agree(name)
        yield node


def lose(node: Walks, name: str, ago_s: int) -> None:
    """Store that a next hop has not been reached for so long."""
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO connections (peer, failures, changed_s, down_s, reason, address,"
            " unreached_s) VALUES (?1, 3, clock() - ?2, clock() - ?2, 'Connection refused',"
            " '192.0.2.7', clock() - ?2)",
            (node.node(name), ago_s),
        )


def turn(node: Walks) -> None:
    """Have the next hop change that is due to."""
    with node.database.transaction():
        node.database.execute("INSERT INTO route_turns SELECT * FROM route_turns")


def finding(shelf: CommandLine, peer: str) -> str:
    """Return the finding of a peer."""
    lines = shelf("check").out.splitlines()
    (found,) = (line for line in lines if f" peers      {peer}: " in line)
    return found


def test_in_the_first_minute_who_takes_over_is_said(shelf: CommandLine, node: Walks) -> None:
    lose(node, "brno", 5)
    node.claim("cork", "film.mkv", 10 * MIB)
    said = re.compile(
        r"If brno is not reached before, what is for cork goes by bari in (?:\d+ s)\."
    )
    for word in ("cork", "film.mkv"):
        assert said.search(shelf.good("why", word))
    assert "cork: by brno; if brno is not reached before, what is" in finding(shelf, "cork")
    assert "If brno" not in shelf.good("why", "bari")


def test_while_none_is_reached_it_is_said_that_the_first_takes_it(
    shelf: CommandLine, node: Walks
) -> None:
    lose(node, "brno", 200)
    lose(node, "bari", 100)
    said = "No other next hop of cork is reached either: the first one that is takes what is for it"
    assert said in shelf.good("why", "cork")


def test_a_preferred_next_hop_is_said_to_be_dialled(shelf: CommandLine, node: Walks) -> None:
    lose(node, "brno", 100)
    turn(node)
    said = shelf.good("why", "brno")
    assert "cannot be reached for " in said
    assert "It is dialled until it is back, since what is for cork is to go by brno." in said
    assert "needed" not in said
    line = finding(shelf, "brno")
    assert line.startswith("ok"), line
    assert "it is dialled until it is back, since what is for cork is to go by brno" in line
    assert "Connection refused" in line
    # The one that stands in is needed for what is sent alone.
    assert "dialled" not in shelf.good("why", "bari")
    assert "no connection is needed now" in finding(shelf, "bari")


def test_a_preferred_next_hop_that_was_not_tried_yet_is_said_to_be_dialled(
    shelf: CommandLine, node: Walks
) -> None:
    with node.database.transaction():
        node.database.execute("UPDATE peers SET via = ? WHERE name = 'cork'", (node.node("bari"),))
    said = shelf.good("why", "brno")
    assert "It is dialled until it is back" in said
    assert "none is needed" not in said
    assert "not connected; it is dialled until it is back" in finding(shelf, "brno")


def test_a_peer_that_is_preferred_to_be_dialled_itself_is_named_so(
    shelf: CommandLine, node: Walks
) -> None:
    node.agree("cork")
    shelf.good("peer", "route", "cork", "--direct", "--via", "bari")
    lose(node, "cork", 100)
    turn(node)
    assert "what is for cork is to go straight there" in shelf.good("why", "cork")
