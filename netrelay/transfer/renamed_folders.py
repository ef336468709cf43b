"""The folders of renamed peers get the new name: importer those that it writes, exporter the inbox.

    1  COMMIT the new name of the peer       peers.name, old_folders (a trigger)
    2  rename  drop/OLD  ->  drop/NEW        under the write lock
    3  COMMIT that it has the new name       old_folders, files.kept

A folder is renamed by the process that writes into it, between two of its own steps, so none of its
paths is in use. The write lock keeps `netrelay retry` away from failed/ meanwhile. A power cut
between 2 and 3 leaves the new name alone on the disk, which the next try finds.
"""

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.folders import flush_folder
from netrelay.runtime.home import Home
from netrelay.runtime.log import FOLDER_NOT_RENAMED
from netrelay.runtime.node import Node
from netrelay.store.database import Database
from netrelay.store.old_folders import (
    CLAIMS,
    DROP,
    FAILED_JOBS,
    INBOX,
    SENT,
    OldFolder,
    old_folders,
    settle_folder,
)

OF_IMPORTER = (CLAIMS, DROP, SENT, FAILED_JOBS)
OF_EXPORTER = (INBOX,)
_AGAIN_S = 60.0


class RenamedFolders:
    """The folders of one process that have to be renamed; what cannot be is tried every minute."""

    def __init__(self, node: Node, parents: Iterable[str]) -> None:
        self._node = node
        self._parents = tuple(parents)
        self._failed: dict[OldFolder, str] = {}
        self._due_s = 0.0

    def advance(self) -> bool:
        """Rename the folders that have an old name; return whether one was renamed.

        No path in them may be in use by this process.
        """
        waiting = old_folders(self._node.database, self._parents)
        now_s = self._node.database.now_s()
        if not waiting or self._node.database.is_disk_full:
            return False
        if now_s < self._due_s and self._failed.keys() == set(waiting):
            return False
        self._due_s = now_s + _AGAIN_S
        failed = rename_folders(self._node.database, self._node.home, self._parents)
        for folder, reason in failed.items():
            if folder.parent != CLAIMS and self._failed.get(folder) != reason:
                self._node.log.write(
                    FOLDER_NOT_RENAMED,
                    folder=f"{folder.parent}/{folder.name}",
                    new_name=folder.new_name,
                    reason=reason,
                )
        self._failed = failed
        return len(failed) < len(waiting)

    def again_s(self) -> float | None:
        """Return the seconds until what could not be renamed is tried again; None: nothing."""
        if not self._failed:
            return None
        return max(self._due_s - self._node.database.now_s(), 0.0)


def rename_folders(database: Database, home: Home, parents: Iterable[str]) -> dict[OldFolder, str]:
    """Rename the folders in these parents that have an old name; return the others, and why."""
    failed: dict[OldFolder, str] = {}
    renamed: list[tuple[Path, Path]] = []
    places = {DROP: home.drop, INBOX: home.inbox, SENT: home.sent, FAILED_JOBS: home.failed}
    try:
        with database.transaction():
            for folder in old_folders(database, parents):
                if folder.parent == CLAIMS:
                    _settle_claims(database, folder, failed)
                    continue
                parent = places[folder.parent]
                old, new = parent / folder.name, parent / folder.new_name
                try:
                    if _rename(old, new):
                        renamed.append((old, new))
                except OSError as error:
                    failed[folder] = _why(error, new)
                else:
                    settle_folder(database, folder)
    except BaseException:
        # Nothing was committed: the processes go on with the old names.
        for old, new in renamed:
            with suppress(OSError):
                rename_to_new(os.fsencode(new), os.fsencode(old))
        raise
    return failed


def _settle_claims(database: Database, folder: OldFolder, failed: dict[OldFolder, str]) -> None:
    """Settle the folder of claims if the drop folder is renamed; older claims keep their paths."""
    reasons = [failed[each] for each in failed if (each.node, each.parent) == (folder.node, DROP)]
    if reasons:
        failed[folder] = reasons[0]
    else:
        settle_folder(database, folder)


def _rename(old: Path, new: Path) -> bool:
    """Rename a folder, durable on return; return False if it has its new name already.

    An empty folder of the new name gives way. So does one of the old name beside the new one: a
    process has made it after a power cut. OSError when neither is empty.
    """
    if not os.path.lexists(old):
        return False
    if os.path.lexists(new):
        for folder in (old, new):
            with suppress(OSError):
                folder.rmdir()
                break
    if not os.path.lexists(old):
        return False
    rename_to_new(os.fsencode(old), os.fsencode(new))
    flush_folder(old.parent)
    return True


def _why(error: OSError, new: Path) -> str:
    if error.errno == errno.EEXIST:
        return f"{new} is there already and is not empty: move what is in it elsewhere"
    return error.strerror or str(error)
