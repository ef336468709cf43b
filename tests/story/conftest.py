"""Fixtures of the stories."""

from collections.abc import Iterator

import pytest

from tests.story.nodes import Homes, Pair, homes


@pytest.fixture(name="homes")
def _homes() -> Iterator[Homes]:
    """Give a folder for nodes of this test alone."""
    with homes() as found:
        yield found


@pytest.fixture(scope="module")
def running_pair() -> Iterator[Pair]:
    """Give two nodes that run, for all stories of a file that leave them as they were."""
    with homes() as found:
        pair = found.pair()
        pair.start()
        yield pair
