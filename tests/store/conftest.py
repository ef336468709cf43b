"""The fixture `node`: a database for a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.node import OpenNode


@pytest.fixture
def node(tmp_path: Path) -> Iterator[OpenNode]:
    """A new node without peers."""
    node = OpenNode(tmp_path)
    yield node
    node.close()
