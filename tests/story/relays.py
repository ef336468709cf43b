"""Nodes in a row: each reaches its neighbours alone, and those between carry for the two ends."""

from tests.story.nodes import CAPACITY_BYTES, Homes, RunningNode


class Row(tuple[RunningNode, ...]):
    """Three or more nodes; the first sends to the last."""

    __slots__ = ()

    @property
    def source(self) -> RunningNode:
        """Give the first."""
        return self[0]

    @property
    def destination(self) -> RunningNode:
        """Give the last."""
        return self[-1]

    @property
    def relays(self) -> tuple[RunningNode, ...]:
        """Give those between."""
        return self[1:-1]

    def start(self) -> None:
        """Start all at once."""
        for node in self:
            node.begin()
        for node in self:
            node.wait_until_ready()

    def wait_until_settled(self) -> None:
        """Block until none has anything left to do."""
        for node in self:
            node.wait_until_settled()


def row_of(
    homes: Homes, *names: str, capacities: tuple[int, ...] = (), may_relay: bool = True
) -> Row:
    """Make nodes that do not run, with routes and rights for both directions."""
    row = Row(homes.node(name) for name in names)
    for node, capacity_bytes in zip(row, capacities or (CAPACITY_BYTES,) * len(row), strict=True):
        node.configure(capacity=capacity_bytes)
    for node in row:
        introduce(node, row, may_relay)
    return row


def introduce(node: RunningNode, row: Row, may_relay: bool = True) -> None:
    """Let one node of the row know the others, its routes, and what they may do there."""
    at = row.index(node)
    for other in row:
        if other is not node:
            node.enrol(other)
    for end, step in ((row.source, -1), (row.destination, 1)):
        if end is node:
            continue
        neighbour = row[at + step]
        if neighbour is not end:
            node.line.good("peer", "route", end.name, "--via", neighbour.name)
        if node in row.relays and may_relay:
            node.line.good("peer", "allow", end.name, "relay")
    if node is not row.source:
        before = row[at - 1]
        if before is not row.source:
            node.line.good("peer", "allow", before.name, "carry", row.source.name)
    if node is row.destination:
        node.line.good("peer", "allow", row.source.name, "deliver")
