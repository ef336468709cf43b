"""Rows of the groups that this node is a member of."""

from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase

# The rows of a group that are no delivery of this node: those that it carried as a relay, and those
# that were incomplete when it left the group. A file that it delivered as a member is in `seen`.
_CARRIED = """
SELECT m.id FROM messages m WHERE m.destination = ?1 AND m.source <> (SELECT node FROM selfinfo)
   AND m.parent = 0 AND m.id > 0 AND m.state IN ('F', 'D')
   AND NOT coalesce((SELECT s.last > m.sequence FROM seen s
     WHERE s.source = m.source AND s.destination = m.destination AND s.epoch = m.epoch
       AND s.first <= m.sequence ORDER BY s.first DESC LIMIT 1), 0)
"""
_CARRIED_AND_PIECES = f"""
{_CARRIED} UNION ALL
SELECT c.id FROM messages c WHERE c.parent > 0 AND c.parent IN ({_CARRIED})
"""  # noqa: S608 -- a constant


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
    """Insert a group, whose keys are durable, and end what was carried for it; in a transaction.

    A repeat of what was carried is new to a member: a row of a relay would be taken for a delivery.
    Sources keep all of what has no receipt.
    """
    _end_carried(database, node)
    database.execute(
        "INSERT INTO held_groups VALUES (?, ?, ?)", (node, name, int(database.unix_s()))
    )


def _end_carried(database: Database, node: str) -> None:
    # Chunks before their manifest: it takes them along when it dies.
    database.execute(
        "INSERT INTO facts (message, event, actor, reason)"
        " SELECT id, CASE type WHEN 7 THEN 'let-go' ELSE 'withdrawn' END,"
        "  CASE type WHEN 7 THEN 'processor_s' ELSE 'processor_r' END,"
        "  'this node is a member of its destination now' FROM messages"
        " WHERE destination = ? AND source <> (SELECT node FROM selfinfo) AND parent = 0"
        "  AND type IN (1, 2, 3, 7) AND state NOT IN ('F', 'D', 'N-4') ORDER BY type, id",
        (node,),
    )
    database.execute(f"DELETE FROM events WHERE message IN ({_CARRIED_AND_PIECES})", (node,))  # noqa: S608
    pieces = f"DELETE FROM messages WHERE parent > 0 AND parent IN ({_CARRIED})"  # noqa: S608
    database.execute(pieces, (node,))
    database.execute(f"DELETE FROM messages WHERE id IN ({_CARRIED})", (node,))  # noqa: S608
    # A relay's hint would be signed as the word of the group.
    database.execute("DELETE FROM receipts_due WHERE destination = ?", (node,))
    # The node's clock continues from the newest event after a boot.
    database.execute("UPDATE clock SET noted_s = max(noted_s, ?)", (database.now_s(),))


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


def sign_what_is_owed(database: Database) -> None:
    """Have processor_s look at what groups owe: their keys are here again; inside a transaction."""
    database.execute("SELECT wake('processor_s')")


def remove_group(database: Database, node: str) -> None:
    """Delete a group, and end what came for it and is not delivered; inside a transaction.

    The other members are offered it: sources keep all of what has no receipt.
    """
    database.execute(
        "INSERT INTO facts (message, event, actor, reason)"
        " SELECT id, CASE type WHEN 3 THEN 'put-back' ELSE 'let-go' END,"
        "  CASE type WHEN 3 THEN 'person' ELSE 'exporter' END, 'this node has left the group'"
        " FROM messages WHERE state = 'N-4' AND type IN (1, 3) AND destination = ?",
        (node,),
    )
    database.execute("DELETE FROM receipts_due WHERE destination = ?", (node,))
    database.execute("DELETE FROM held_groups WHERE node = ?", (node,))
