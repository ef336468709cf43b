"""A transfer between nodes with traps: roles, promises during the transfer, final checks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from tests.story.kill_points import SOURCE, Point
from tests.story.nodes import Dropped, RunningNode, wait_for
from tests.story.trapped_node import Sprung, Traps


class Way(NamedTuple):
    """The route of a file: its source, relays and destination."""

    nodes: tuple[RunningNode, ...]

    @property
    def giver(self) -> RunningNode:
        return self.nodes[0]

    @property
    def taker(self) -> RunningNode:
        return self.nodes[-1]


class Nodes:
    """Nodes with traps by role: a source, perhaps a relay, a destination."""

    def __init__(self, places: dict[str, RunningNode]) -> None:
        self.places = places
        self._is_spoilt = False
        self._homes = {place: node.home.path for place, node in places.items()}
        self._traps = {place: Traps(home) for place, home in self._homes.items()}
        for node in places.values():
            node.module = "tests.story.trapped_node"
            node.begin()
        for node in places.values():
            node.wait_until_ready()

    def way(self, where: str, process: str) -> Way:
        """Return the route of a file that gives this process work."""
        nodes = tuple(self.places.values())
        at = list(self.places).index(where)
        match process, where:
            case "importer", _ if where != SOURCE:
                return Way(nodes[at::-1])
            case "exporter", _ if where == SOURCE:
                return Way(nodes[::-1])
            case "exporter", _:
                return Way(nodes[: at + 1])
            case _:
                return Way(nodes)

    def set_trap(self, where: str, point: Point) -> None:
        """Set a trap that kills a process once at a point."""
        self._traps[where].set(where, point, self._homes)

    def sprung(self, where: str, point: Point) -> Sprung | None:
        """Return the work in progress at the kill; None before it."""
        return self._traps[where].sprung(where, point)

    def forget_agreements(self) -> None:
        """Remove the agreements, so that the next file needs consensus.

        Where nobody knows that it reaches the other, replies are dialled, as to a peer that was
        never met: initial_sender and initial_receiver of both sides have work.
        """
        for node in self.places.values():
            node.change("UPDATE connections SET reached_address = ''", "DELETE FROM sysinfo")

    def drop(self, way: Way, name: str, size_bytes: int) -> Dropped:
        """Drop a file at the first node of a route."""
        return way.giver.drop(way.taker.name, name, content(size_bytes))

    def is_over(self, dropped: dict[Way, Dropped]) -> bool:
        """Return True if every file has arrived and no work is left on any node."""
        return all(
            os.fsdecode(file.name) in inbox(way) for way, file in dropped.items()
        ) and not any(node.unsettled() for node in self.places.values())

    def wait_until_settled(self, way: Way, name: str) -> None:
        """Block until no work is left on any node; a broken promise is an AssertionError."""

        def look() -> bool:
            check_promises(way, name)
            return not any(node.unsettled() for node in self.places.values())

        wait_for("all nodes to have nothing left to do", look)

    def check_end(self, way: Way, dropped: Dropped) -> None:
        """Check that a file arrived complete, once and receipted; remove it."""
        giver, taker = way.giver, way.taker
        name = os.fsdecode(dropped.name)

        def arrived() -> bool:
            check_promises(way, name)
            return name in inbox(way)

        wait_for(f"{name} in the inbox", arrived)
        path = taker.wait_for_delivery(giver.name, dropped)
        self.wait_until_settled(way, name)
        assert inbox(way) == [name]
        exported = "SELECT count(*) FROM events e JOIN messages m ON m.id = e.message JOIN files f"
        exported += " ON f.id = m.file WHERE f.name = ? AND e.event = 'exported'"
        assert taker.number(exported, name) == 1
        sent = giver.home.sent / taker.name / name
        assert sent.stat().st_size == dropped.size_bytes
        path.unlink()
        sent.unlink()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Add the descriptions of the nodes to an AssertionError."""
        assert not self._is_spoilt, "these nodes are as an earlier failure left them"
        try:
            yield
        except AssertionError as error:
            self._is_spoilt = True
            for place, node in self.places.items():
                error.add_note(f"{place}:\n{node.describe()}")
            raise

    def check_nothing_left(self) -> None:
        """Check that every row is final, every folder empty, and no error logged."""
        for node in self.places.values():
            assert node.unsettled() == []
            wait_for("the spool to be empty", lambda: not any(node.home.spool.iterdir()))  # noqa: B023
            assert list(node.home.staging.iterdir()) == []
            assert [path for path in node.home.claims.rglob("*") if path.is_file()] == []
            assert node.errors() == []


@cache
def content(size_bytes: int) -> bytes:
    return os.urandom(size_bytes)


def inbox(way: Way) -> list[str]:
    return way.taker.inbox_names(way.giver.name)


def check_promises(way: Way, name: str) -> None:
    """Check that chunks acknowledged by the next hop are durable there."""
    # Another destination has numbers of its own.
    file = way.giver.rows(
        "SELECT source, destination, epoch, sequence FROM files WHERE name = ?"
        " AND source = (SELECT node FROM selfinfo) ORDER BY id DESC LIMIT 1",
        name,
    )[0]
    for giver, taker in pairwise(way.nodes):
        # In this order: the set at the next hop only grows.
        promised = chunks(giver, "state = 'F'", *file)
        held = chunks(taker, "state <> 'D'", *file)
        assert promised <= held, (
            f"{giver.name} was promised {len(promised - held)} chunks that {taker.name} lacks"
        )


def chunks(node: RunningNode, condition: str, *file: str | int | float | bytes | None) -> set[int]:
    """Return the offsets of a file's chunks for which a condition holds."""
    rows = node.rows(
        'SELECT "offset" FROM messages'
        " WHERE type = 2 AND source = ? AND destination = ? AND epoch = ? AND sequence = ?"
        f" AND {condition}",
        *file,
    )
    return {int(str(offset)) for (offset,) in rows}
