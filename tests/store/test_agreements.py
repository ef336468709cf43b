"""The agreements in force, as rows."""

from netrelay.store.agreements import agreements
from tests.store.node import THERE, OpenNode


def test_agreements_are_those_with_peers(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE, 131_072, 4)
    database = node.open("processor_r")
    assert agreements(database) == {THERE: (4, 131_072)}
    node.write("DELETE FROM peers")
    assert agreements(database) == {}
