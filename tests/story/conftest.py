"""Fixtures of whole nodes, and their descriptions in the report of a failed test."""

from collections.abc import Generator, Iterator

import pytest

from tests.story.nodes import Homes, NodePair, RunningNode, homes

RunningNode.is_forked = True


@pytest.fixture(name="homes")
def _homes() -> Iterator[Homes]:
    """Yield a folder for the nodes of one test."""
    with homes() as found:
        yield found


@pytest.fixture(scope="module")
def running_pair() -> Iterator[NodePair]:
    """Yield two running nodes, shared by the tests of a file that do not change them."""
    with homes() as found:
        pair = found.pair()
        pair.start()
        yield pair


def _nodes_of(item: pytest.Item) -> Iterator[RunningNode]:
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, Homes):
            yield from value.nodes
        elif isinstance(value, NodePair):
            yield from value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the descriptions of its nodes to the report of a failed test."""
    report = yield
    if report.when == "call" and report.failed:
        report.sections += [(node.name, _description(node)) for node in _nodes_of(item)]
    return report


def _description(node: RunningNode) -> str:
    """Return the description of a node, or the error if the test has broken its home."""
    try:
        return node.describe()
    except Exception as error:
        return f"cannot be described: {error!r}"
