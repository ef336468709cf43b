"""Routes of a fleet: check that files and receipts arrive, and derive the `carry` rights.

A file follows `via` from hop to hop; its receipt follows the routes in the other direction. On each
hop one end at least can be dialled: who cannot calls the other, and receives on that connection.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from netrelay.core.header import HOPS_MAX
from netrelay.provisioning.fleet.fleet_file import Fleet
from netrelay.runtime.strict_toml import Document


class Way(NamedTuple):
    """A route between two nodes, with both ends. is_wanted: the source may deliver.

    In a routing loop the last node is the first repeated one, not the destination.
    """

    nodes: tuple[str, ...]
    destination: str
    is_wanted: bool

    @property
    def is_circle(self) -> bool:
        """True for a routing loop."""
        return self.nodes[-1] != self.destination

    @property
    def relays(self) -> tuple[str, ...]:
        """The nodes between the two ends."""
        return self.nodes[1:-1]


def wanted_pairs(fleet: Fleet) -> Iterator[tuple[str, str]]:
    """Yield each source with each destination that permits it to deliver."""
    for source in fleet.nodes:
        for destination, node in fleet.nodes.items():
            if source in node.deliver:
                yield source, destination


def way(fleet: Fleet, source: str, destination: str) -> tuple[str, ...]:
    """Return the nodes of a route with both ends; in a loop the last one is a repeated one."""
    nodes = [source]
    while nodes[-1] != destination:
        hop = fleet.nodes[nodes[-1]].next_hop(destination)
        nodes.append(hop)
        if nodes.count(hop) > 1:
            break
    return tuple(nodes)


def ways(fleet: Fleet) -> list[Way]:
    """Return the route of every pair that may deliver or that has a `via`."""
    wanted = set(wanted_pairs(fleet))
    routed = {(source, to) for source, node in fleet.nodes.items() for to in node.via}
    order = {name: place for place, name in enumerate(fleet.nodes)}
    pairs = sorted(wanted | routed, key=lambda pair: (order[pair[0]], order[pair[1]]))
    return [Way(way(fleet, *pair), pair[1], pair in wanted) for pair in pairs]


def check_routes(fleet: Fleet, document: Document) -> None:
    """Add a mistake for every route that does not arrive, and every right missing on one."""
    for each in ways(fleet):
        if each.is_circle:
            document.note(
                ("nodes", each.nodes[-2], "via", each.destination),
                f"what {each.nodes[0]} sends to {each.destination} goes in a circle:"
                f" {' to '.join(each.nodes)}",
                "a way that ends at its destination",
            )
        elif len(each.relays) > HOPS_MAX:
            document.note(
                ("nodes", each.nodes[0], "via", each.destination),
                f"from {each.nodes[0]} to {each.destination} there are {len(each.relays)} relays",
                f"at most {HOPS_MAX}",
            )
        elif each.is_wanted:
            _check_dials(fleet, document, each.nodes)
            _check_relays(fleet, document, each.nodes)
            _check_way_back(fleet, document, each.nodes)
    _check_overseers(fleet, document)
    # One cause may affect many pairs.
    document.mistakes[:] = dict.fromkeys(document.mistakes)


def _check_overseers(fleet: Fleet, document: Document) -> None:
    for name, node in fleet.nodes.items():
        overseer = node.settings.get("overseer", "")
        if overseer and name not in fleet.nodes[overseer].deliver:
            document.note(
                ("nodes", name, "overseer"),
                f"nodes.{name}.overseer is {overseer!r},"
                f" and nodes.{overseer}.deliver lacks {name!r}",
                f'deliver = [..., "{name}"] under [nodes.{overseer}]',
            )


def carried_by(fleet: Fleet, name: str) -> dict[str, set[str]]:
    """Return the sources whose messages each neighbour of a node may carry, by neighbour."""
    found: dict[str, set[str]] = {}
    for source, destination in wanted_pairs(fleet):
        for start, end in ((source, destination), (destination, source)):
            nodes = way(fleet, start, end)
            if name not in nodes[2:]:
                continue
            neighbour = nodes[nodes.index(name) - 1]
            # A peer that we send to may bring receipts without a right.
            is_answer = start == destination
            if is_answer and _sends_by(fleet, name, neighbour):
                continue
            found.setdefault(neighbour, set()).add(start)
    return found


def _sends_by(fleet: Fleet, name: str, neighbour: str) -> bool:
    node = fleet.nodes[name]
    return any(node.next_hop(other) == neighbour for other in fleet.nodes if other != name)


def _check_dials(fleet: Fleet, document: Document, nodes: tuple[str, ...]) -> None:
    for one, other in pairwise(nodes):
        if not _can_meet(fleet, one, other):
            first, second = sorted((one, other))
            document.note(
                ("nodes", first, "addresses"),
                f"neither {first} nor {second} can be dialled, and they are neighbours",
                "an address of one of them, or a way by a node that can be dialled",
            )


def _can_meet(fleet: Fleet, one: str, other: str) -> bool:
    return fleet.nodes[one].can_be_dialled or fleet.nodes[other].can_be_dialled


def _check_relays(fleet: Fleet, document: Document, nodes: tuple[str, ...]) -> None:
    for relay in nodes[1:-1]:
        if nodes[0] not in fleet.nodes[relay].relay:
            document.note(
                ("nodes", relay, "relay"),
                f"{' to '.join(nodes)}: nodes.{relay}.relay lacks {nodes[0]!r}",
                f'relay = [..., "{nodes[0]}"] under [nodes.{relay}]',
            )


def _check_way_back(fleet: Fleet, document: Document, nodes: tuple[str, ...]) -> None:
    """Add a mistake if receipts cannot return: the file would be sent again and again."""
    source, destination = nodes[0], nodes[-1]
    back = way(fleet, destination, source)
    if back[-1] != source:
        document.note(
            ("nodes", destination, "via", source),
            f"receipts for what {source} sends to {destination} have no way back:"
            f" {' to '.join(back)} is a circle",
            f"via = {{ {source} = NEIGHBOUR }} under [nodes.{destination}]",
        )
        return
    if back == nodes[::-1]:
        return
    for one, other in pairwise(back):
        if not _can_meet(fleet, one, other):
            document.note(
                ("nodes", destination, "via", source),
                f"receipts for what {source} sends to {destination} have no way back:"
                f" {' to '.join(back)}, and neither {one} nor {other} can be dialled",
                f"via = {{ {source} = NEIGHBOUR }} under [nodes.{destination}]",
            )
    for relay in back[1:-1]:
        may = fleet.nodes[relay].relay
        if destination not in may and source not in may:
            document.note(
                ("nodes", relay, "relay"),
                f"receipts for what {source} sends to {destination} come back by"
                f" {' to '.join(back)}, and nodes.{relay}.relay lacks {destination!r}",
                f'relay = [..., "{destination}"] under [nodes.{relay}]',
            )
