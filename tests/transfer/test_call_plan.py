"""CallPlan: what each way of a call did is stored with the report of the call."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.ring.records import CallReport, CallState, WayTried
from netrelay.transfer.call_plan import CallPlan
from tests.store.node import THERE, OpenNode


@pytest.fixture
def node(tmp_path: Path) -> Iterator[OpenNode]:
    """Return a node that knows one peer."""
    node = OpenNode(tmp_path)
    node.know(THERE)
    yield node
    node.close()


def test_the_ways_of_a_call_are_stored_with_its_report(node: OpenNode) -> None:
    plan = CallPlan(node.open("processor_r"))
    plan.note(WayTried(THERE, "10.0.0.5", "refused"))
    plan.note(WayTried(THERE, "there.local", ""))
    plan.store()
    assert node.rows("SELECT * FROM tried_ways") == [], "no commit of its own"
    plan.note(CallReport(THERE, CallState.OPEN, ""))
    plan.store()
    assert node.rows("SELECT way, reached_s IS NULL, failures, reason FROM tried_ways") == [
        ("10.0.0.5", 1, 1, "refused"),
        ("there.local", 0, 0, ""),
    ]
