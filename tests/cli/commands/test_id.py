"""`netrelay id`: identity of this node, and its card."""

import ipaddress
import json

import pytest

from netrelay.cli import addresses
from netrelay.cli.commands import id as id_command
from netrelay.seal.card import decode_card
from tests.cli.command_line import Place


def test_it_says_who_the_node_is(homes: Place) -> None:
    shelf = homes.node("shelf", "--address", "127.0.0.1", "--dataport", "1", "--dataport", "2")
    out = shelf.good("id")
    for word in ("shelf", "127.0.0.1", "7411", "1, 2", str(shelf.home.path)):
        assert word in out
    fields = json.loads(shelf.good("id", "--json"))
    assert fields["node"] in out
    assert (fields["dataports"], fields["addresses"]) == ([1, 2], ["127.0.0.1"])


def test_the_card_in_a_file_is_the_card_on_stdout(homes: Place) -> None:
    shelf = homes.node("shelf", "--address", "127.0.0.1", "--commsport", "7001")
    path = homes.folder / "shelf.card"
    assert str(path) in shelf.good("id", "--card", str(path))
    printed = shelf.good("id", "--card", "-")
    assert path.read_text() == printed
    card = decode_card(printed)
    assert (card.name, card.addresses, card.commsport) == ("shelf", ("127.0.0.1",), 7001)
    assert card.node_id == json.loads(shelf.good("id", "--json"))["node"]


def test_addresses_are_overridden(homes: Place) -> None:
    shelf = homes.node("shelf")
    card = decode_card(
        shelf.good("id", "--card", "-", "--address", "shelf.local", "--address", "2001:db8::7")
    )
    assert card.addresses == ("shelf.local", "2001:db8::7")
    code, line = shelf.bad("id", "--card", "-", "--address", "shelf.local:7411")
    assert code == 64
    assert "has a port" in line


def test_a_wildcard_becomes_the_addresses_of_this_machine(
    homes: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [ipaddress.ip_address(text) for text in ("127.0.0.1", "192.0.2.4", "fe80::1", "::1")]
    found += [ipaddress.ip_address(text) for text in ("2001:db8::1", "192.0.2.4", "192.0.2.5")]
    monkeypatch.setattr(addresses, "_kernel_addresses", lambda: found)
    shelf = homes.node("shelf")
    card = decode_card(shelf.good("id", "--card", "-"))
    assert card.addresses == ("192.0.2.4", "192.0.2.5")
    six = homes.node("six", "--address", "::")
    card = decode_card(six.good("id", "--card", "-"))
    assert card.addresses == ("192.0.2.4", "192.0.2.5", "2001:db8::1")


def test_too_many_or_no_addresses_are_said(homes: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = homes.node("shelf")
    monkeypatch.setattr(id_command, "own_addresses", lambda _: ())
    outcome = shelf("id", "--card", "-")
    assert outcome.code == 0
    assert "--address HOST" in outcome.err
    many = tuple(f"192.0.2.{number}" for number in range(12))
    monkeypatch.setattr(id_command, "own_addresses", lambda _: many)
    outcome = shelf("id", "--card", "-")
    assert decode_card(outcome.out).addresses == many[:8]
    assert "first 8" in outcome.err


def test_the_kernel_knows_loopback() -> None:
    found = addresses._kernel_addresses()
    assert ipaddress.ip_address("127.0.0.1") in found


def test_a_card_that_cannot_be_written_is_said(homes: Place) -> None:
    shelf = homes.node("shelf")
    code, line = shelf.bad("id", "--card", str(homes.folder / "no" / "shelf.card"))
    assert code == 73
    assert "No such file" in line


def test_open_keys_are_refused(homes: Place) -> None:
    shelf = homes.node("shelf")
    (shelf.home.keys / "identity.key").chmod(0o644)
    code, line = shelf.bad("id")
    assert code == 78
    assert "0644" in line
