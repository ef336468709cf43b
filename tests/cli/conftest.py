"""Fixtures of the command line's tests."""

from collections.abc import Iterator

import pytest

from tests.cli.command_line import Place, place


@pytest.fixture
def homes() -> Iterator[Place]:
    """Yield a place for homes."""
    with place() as found:
        yield found
