"""Watching the drop folders: the scan is the truth, inotify only wakes it and says what is whole.

A file that was renamed in is whole at once. Any other is taken when its size and times have stood
still for two seconds between two looks: inotify cannot tell that a writer has finished (a copy over
SMB or NFS closes and opens again; a hard link shows no close at all). None is taken while a process
of this machine has it open for writing.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from inotify_simple import INotify, flags

from netrelay.core.unfinished_names import is_unfinished
from netrelay.runtime import clock
from netrelay.store.folders import fingerprint
from netrelay.transfer.open_writers import is_open_for_writing

SETTLE_S = 2.0
# A writer that holds a file open this long may be one that never closes it: a person is told.
PATIENCE_S = 60.0
_WATCHED = (
    flags.MOVED_TO
    | flags.CLOSE_WRITE
    | flags.CREATE
    | flags.MODIFY
    | flags.ATTRIB
    | flags.DELETE_SELF
    | flags.MOVE_SELF
)
# What was ready and is still there could not be claimed: a full disk, a missing permission.
_CLAIM_AGAIN_S = 60.0


class Scan(NamedTuple):
    """One look into a drop folder: what is ready, what is left and why, when to look again.

    What is left is said once, and again when the reason is another one.
    """

    ready: list[bytes]
    left: list[tuple[bytes, str]]
    again_s: float | None


class _Seen(NamedTuple):
    fingerprint: str
    since_s: float


class _Look(NamedTuple):
    """What one look at one entry gave; wait_s: until the next look, None when events wake us."""

    is_ready: bool
    wait_s: float | None
    reason: str | None = None


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
        self._told: dict[str, dict[bytes, str]] = {}
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
        told_before, told = self._told.get(name, {}), dict[bytes, str]()
        ready: list[bytes] = []
        waits_s: list[float] = []
        folder = os.fsencode(self._drop / name)
        try:
            entries = sorted(os.listdir(folder))
        except FileNotFoundError:
            entries = []
        for entry in entries:
            if is_unfinished(entry):
                continue
            path = folder + b"/" + entry
            try:
                status = os.lstat(path)
                seen = before.get(entry)
                mark = fingerprint(status)
                if seen is None or seen.fingerprint != mark:
                    seen = _Seen(mark, now_s)
                after[entry] = seen
                look = _look(path, status, entry in whole, now_s - seen.since_s)
            except FileNotFoundError:
                continue
            if look.is_ready:
                ready.append(entry)
            if look.wait_s is not None:
                waits_s.append(look.wait_s)
            if look.reason is not None:
                told[entry] = look.reason
        self._seen[name], self._told[name] = after, told
        left = [item for item in told.items() if told_before.get(item[0]) != item[1]]
        if not waits_s:
            self._dirty.discard(name)
        return Scan(ready, left, min(waits_s, default=None))


def _look(path: bytes, status: os.stat_result, is_whole: bool, still_s: float) -> _Look:
    """Judge one entry that has stood still for so long."""
    if not stat.S_ISREG(status.st_mode):
        return _Look(False, None, f"it is {_kind(status.st_mode)}; only files are taken")
    if not is_whole and still_s < SETTLE_S:
        return _Look(False, SETTLE_S - still_s)
    try:
        if not is_open_for_writing(path):
            return _Look(True, _CLAIM_AGAIN_S)
    except FileNotFoundError:
        raise
    except PermissionError:
        return _Look(False, None, "it may not be read by this node: chmod g+r lets its group")
    except OSError as error:
        return _Look(False, PATIENCE_S, f"it cannot be opened: {error.strerror}")
    if still_s < PATIENCE_S:
        return _Look(False, max(SETTLE_S, min(still_s, PATIENCE_S - still_s)))
    return _Look(False, PATIENCE_S, "a program has it open for writing; it goes when that is over")


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
