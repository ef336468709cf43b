"""A runtime directory with a path short enough for sockets, whatever the machine."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def directory() -> Iterator[Path]:
    """An empty runtime directory that goes away."""
    with TemporaryDirectory(prefix="nr-") as name:
        yield Path(name)
