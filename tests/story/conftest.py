"""Fixtures of the stories, and what their nodes say when one goes wrong."""

from collections.abc import Generator, Iterator

import pytest

from tests.story.nodes import Homes, Pair, RunningNode, homes


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


def _nodes_of(item: pytest.Item) -> Iterator[RunningNode]:
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, Homes):
            yield from value.nodes
        elif isinstance(value, Pair):
            yield from value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a story that failed say how its nodes were."""
    report = yield
    if report.when == "call" and report.failed:
        report.sections += [(node.name, _description(node)) for node in _nodes_of(item)]
    return report


def _description(node: RunningNode) -> str:
    """Give what a node says of itself; a home that the story broke must not end the whole run."""
    try:
        return node.describe()
    except Exception as error:
        return f"cannot be described: {error!r}"
