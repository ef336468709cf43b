"""This node itself, and the versions of its database."""

from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase


class OwnNode(NamedTuple):
    """Node id and name of this node."""

    node: str
    name: str


class Versions(NamedTuple):
    """Versions of the views for people and of the tables."""

    views: int
    schema: int


def own_node(database: Database | ReadOnlyDatabase) -> OwnNode:
    """Return node id and name of this node."""
    own = find_own_node(database)
    assert own is not None
    return own


def own_capacity_bytes(database: Database) -> int:
    """Return the largest message that this node takes."""
    return int(str(database.value("SELECT capacity FROM selfinfo")))


def own_commsport(database: Database | ReadOnlyDatabase) -> tuple[str, int]:
    """Return the address, perhaps a wildcard, and the port where this node listens for hellos."""
    row = database.row("SELECT ipaddress, commsport FROM selfinfo")
    assert row is not None
    return str(row[0]), int(str(row[1]))


def only_dials(database: ReadOnlyDatabase) -> bool:
    """Return True if no peer, or not every peer, can dial this node."""
    return bool(
        database.value(
            "SELECT can_be_dialled = 0 OR EXISTS (SELECT 1 FROM cannot_dial_here) FROM selfinfo"
        )
    )


def find_own_node(database: Database | ReadOnlyDatabase) -> OwnNode | None:
    """Return node id and name of this node; None if a database holds no node."""
    row = database.row("SELECT node, name FROM selfinfo")
    return None if row is None else OwnNode(*row)  # type: ignore[arg-type]


def versions(database: ReadOnlyDatabase) -> Versions:
    """Return the versions of the views and of the schema."""
    row = database.row("SELECT views, schema FROM versions")
    assert row is not None
    return Versions(*row)  # type: ignore[arg-type]
