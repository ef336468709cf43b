"""The inotify watches of the drop folders.

A scan decides what is ready (drop_scan.py); events only cause scans and report which names were
renamed in. They cannot decide: a copy over SMB or NFS closes a file several times, a hard link
causes no close event, and changes deeper in a directory cause none at all.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from inotify_simple import INotify, flags

from netrelay.core.ignored_names import IgnoredNames
from netrelay.transfer.drop_scan import DropScanner, Scan
from netrelay.transfer.settle_times import SettleTimes

_ALL_NAMES = IgnoredNames()
_WATCHED = (
    flags.MOVED_TO
    | flags.CLOSE_WRITE
    | flags.CREATE
    | flags.MODIFY
    | flags.ATTRIB
    | flags.DELETE_SELF
    | flags.MOVE_SELF
)
# Watched for only where an entry is awaited: elsewhere each claim would cause another scan.
_REMOVALS = flags.DELETE | flags.MOVED_FROM
_WATCHED_ROOT = flags.CREATE | flags.MOVED_TO | _REMOVALS | flags.DELETE_SELF | flags.MOVE_SELF


class DropFolders:
    """The drop folders of one home, and the set of dirty ones, which have to be scanned.

    A folder becomes dirty by a new watch, by an event, and by an event queue overflow, which loses
    events of any folder. It stays dirty while a scan finds an entry that has to be checked again
    later. A watch follows the inode and not the path: a folder that is moved, removed, or under the
    mount of a disk loses its watch, and `watch` sets another one for what now has the name.
    """

    def __init__(
        self,
        drop: Path,
        settle: Callable[[str], SettleTimes] = lambda _: SettleTimes(),
        ignored: IgnoredNames = _ALL_NAMES,
    ) -> None:
        self._ignored = ignored
        self._drop = drop
        self._settle = settle
        self._inotify = INotify(nonblocking=True)
        self._names: dict[int, str] = {}
        self._watched: dict[str, int] = {}
        self._inodes: dict[str, tuple[int, int]] = {}
        self._dirty: set[str] = set()
        self._renamed_in: dict[str, set[bytes]] = {}
        self._scanners: dict[str, DropScanner] = {}
        self._have_moved = False
        # Names in drop/ that were made, removed or moved.
        self._changed: set[str] = set()
        # Keys: folders; values: the entries whose removal makes the folder dirty.
        self._awaited: dict[str, set[bytes]] = {}
        self._watch_root()

    def fileno(self) -> int:
        """Return the descriptor that is readable when an event is pending."""
        return int(self._inotify.fileno())

    def watch(self, names: set[str]) -> dict[str, OSError]:
        """Watch the folders of exactly these peers; a newly watched one is dirty.

        Return those that cannot be watched, with the error: the next call tries them again.
        """
        failed: dict[str, OSError] = {}
        self._watch_root()
        # The watch of a removed folder is gone already, and what has its name may be no folder.
        self._dirty &= names
        # First: a folder that was renamed would have the same watch under both names.
        for name in self._watched.keys() - names:
            self.unwatch_one(name)
        for name in names:
            try:
                self.watch_one(name)
            except FileNotFoundError:
                continue  # removed just now: its event wakes the next step
            except OSError as error:
                failed[name] = error
        return failed

    def take_moved(self) -> bool:
        """Return whether watches were lost since the last call: `watch` has to be called."""
        moved, self._have_moved = self._have_moved, False
        return moved

    def take_changed(self) -> set[str]:
        """Return the names in drop/ that were made, removed or moved since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    def watch_one(self, name: str) -> None:
        """Watch the folder of one peer; a newly watched one is dirty. OSError if it cannot be."""
        inode = _inode(self._drop / name)
        if name in self._watched and self._inodes[name] != inode:
            self._unwatch(self._watched[name])
        if name not in self._watched:
            self._add_watch(name)
            self._inodes[name] = inode
            self._dirty.add(name)

    def unwatch_one(self, name: str) -> None:
        """Watch the folder of a peer that was removed no more."""
        if name in self._watched:
            self._unwatch(self._watched[name])
        self._awaited.pop(name, None)
        self._dirty.discard(name)

    def await_removal(self, name: str, entries: set[bytes]) -> None:
        """Await the removal of exactly these entries: it makes the folder dirty.

        FileNotFoundError for a folder that does not exist any more.
        """
        was_awaited = bool(self._awaited.get(name))
        self._awaited[name] = entries
        if name in self._watched and was_awaited != bool(entries):
            self._add_watch(name)

    def _add_watch(self, name: str) -> None:
        """Watch a folder, or change what it is watched for."""
        watched = _WATCHED | _REMOVALS if self._awaited.get(name) else _WATCHED
        watch = self._inotify.add_watch(os.fspath(self._drop / name), watched)
        self._names[watch] = name
        self._watched[name] = watch

    def _watch_root(self) -> None:
        """Watch the folder of all drop folders, which may be another one than before."""
        with suppress(OSError):
            inode = _inode(self._drop)
            if self._inodes.get("") != inode:
                root = self._inotify.add_watch(os.fspath(self._drop), _WATCHED_ROOT)
                self._names[root] = ""
                self._inodes[""] = inode

    def _unwatch(self, watch: int) -> None:
        self._forget(watch)
        with suppress(OSError):
            self._inotify.rm_watch(watch)

    def read_events(self) -> None:
        """Read the pending events and note which folders are dirty; does not block."""
        for event in self._inotify.read(timeout=0):
            if event.mask & flags.Q_OVERFLOW:
                # The lost events may include the removal of a folder: renew all watches.
                self._have_moved = True
                self._dirty |= self._watched.keys()
                self._watched.clear()
                self._names = {watch: name for watch, name in self._names.items() if not name}
                continue
            name = self._names.get(event.wd)
            if name is None:
                continue
            if not name:
                if event.name:
                    self._changed.add(event.name)
                else:  # drop/ itself
                    self._have_moved = True
                continue
            if event.mask & flags.ATTRIB and not event.name:
                self._changed.add(name)
            if event.mask & flags.IGNORED:
                self._changed.add(name)
                self._forget(event.wd)
                continue
            if event.mask & _REMOVALS:
                if os.fsencode(event.name) in self._awaited.get(name, ()):
                    self._dirty.add(name)
                continue
            self._dirty.add(name)
            if event.mask & flags.MOVE_SELF:
                # The watched inode is no longer the folder of a peer.
                self._changed.add(name)
                self._unwatch(event.wd)
                continue
            if event.mask & flags.MOVED_TO:
                self._renamed_in.setdefault(name, set()).add(os.fsencode(event.name))
            elif event.mask & (flags.MODIFY | flags.CREATE):
                self._renamed_in.get(name, set()).discard(os.fsencode(event.name))

    def _forget(self, watch: int) -> None:
        name = self._names.pop(watch)
        if self._watched.get(name) == watch:
            del self._watched[name]

    def scan_again(self, name: str) -> None:
        """Note that what a scan of a folder found was not taken."""
        self._dirty.add(name)

    def dirty(self) -> list[str]:
        """Return the names of the peers whose folders have to be scanned."""
        return sorted(self._dirty)

    def scan(self, name: str) -> Scan:
        """Scan the folder of one peer; it stays dirty as long as an entry has to be checked again.

        Reads directories recursively. A folder that does not exist is empty.
        """
        scanner = self._scanners.get(name)
        if scanner is None:
            scanner = DropScanner(self._drop / name, self._settle(name), self._ignored)
            self._scanners[name] = scanner
        scan = scanner.scan(self._renamed_in.pop(name, set()))
        if scan.again_s is None:
            self._dirty.discard(name)
        return scan


def _inode(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino
