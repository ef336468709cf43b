"""Watching the drop folders: the scan is the truth, inotify only wakes it and says what is whole.

A file that was renamed in is whole at once. Any other is taken when its size and times have stood
still for two seconds between two looks: inotify cannot tell that a writer has finished (a copy over
SMB or NFS closes and opens again; a hard link shows no close at all).
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from inotify_simple import INotify, flags

from netrelay.runtime import clock
from netrelay.store.folders import fingerprint

SETTLE_S = 2.0
# What programs call a file they have not finished: browsers, scp clients, editors.
_PARTIAL_ENDINGS = (b".part", b".partial", b".crdownload", b".filepart", b".tmp", b"~")
_WATCHED = (
    flags.MOVED_TO
    | flags.CLOSE_WRITE
    | flags.CREATE
    | flags.MODIFY
    | flags.DELETE_SELF
    | flags.MOVE_SELF
)
# What was ready and is still there could not be claimed: a full disk, a missing permission.
_CLAIM_AGAIN_S = 60.0


class Scan(NamedTuple):
    """One look into a drop folder: what is ready, what is no file, when to look again."""

    ready: list[bytes]
    not_files: list[tuple[bytes, str]]
    again_s: float | None


class _Seen(NamedTuple):
    fingerprint: str
    since_s: float


class DropFolders:
    """The drop folders of one home: which need a look, and what in them is ready."""

    def __init__(self, drop: Path) -> None:
        self._drop = drop
        self._inotify = INotify(nonblocking=True)
        self._names: dict[int, str] = {}
        self._watched: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._whole: dict[str, set[bytes]] = {}
        self._seen: dict[str, dict[bytes, _Seen]] = {}
        self._told: dict[str, set[bytes]] = {}
        root = self._inotify.add_watch(os.fspath(drop), flags.CREATE | flags.MOVED_TO)
        self._names[root] = ""

    def fileno(self) -> int:
        """Give the descriptor that is readable when something happened."""
        return int(self._inotify.fileno())

    def watch(self, names: set[str]) -> None:
        """Watch the folders of these peers, and look into each that was not watched before."""
        for name in names - self._watched.keys():
            watch = self._inotify.add_watch(os.fspath(self._drop / name), _WATCHED)
            self._names[watch] = name
            self._watched[name] = watch
            self._dirty.add(name)
        for name in self._watched.keys() - names:
            self._names.pop(self._watched.pop(name), None)
            self._dirty.discard(name)

    def read_events(self) -> None:
        """Note what happened; never blocks."""
        for event in self._inotify.read(timeout=0):
            if event.mask & flags.Q_OVERFLOW:
                # That a folder went may be among what was lost: watch them all again.
                self._dirty |= self._watched.keys()
                self._watched.clear()
                self._names = {watch: name for watch, name in self._names.items() if not name}
                continue
            name = self._names.get(event.wd)
            if not name:
                continue
            if event.mask & flags.IGNORED:
                self._forget(event.wd)
                continue
            self._dirty.add(name)
            if event.mask & flags.MOVE_SELF:
                # Its events go on, but it is a peer's folder no more.
                self._forget(event.wd)
                with suppress(OSError):
                    self._inotify.rm_watch(event.wd)
                continue
            if event.mask & flags.MOVED_TO:
                self._whole.setdefault(name, set()).add(os.fsencode(event.name))
            elif event.mask & (flags.MODIFY | flags.CREATE):
                self._whole.get(name, set()).discard(os.fsencode(event.name))

    def _forget(self, watch: int) -> None:
        name = self._names.pop(watch)
        if self._watched.get(name) == watch:
            del self._watched[name]

    def dirty(self) -> list[str]:
        """Give the peers whose folders have to be looked into."""
        return sorted(self._dirty)

    def scan(self, name: str) -> Scan:
        """Look into one folder."""
        now_s = clock.boottime_s()
        whole = self._whole.pop(name, set())
        before, after = self._seen.get(name, {}), dict[bytes, _Seen]()
        told = self._told.setdefault(name, set())
        ready, not_files, again_s = [], [], None
        folder = os.fsencode(self._drop / name)
        try:
            entries = sorted(os.listdir(folder))
        except FileNotFoundError:
            entries = []
        for entry in entries:
            if entry.startswith(b".") or entry.endswith(_PARTIAL_ENDINGS):
                continue
            try:
                status = os.lstat(folder + b"/" + entry)
            except FileNotFoundError:
                continue
            if not stat.S_ISREG(status.st_mode):
                if entry not in told:
                    not_files.append((entry, _kind(status.st_mode)))
                    told.add(entry)
                continue
            mark = fingerprint(status)
            seen = before.get(entry)
            if seen is None or seen.fingerprint != mark:
                seen = _Seen(mark, now_s)
            after[entry] = seen
            wait_s = SETTLE_S - (now_s - seen.since_s)
            if entry in whole or wait_s <= 0:
                ready.append(entry)
                wait_s = _CLAIM_AGAIN_S
            again_s = wait_s if again_s is None else min(again_s, wait_s)
        told &= set(entries)
        self._seen[name] = after
        if again_s is None:
            self._dirty.discard(name)
        return Scan(ready, not_files, again_s)


def _kind(mode: int) -> str:
    for test, word in (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return word
    return "a device"
