"""Files of ended jobs whose place is on another disk: copied there, renamed, then removed here.

    1  copy   the claim -> sent/<peer>/.unfinished/<row>       durable; or failed/<peer>/...
    2  COMMIT where it is to lie                               files.kept, files.copied
    3  rename sent/<peer>/.unfinished/<row> -> sent/<peer>/<name>, fsync
    4  remove the claim
    5  COMMIT that it was put away                             files.closed

Every step after the first is idempotent (copying.py).
"""

import errno
import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from netrelay.disk.folders import flush_folder
from netrelay.disk.mounts import is_on_another_mount
from netrelay.store.database import Database
from netrelay.store.jobs import EndedJob, ended_copies, note_ended_copy
from netrelay.transfer.claimed_place import opened_place
from netrelay.transfer.claims import claims_folder, remove_claims
from netrelay.transfer.copying import (
    BYTES_A_STEP,
    CopyGoneError,
    Copying,
    place_copy,
    remove_other_copies,
)

# After an error of its disk nothing is copied to that folder for so long.
_AGAIN_S = 60.0
# A file that could not be copied waits for as long, then twice as long, up to an hour.
_LONGEST_S = 3600.0
# The files that could not be copied last are remembered; others are tried with their folder.
_MOST_REMEMBERED = 4096
_OF_THE_DISK = {errno.EROFS, errno.EIO, errno.EDQUOT, errno.ENODEV, errno.ENXIO}
_FAILED_BYTES = BYTES_A_STEP // 32


class WantedCopy(NamedTuple):
    """A file to be copied: of which job, in which state, from where (relative to the home)."""

    job: EndedJob
    state: str
    path: bytes
    folder: Path


class EndedCopies:
    """The copies of one importer, one after the other, a part in each step."""

    def __init__(self, home: Path, database: Database) -> None:
        self._home = home
        self._database = database
        self._current: tuple[WantedCopy, Copying] | None = None
        self._waiting: list[WantedCopy] = []
        self._again_s: dict[Path, float] = {}
        # Keys: rows; values: until when a file is left alone, and for how long.
        self._waits: OrderedDict[int, tuple[float, float]] = OrderedDict()
        self._swept: set[Path] = set()
        # Which pairs of folders are on different mounts: asked once in each round of a batch.
        self._elsewhere: dict[tuple[Path, Path], bool] = {}

    def want(self, job: EndedJob, state: str, path: bytes, folder: Path) -> bool:
        """Accept a file that cannot be renamed into a folder; return False for one that can."""
        folders = folder, self._folder_of(path)
        if folders not in self._elsewhere:
            self._elsewhere[folders] = is_on_another_mount(*folders)
        if not self._elsewhere[folders]:
            return False
        if folder not in self._swept:
            self._swept.add(folder)
            remove_other_copies(folder, ended_copies(self._database))
        if self._current is None or self._current[0].job.file != job.file:
            self._waiting.append(WantedCopy(job, state, path, folder))
        return True

    def advance(
        self, choose: Callable[[WantedCopy], bytes]
    ) -> tuple[bool, list[tuple[EndedJob, OSError]]]:
        """Copy parts within the bound of a step; note each copy that is complete.

        choose returns a free path for a file, relative to the home. Return whether there is more to
        do now, and what could not be copied, and is wanted again later.
        """
        self._elsewhere.clear()
        failed: list[tuple[EndedJob, OSError]] = []
        left_bytes = BYTES_A_STEP
        is_busy = False
        while left_bytes > 0 and (self._current or self._waiting):
            wanted = self._current[0] if self._current else self._waiting.pop(0)
            if self._current is None and self._is_left_alone(wanted):
                continue
            is_busy = True
            try:
                is_whole, used_bytes = self._advance(wanted, left_bytes)
            except OSError as error:
                self._current = None
                self._leave_alone(wanted, error)
                failed.append((wanted.job, error))
                used_bytes, is_whole = _FAILED_BYTES, False
            left_bytes -= used_bytes
            if is_whole:
                self.close()
                self._waits.pop(wanted.job.file, None)
                with self._database.transaction():
                    key = str(wanted.job.file)
                    place = choose(wanted)
                    note_ended_copy(
                        self._database, wanted.job, wanted.state, wanted.path, place, key
                    )
        # The files that are left come again with the next rows.
        self._waiting.clear()
        return is_busy, failed

    def finish(self, job: EndedJob) -> bool:
        """Move a noted copy to its place and remove its original; False if its name was taken.

        Durable on return. DiskMissingError when one of the two disks is not mounted, CopyGoneError
        when the copy is gone and has to be made again.
        """
        assert job.kept is not None
        assert job.copied is not None
        place = self._home / os.fsdecode(job.kept)
        try:
            if not place_copy(place.parent, job.copied.encode(), os.fsencode(place.name)):
                return False
        except CopyGoneError:
            if self._has_claim(job):
                raise
        flush_folder(place.parent)
        remove_claims(self._home, [job.path])
        return True

    def _has_claim(self, job: EndedJob) -> bool:
        try:
            with opened_place(os.fsencode(self._home) + b"/" + job.path) as (place, name):
                os.lstat(name, dir_fd=place)
        except FileNotFoundError:
            return False
        return True

    def has_to_wait(self) -> bool:
        """Return whether a folder or a file is left alone for now, because a copy has failed."""
        times_s = [*self._again_s.values(), *(until_s for until_s, _ in self._waits.values())]
        return any(monotonic() < until_s for until_s in times_s)

    def _is_left_alone(self, wanted: WantedCopy) -> bool:
        until_s = self._waits.get(wanted.job.file, (0.0, 0.0))[0]
        return monotonic() < max(until_s, self._again_s.get(wanted.folder, 0.0))

    def _leave_alone(self, wanted: WantedCopy, error: OSError) -> None:
        """Wait with one file, and with its folder if any other file would meet the error too.

        A file that its owner made unreadable, or that is too large, holds back no other.
        """
        if error.errno in _OF_THE_DISK:
            self._again_s[wanted.folder] = monotonic() + _AGAIN_S
        before_s = self._waits.pop(wanted.job.file, (0.0, _AGAIN_S / 2))[1]
        wait_s = min(2 * before_s, _LONGEST_S)
        self._waits[wanted.job.file] = monotonic() + wait_s, wait_s
        if len(self._waits) > _MOST_REMEMBERED:
            self._waits.popitem(last=False)

    def close(self) -> None:
        """Leave the present copy; it begins again."""
        if self._current is not None:
            self._current[1].close()
            self._current = None

    def _advance(self, wanted: WantedCopy, most_bytes: int) -> tuple[bool, int]:
        if self._current is None:
            source = os.fsencode(self._home) + b"/" + wanted.path
            key = str(wanted.job.file).encode()
            self._current = wanted, Copying(source, wanted.folder, key)
        return self._current[1].advance(most_bytes)

    def _folder_of(self, path: bytes) -> Path:
        folder = claims_folder(self._home, path)
        return folder if folder != self._home else (self._home / os.fsdecode(path)).parent
