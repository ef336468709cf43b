"""`netrelay peer address`: addresses with the interface that carries them."""

import pytest

from netrelay.cli.errors import Exit
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.peer.test_peer import card_of, peers_of


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """A node with the peer boat."""
    shelf = homes.node("shelf", "--address", "127.0.0.1")
    shelf.good("peer", "add", card_of(homes, homes.node("boat")))
    return shelf


def test_a_way_by_an_interface_is_kept_in_its_place(shelf: CommandLine) -> None:
    shelf.good("peer", "address", "boat", "127.0.0.7:7511", "127.0.0.7 by lo", "boat.local")
    [boat] = peers_of(shelf)
    assert boat["addresses"] == ["127.0.0.7", "127.0.0.7 by lo", "boat.local"]
    assert boat["commsport"] == 7511
    shelf("peer", "ping", "boat", "--timeout", "1")


def test_an_interface_that_is_not_there_is_refused_with_those_that_are(shelf: CommandLine) -> None:
    before = peers_of(shelf)
    outcome = shelf("peer", "address", "boat", "boat.example.org by wwan7")
    assert outcome.code == Exit.USAGE
    assert "there is no interface wwan7; allowed: lo" in outcome.err
    assert peers_of(shelf) == before


def test_own_addresses_are_named_by_an_interface_too(shelf: CommandLine) -> None:
    out = shelf.good("peer", "address", "boat", "127.0.0.1 by lo")
    assert "but at 127.0.0.1 by lo port 7411 this node listens itself" in out


def test_an_interface_whose_address_was_not_quoted_is_answered_with_the_quotes(
    shelf: CommandLine,
) -> None:
    before = peers_of(shelf)
    outcome = shelf("peer", "address", "boat", "127.0.0.7:7511", "by", "lo")
    assert outcome.code == Exit.USAGE
    assert "netrelay peer address boat '127.0.0.7:7511 by lo'" in outcome.err
    assert peers_of(shelf) == before
