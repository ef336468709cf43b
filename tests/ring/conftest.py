"""A runtime directory whose path is short enough for Unix sockets on any machine."""

from pathlib import Path

import pytest


@pytest.fixture
def directory(short_path: Path) -> Path:
    """Return an empty runtime directory."""
    return short_path
