"""Fixtures of the provisioning tests."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import Place, place
from tests.provisioning.card.boot_partition import Card


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
