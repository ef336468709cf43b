"""Rows of the groups that this node is a member of."""

from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase


class HeldGroup(NamedTuple):
    """A group, its node id, and since when this node is a member."""

    node: str
    name: str
    joined_unix_s: int


def held_groups(database: Database) -> frozenset[str]:
    """Return the node ids of the groups."""
    return frozenset(str(node) for (node,) in database.rows("SELECT node FROM held_groups"))


def read_groups(database: Database | ReadOnlyDatabase) -> list[HeldGroup]:
    """Return the groups, ordered by name."""
    rows = database.rows("SELECT node, name, joined_unix_s FROM held_groups ORDER BY name")
    return [HeldGroup(*row) for row in rows]  # type: ignore[arg-type]


def add_group(database: Database, node: str, name: str) -> None:
    """Insert a group, whose keys are durable; inside a transaction."""
    database.execute(
        "INSERT INTO held_groups VALUES (?, ?, ?)", (node, name, int(database.unix_s()))
    )


def waiting_for_group(database: Database, node: str) -> int:
    """Return how many files and texts of a group are complete and not delivered."""
    count = database.value(
        "SELECT count(*) FROM messages m WHERE m.state = 'N-4' AND m.type IN (1, 3)"
        " AND m.destination = ? AND (m.type = 1 OR EXISTS (SELECT 1 FROM ranges r"
        "  WHERE r.message = m.id AND r.first = 0 AND r.last >= m.total_bytes))",
        (node,),
    )
    return int(str(count))


def owed_by_group(database: Database, node: str) -> int:
    """Return how many entries of receipts a group owes that are not signed yet."""
    return int(
        str(database.value("SELECT count(*) FROM receipts_due WHERE destination = ?", (node,)))
    )


def remove_group(database: Database, node: str) -> None:
    """Delete a group, and end what came for it in part; inside a transaction.

    The other members are offered it: sources keep all of what has no receipt.
    """
    database.execute(
        "INSERT INTO facts (message, event, actor, reason)"
        " SELECT id, 'put-back', 'person', 'this node has left the group' FROM messages"
        " WHERE state = 'N-4' AND type = 3 AND destination = ?",
        (node,),
    )
    database.execute("DELETE FROM held_groups WHERE node = ?", (node,))
