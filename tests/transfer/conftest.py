"""A linked pair of nodes for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.transfer.linked_pair import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two nodes that know each other."""
    pair = Pair(tmp_path)
    yield pair
    pair.close()
