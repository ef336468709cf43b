"""Fixtures of the provisioning tests."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import Place, place
from tests.provisioning.card.boot_partition import Card
from tests.provisioning.card.brought import write_peer


@pytest.fixture
def new_card() -> Iterator[Callable[[str], Card]]:
    """Return a function that creates cards by name; the path of a unix socket must be short."""
    with tempfile.TemporaryDirectory(prefix="nr-") as folder:
        yield lambda name: Card(Path(folder) / name)


@pytest.fixture
def card(new_card: Callable[[str], Card]) -> Card:
    """Return a new card."""
    return new_card("card")


@pytest.fixture
def homes() -> Iterator[Place]:
    """Yield a folder for homes."""
    with place() as found:
        yield found


@pytest.fixture
def three(new_card: Callable[[str], Card]) -> tuple[Card, Card, Card]:
    """Return three nodes; the boot partition of the first has the cards of the others."""
    cards = (new_card("shelf"), new_card("boat"), new_card("buoy"))
    for card in cards:
        card.write(f'[node]\nname = "{card.root.parent.name}"\n')
        card.good()
    write_peer(cards[0], cards[1])
    write_peer(cards[0], cards[2])
    return cards
