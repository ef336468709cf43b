"""A runtime directory whose path is short enough for Unix sockets on any machine."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def directory() -> Iterator[Path]:
    """Yield an empty runtime directory and remove it afterwards."""
    with TemporaryDirectory(prefix="nr-") as name:
        yield Path(name)
