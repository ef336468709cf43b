"""Folders of renamed peers that still have an old name, with which the processes go on until then.

Parents: claims, drop, inbox, sent and failed, as in the table.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase

CLAIMS: Final = "claims"
DROP: Final = "drop"
INBOX: Final = "inbox"
SENT: Final = "sent"
FAILED_JOBS: Final = "failed"


class OldFolder(NamedTuple):
    """A folder whose name is `name`, and is to be `new_name`."""

    node: str
    parent: str
    name: str
    new_name: str


def old_folders(database: Database | ReadOnlyDatabase, parents: Iterable[str]) -> list[OldFolder]:
    """Return the folders in these parents that are to be renamed."""
    wanted = set(parents)
    rows = database.rows(
        "SELECT o.node, o.parent, o.name, p.name FROM old_folders o JOIN peers p ON p.node = o.node"
        " ORDER BY o.parent = 'claims', o.parent, o.name"
    )
    found = [OldFolder(*map(str, row)) for row in rows]
    return [each for each in found if each.parent in wanted]


def folder_names(database: Database | ReadOnlyDatabase, parent: str) -> dict[str, str]:
    """Return the name of each peer's folder in a parent, by node id."""
    rows = database.rows(
        "SELECT p.node, coalesce(o.name, p.name) FROM peers p"
        " LEFT JOIN old_folders o ON o.node = p.node AND o.parent = ?",
        (parent,),
    )
    return {str(node): str(name) for node, name in rows}


def folder_name(database: Database | ReadOnlyDatabase, parent: str, node: str) -> str | None:
    """Return the name of the folder of one peer in a parent; None if it is no peer."""
    found = database.value(
        "SELECT coalesce(o.name, p.name) FROM peers p"
        " LEFT JOIN old_folders o ON o.node = p.node AND o.parent = ? WHERE p.node = ?",
        (parent, node),
    )
    return None if found is None else str(found)


def settle_folder(database: Database, folder: OldFolder) -> None:
    """Store that a folder has its new name, and the paths in it; call it inside a transaction."""
    if folder.parent in (SENT, FAILED_JOBS):
        before = f"{folder.parent}/{folder.name}/".encode()
        after = f"{folder.parent}/{folder.new_name}/".encode()
        database.execute(
            "UPDATE files SET kept = CAST(?3 || substr(kept, ?4 + 1) AS BLOB)"
            " WHERE destination = ?1 AND substr(kept, 1, ?4) = ?2",
            (folder.node, before, after, len(before)),
        )
    database.execute(
        "DELETE FROM old_folders WHERE node = ? AND parent = ?", (folder.node, folder.parent)
    )


def user_of_old_name(database: Database, name: str) -> str | None:
    """Return the name of the peer that has folders of this old name, or None."""
    found = database.value(
        "SELECT p.name FROM old_folders o JOIN peers p ON p.node = o.node WHERE o.name = ? LIMIT 1",
        (name,),
    )
    return None if found is None else str(found)
