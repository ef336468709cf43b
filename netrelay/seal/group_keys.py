"""The identities of the groups that this node is a member of: a folder for each.

groups/             0700
  NODE/             0700    the four files of identity.py
"""

from collections.abc import Collection
from pathlib import Path

from netrelay.core.node_id import node_id_bytes
from netrelay.seal.identity import Identity, load
from netrelay.seal.seal_errors import IdentityError


def strange_entries(folder: Path, groups: Collection[str]) -> list[str]:
    """Return the names in the folder of groups that are none of these node ids: keys left behind.

    Empty where the folder is not there, or may not be read.
    """
    try:
        return sorted(entry.name for entry in folder.iterdir() if entry.name not in groups)
    except OSError:
        return []


class GroupKeys:
    """Reads each identity when it is first asked for; those of a group that was left stay here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, Identity] = {}

    def folder_of(self, group: str) -> Path:
        """Return the folder of the keys of a group; ValueError for what is no node id."""
        node_id_bytes(group)
        return self._folder / group

    def find(self, group: str) -> Identity | None:
        """Return the identity of a group; None while its keys are missing, open, or another's."""
        known = self._found.get(group)
        if known is not None:
            return known
        try:
            identity = load(self.folder_of(group))
        except (IdentityError, ValueError):
            return None
        if identity.node_id != group:
            return None
        self._found[group] = identity
        return identity
