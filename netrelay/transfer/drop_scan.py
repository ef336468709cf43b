"""The scan of one drop folder: its ready entries, and the skipped ones with their reasons."""

import os
import stat
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.unfinished_names import is_hidden, is_unfinished
from netrelay.runtime import clock
from netrelay.store.wishes import Wish
from netrelay.transfer.drop_entry import EntryCheck, Look, Observation, check_entry
from netrelay.transfer.settle_times import SettleTimes
from netrelay.transfer.sidecar import SidecarError, read_sidecar, sidecar_of, subject_of


class Scan(NamedTuple):
    """The result of one scan.

    skipped: the entries that need a user, each with the reason, without those that the previous
    scan reported with the same reason. again_s: time until the next scan, None if an inotify event
    has to come first. wishes: the options in the sidecars of ready entries. left: every entry that
    is not ready and was not ignored, with the reason.
    """

    ready: list[bytes]
    skipped: list[tuple[bytes, str]]
    again_s: float | None
    wishes: tuple[tuple[bytes, Wish], ...] = ()
    left: tuple[tuple[bytes, str], ...] = ()


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
        names = self._names()
        checks = self._check_entries(names, renamed_in)
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
        left = _left(names, checks, reasons, set(paired.ready))
        return Scan(
            *(paired.ready, skipped, min(waits_s, default=None)),
            *(tuple(paired.wishes), tuple(left)),
        )

    def _names(self) -> list[bytes]:
        """Return the names in the folder that are not ignored, sorted; none if it is no folder."""
        try:
            found = sorted(os.listdir(os.fsencode(self._folder)))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [name for name in found if not self._ignored.holds(name)]

    def _check_entries(
        self, names: list[bytes], renamed_in: Container[bytes]
    ) -> dict[bytes, EntryCheck]:
        """Return a check of each entry, in the order of the names."""
        now_s = clock.boottime_s()
        folder = os.fsencode(self._folder)
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


def _has_part(name: bytes, unfinished: Sequence[bytes]) -> bool:
    """Return whether an unfinished file may become this one: film.mkv, film.x7Yd.mkv.part.

    unfinished is sorted. Firefox reserves the name of a download with an empty file and writes
    beside it.
    """
    stem = os.path.splitext(name)[0] + b"."
    place = bisect_left(unfinished, stem)
    return place < len(unfinished) and unfinished[place].startswith(stem)


def _left(
    names: Iterable[bytes],
    checks: Container[bytes],
    reasons: Mapping[bytes, str],
    ready: Container[bytes],
) -> Iterator[tuple[bytes, str]]:
    """Yield the entries that are not ready, each with the reason that a person is told."""
    for name in names:
        subject = subject_of(name)
        if name in reasons:
            yield name, reasons[name]
        elif is_unfinished(name):
            kind = "hidden" if is_hidden(name) else "that of an unfinished file"
            yield name, f"its name is {kind}: it is sent once it is renamed"
        elif name not in checks or name in ready or subject in checks:
            continue
        elif subject is not None:
            yield name, f"it sets options for {os.fsdecode(subject)!r}, which is not there"
        else:
            yield name, "it is sent once it is complete and unchanged for its settle time"
