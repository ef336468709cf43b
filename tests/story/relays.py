"""A chain of nodes, each of which reaches only its neighbours; the inner ones are relays."""

from tests.story.nodes import CAPACITY_BYTES, Homes, RunningNode


class NodeRow(tuple[RunningNode, ...]):
    """Three or more nodes; the first one sends to the last one."""

    __slots__ = ()

    @property
    def source(self) -> RunningNode:
        """The first node."""
        return self[0]

    @property
    def destination(self) -> RunningNode:
        """The last node."""
        return self[-1]

    @property
    def relays(self) -> tuple[RunningNode, ...]:
        """The nodes between them."""
        return self[1:-1]

    def start(self) -> None:
        """Start all nodes concurrently."""
        for node in self:
            node.begin()
        for node in self:
            node.wait_until_ready()

    def wait_until_settled(self) -> None:
        """Block until no work is left on any node."""
        for node in self:
            node.wait_until_settled()


def row_of(
    homes: Homes, *names: str, capacities: tuple[int, ...] = (), may_relay: bool = True
) -> NodeRow:
    """Create nodes with routes and rights for both directions; they are not started."""

    def acquaint(nodes: list[RunningNode]) -> None:
        for node in nodes:
            introduce(node, NodeRow(nodes), may_relay)

    row = NodeRow(homes.copied(names, acquaint, may_relay))
    for node, capacity_bytes in zip(row, capacities or (CAPACITY_BYTES,) * len(row), strict=True):
        node.configure(capacity=capacity_bytes)
    return row


def introduce(node: RunningNode, row: NodeRow, may_relay: bool = True) -> None:
    """Add the peers, routes and rights of one node of the chain."""
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
