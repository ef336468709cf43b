"""A database for every test that asks for one."""

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
