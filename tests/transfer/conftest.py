"""The fixture `pair`: a linked pair of nodes for a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.transfer.linked_pair import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two nodes that are peers of each other."""
    pair = Pair(tmp_path)
    yield pair
    pair.close()
