"""Files of dead jobs: moved into failed/ for the user, and claimed again for a retry.

    1  COMMIT the chosen path                           files.kept
    2  rename  drop/.claimed/.../<name>  ->  failed/<peer>/<name>; write <name>.reason.txt beside it
    3  COMMIT that the file was moved                   files.closed

The steps are idempotent and repeated after a crash; a claim that no longer exists was moved before
the crash. A retry renames the file first and commits its row afterwards, as every claim does.
"""

import os
from collections.abc import Container, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from netrelay.core.file_names import FILE_NAME_MAX_BYTES
from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.folders import flush_folder, make_folder
from netrelay.store.jobs import EndedJob
from netrelay.transfer.claimed_place import opened_place
from netrelay.transfer.claims import Claimed, check_disk, describe, remove_empty
from netrelay.transfer.dropped_tree import TreeRefused, ignored_in
from netrelay.transfer.free_names import free_byte_names

_REASON_ENDING = b".reason.txt"
FOLDER_MODE = 0o2750
_FILE_MODE = 0o640


class PutAway(NamedTuple):
    """Jobs by what became of their files: moved, in need of another path, or failed, and why."""

    moved: list[EndedJob]
    conflicting: list[EndedJob]
    failed: list[tuple[EndedJob, OSError]]


class FailedFiles:
    """The folder failed/ of one home."""

    def __init__(self, home: Path, failed: Path) -> None:
        self._root = os.fsencode(home) + b"/"
        self._failed = failed
        self._names = free_byte_names()

    def choose(self, jobs: Iterable[EndedJob]) -> dict[int, bytes]:
        """Return a free path, relative to the home, for each job that has none, by row of `files`.

        The paths are not reserved: `put` detects a conflict.
        """
        chosen: dict[int, bytes] = {}
        taken: set[bytes] = set()
        for job in jobs:
            if job.kept is None:
                folder = os.fsencode(self._failed / job.failed_folder) + b"/"
                name = job.path.rsplit(b"/", 1)[1]
                is_taken = partial(_is_taken, folder, taken)
                place = folder + self._names.choose(folder, name, is_taken)
                taken |= {place, _reason_place(place)}
                chosen[job.file] = place.removeprefix(self._root)
        return chosen

    def put(self, jobs: Iterable[EndedJob]) -> PutAway:
        """Move files to the paths that were committed for them; durable when it returns."""
        put = PutAway([], [], [])
        for job in jobs:
            try:
                is_moved = self._put(job)
            except OSError as error:
                put.failed.append((job, error))
            else:
                (put.moved if is_moved else put.conflicting).append(job)
        for folder in sorted({self._folder_of(job) for job in put.moved}):
            try:
                flush_folder(folder)
            except OSError as error:
                within = [job for job in put.moved if self._folder_of(job) == folder]
                put.failed.extend((job, error) for job in within)
                put.moved[:] = [job for job in put.moved if job not in within]
        return put

    def _put(self, job: EndedJob) -> bool:
        """Move one file; return False if something else has its path by now."""
        assert job.kept is not None
        source, place = self._root + job.path, self._root + job.kept
        make_folder(self._folder_of(job), FOLDER_MODE)
        try:
            with opened_place(source) as (within, name):
                rename_to_new(name, place, within)
        except FileNotFoundError:
            # Moved before a crash, or removed from the claims by a user.
            check_disk(Path(os.fsdecode(self._root)), job.path)
        except FileExistsError:
            return False
        _write_reason(place, job)
        remove_empty(source)
        return True

    def add_reason(self, job: EndedJob) -> None:
        """Write why a job is dead beside its file; durable after its folder is flushed."""
        assert job.kept is not None
        _write_reason(self._root + job.kept, job)

    def _folder_of(self, job: EndedJob) -> Path:
        assert job.kept is not None
        return Path(os.fsdecode(self._root + job.kept)).parent

    def place_of(self, job: EndedJob) -> bytes:
        """Return the path of a delivered job's file, in failed/ or in the claims.

        The reason file of an earlier failure is removed.
        """
        if job.kept is None:
            return job.path
        forget_reason(self._root + job.kept)
        return job.kept if os.path.lexists(self._root + job.kept) else job.path


def reclaim(home: Path, kept: bytes, path: bytes, claimed: str = "") -> Claimed:
    """Move a file from failed/ to a new path in the claims, and describe it; durable on return.

    claimed: its fingerprint, which says what is left out of a directory.
    FileNotFoundError when the file no longer exists, FileExistsError when the path does.
    """
    source, target = _full(home, kept), _full(home, path)
    folder = Path(os.fsdecode(target)).parent
    os.lstat(source)
    make_folder(folder.parent, 0o700)
    make_folder(folder, 0o700)
    try:
        rename_to_new(source, target)
    except OSError:
        remove_empty(target)
        raise
    flush_folder(folder)
    forget_reason(source)
    flush_folder(Path(os.fsdecode(source)).parent)
    return describe(home, target, ignored_in(claimed))


def is_unchanged(
    home: Path, kept: bytes, size_bytes: int, mtime_ns: int, claimed: str = ""
) -> bool:
    """Return whether a file in failed/ still has the size and mtime with which it was claimed."""
    try:
        found = describe(home, _full(home, kept), ignored_in(claimed))
    except TreeRefused:
        return False
    return (found.size_bytes, found.mtime_ns) == (size_bytes, mtime_ns)


def _full(home: Path, path: bytes) -> bytes:
    return os.fsencode(home) + b"/" + path


def forget_reason(place: bytes) -> None:
    """Remove the reason file beside a file that was delivered or is retried; idempotent."""
    with suppress(FileNotFoundError):
        Path(os.fsdecode(_reason_place(place))).unlink()


def _is_taken(folder: bytes, taken: Container[bytes], name: bytes) -> bool:
    """Return whether the name of a file, or that of its reason, is taken."""
    places = folder + name, _reason_place(folder + name)
    return any(each in taken or os.path.lexists(each) for each in places)


def _reason_place(place: bytes) -> bytes:
    """Return the path of the reason file; a long name is truncated at its beginning."""
    folder, _, name = place.rpartition(b"/")
    return folder + b"/" + name[-(FILE_NAME_MAX_BYTES - len(_REASON_ENDING)) :] + _REASON_ENDING


def _write_reason(place: bytes, job: EndedJob) -> None:
    text = (
        f"{job.name} did not get to {job.destination_name}: {job.reason}\n"
        f"netrelay retry {job.job} tries again.\n"
    )
    descriptor = os.open(
        _reason_place(place),
        os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC,
        _FILE_MODE,
    )
    try:
        os.write(descriptor, text.encode(errors="backslashreplace"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
