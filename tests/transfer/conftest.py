"""The fixtures `pair` and `row`: two linked nodes, and two with a relay between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.transfer.carried_row import Row
from tests.transfer.linked_pair import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two nodes that are peers of each other."""
    pair = Pair(tmp_path)
    yield pair
    pair.close()


@pytest.fixture
def row(tmp_path: Path) -> Iterator[Row]:
    """Three nodes: the middle one relays what the first sends to the last."""
    row = Row(tmp_path)
    yield row
    row.close()
