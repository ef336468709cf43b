"""The folder of each test: its nodes have Unix sockets, so its path has to be short."""

from pathlib import Path

import pytest


@pytest.fixture
def tmp_path(short_path: Path) -> Path:
    """Return an empty folder, in place of pytest's, whose path is too long."""
    return short_path
