"""The scan of one drop folder: its ready entries, and the skipped ones with their reasons."""

import os
import stat
from collections.abc import Container, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.unfinished_names import is_unfinished
from netrelay.runtime import clock
from netrelay.store.wishes import Wish
from netrelay.transfer.drop_entry import EntryCheck, Look, Observation, check_entry
from netrelay.transfer.settle_times import SettleTimes
from netrelay.transfer.sidecar import SidecarError, read_sidecar, sidecar_of, subject_of


class Scan(NamedTuple):
    """The result of one scan.

    skipped: the entries that need a user, each with the reason, without those that the previous
    scan reported with the same reason. again_s: time until the next scan, None if an inotify event
    has to come first. wishes: the options in the sidecars of ready entries.
    """

    ready: list[bytes]
    skipped: list[tuple[bytes, str]]
    again_s: float | None
    wishes: tuple[tuple[bytes, Wish], ...] = ()


class _Paired(NamedTuple):
    """Ready entries after their sidecars were read; faults: entries with an invalid sidecar."""

    ready: list[bytes]
    wishes: list[tuple[bytes, Wish]]
    faults: dict[bytes, str]


class DropScanner:
    """One drop folder, with the results of its previous scan.

    A scan compares each entry with its previous observation to find out that it has settled, each
    reason with the reported one to log it once, and each sidecar with the one that was ready.
    """

    def __init__(self, folder: Path, settle: SettleTimes, ignored: IgnoredNames) -> None:
        self._folder = folder
        self._ignored = ignored
        self._settle = settle
        self._observations: dict[bytes, Observation] = {}
        self._reported: dict[bytes, str] = {}
        self._sidecars: dict[bytes, str] = {}

    def scan(self, renamed_in: Container[bytes]) -> Scan:
        """Check every entry; renamed_in are the names that were renamed in since the last scan."""
        checks = self._check_entries(renamed_in)
        sidecars = self._ready_sidecars(checks)
        ready = [
            name for name, check in checks.items() if check.is_ready and subject_of(name) is None
        ]
        paired = self._pair(ready, checks, sidecars)
        reasons = {
            name: check.reason for name, check in checks.items() if check.reason is not None
        } | paired.faults
        skipped = [item for item in reasons.items() if self._reported.get(item[0]) != item[1]]
        # A ready sidecar waits for its file, whose event causes the next scan.
        waits_s = [
            check.wait_s
            for name, check in checks.items()
            if check.wait_s is not None and name not in sidecars
        ]
        self._observations = {name: check.observation for name, check in checks.items()}
        self._reported, self._sidecars = reasons, sidecars
        return Scan(paired.ready, skipped, min(waits_s, default=None), tuple(paired.wishes))

    def _check_entries(self, renamed_in: Container[bytes]) -> dict[bytes, EntryCheck]:
        """Return a check of each entry, sorted by name; empty for a folder that does not exist."""
        now_s = clock.boottime_s()
        folder = os.fsencode(self._folder)
        try:
            found = sorted(os.listdir(folder))
        except FileNotFoundError:
            return {}
        names = [name for name in found if not self._ignored.holds(name)]
        known_inodes = {each.inode for each in self._observations.values()}
        unfinished = [name for name in names if is_unfinished(name)]
        checks: dict[bytes, EntryCheck] = {}
        for name in names:
            if is_unfinished(name):
                continue
            path = folder + b"/" + name
            with suppress(FileNotFoundError):
                status = os.lstat(path)
                # A directory that was created here and then renamed may still be incomplete.
                is_whole = name in renamed_in and not (
                    stat.S_ISDIR(status.st_mode) and status.st_ino in known_inodes
                )
                before = self._observations.get(name)
                look = Look(before, is_whole, now_s, self._settle, self._ignored)
                check = check_entry(path, status, look)
                if check.is_ready and not status.st_size and _has_part(name, unfinished):
                    check = EntryCheck(check.observation, False, self._settle.placeholder_s)
                checks[name] = check
        return checks

    def _ready_sidecars(self, checks: dict[bytes, EntryCheck]) -> dict[bytes, str]:
        """Return the sidecars that are complete, each with its fingerprint.

        An unchanged sidecar stays ready: it may have been renamed in long before its file.
        """
        return {
            name: check.observation.fingerprint
            for name, check in checks.items()
            if subject_of(name) is not None
            and (check.is_ready or self._sidecars.get(name) == check.observation.fingerprint)
        }

    def _pair(
        self, ready: Iterable[bytes], checks: Container[bytes], sidecars: Container[bytes]
    ) -> _Paired:
        """Read the sidecars of ready entries; an entry with an unusable sidecar is not ready."""
        paired = _Paired([], [], {})
        for name in ready:
            sidecar = sidecar_of(name)
            if sidecar in sidecars:
                try:
                    wish = read_sidecar(self._folder / os.fsdecode(sidecar))
                except SidecarError as error:
                    paired.faults[name] = f"{os.fsdecode(sidecar)!r} beside it: {error}"
                    continue
                paired.wishes.append((name, wish))
            elif sidecar in checks:
                continue
            paired.ready.append(name)
        return paired


def _has_part(name: bytes, unfinished: Iterable[bytes]) -> bool:
    """Return whether an unfinished file may become this one: film.mkv, film.x7Yd.mkv.part.

    Firefox reserves the name of a download with an empty file and writes beside it.
    """
    stem = os.path.splitext(name)[0] + b"."
    return any(each.startswith(stem) for each in unfinished)
