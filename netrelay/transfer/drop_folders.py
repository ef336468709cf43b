"""Watching the drop folders: the scan is the truth, inotify only wakes it and says what is whole.

drop_entry.py judges each entry. inotify cannot tell that a writer has finished (a copy over SMB or
NFS closes and opens again; a hard link shows no close at all), and it says nothing about what
happens deeper in a directory.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from inotify_simple import INotify, flags

from netrelay.core.unfinished_names import is_unfinished
from netrelay.runtime import clock
from netrelay.store.wishes import Wish
from netrelay.transfer.drop_entry import Seen, look_at
from netrelay.transfer.sidecar import SidecarError, read_sidecar, sidecar_of, subject_of

_WATCHED = (
    flags.MOVED_TO
    | flags.CLOSE_WRITE
    | flags.CREATE
    | flags.MODIFY
    | flags.ATTRIB
    | flags.DELETE_SELF
    | flags.MOVE_SELF
)


class Scan(NamedTuple):
    """One look into a drop folder: what is ready, what is left and why, when to look again.

    What is left is said once, and again when the reason is another one. wishes: what a sidecar
    says of something that is ready.
    """

    ready: list[bytes]
    left: list[tuple[bytes, str]]
    again_s: float | None
    wishes: tuple[tuple[bytes, Wish], ...] = ()


class DropFolders:
    """The drop folders of one home: which need a look, and what in them is ready."""

    def __init__(self, drop: Path) -> None:
        self._drop = drop
        self._inotify = INotify(nonblocking=True)
        self._names: dict[int, str] = {}
        self._watched: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._whole: dict[str, set[bytes]] = {}
        self._seen: dict[str, dict[bytes, Seen]] = {}
        self._told: dict[str, dict[bytes, str]] = {}
        self._sidecars: dict[str, dict[bytes, str]] = {}
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
        before, after = self._seen.get(name, {}), dict[bytes, Seen]()
        known_inodes = {seen.inode for seen in before.values()}
        told_before, told = self._told.get(name, {}), dict[bytes, str]()
        whole_before, whole_now = self._sidecars.get(name, {}), dict[bytes, str]()
        ready: list[bytes] = []
        sidecars: list[tuple[bytes, bool]] = []
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
                is_whole = entry in whole
                if is_whole and stat.S_ISDIR(status.st_mode):
                    # A new name for what somebody made here says nothing about what is in it.
                    is_whole = status.st_ino not in known_inodes
                look = look_at(path, status, before.get(entry), is_whole, now_s)
            except FileNotFoundError:
                continue
            after[entry] = look.seen
            about = subject_of(entry)
            if about is not None:
                # It was whole when it was renamed in, and waits for its file since.
                is_ready = look.is_ready or whole_before.get(entry) == look.seen.mark
                sidecars.append((about, is_ready))
                if is_ready:
                    whole_now[entry] = look.seen.mark
            elif look.is_ready:
                ready.append(entry)
            if look.wait_s is not None and entry not in whole_now:
                waits_s.append(look.wait_s)
            if look.reason is not None:
                told[entry] = look.reason
        wishes = []
        for about, is_ready in sidecars:
            if about not in ready:
                continue
            try:
                if is_ready:
                    beside = self._drop / name / os.fsdecode(sidecar_of(about))
                    wishes.append((about, read_sidecar(beside)))
                    continue
            except SidecarError as error:
                told[about] = f"{os.fsdecode(sidecar_of(about))!r} beside it: {error}"
            ready.remove(about)
        self._seen[name], self._told[name], self._sidecars[name] = after, told, whole_now
        left = [item for item in told.items() if told_before.get(item[0]) != item[1]]
        if not waits_s:
            self._dirty.discard(name)
        return Scan(ready, left, min(waits_s, default=None), tuple(wishes))
