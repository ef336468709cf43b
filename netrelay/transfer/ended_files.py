"""Files of ended jobs: moved to sent/ or failed/, or deleted.

The database is ahead of the disk: a row is closed after the move, so a move that a crash interrupts
is repeated. Every move is idempotent.
"""

import os
from collections.abc import Iterable
from contextlib import suppress

from netrelay.disk.folders import make_folder
from netrelay.runtime.log import NOT_PUT_AWAY
from netrelay.runtime.node import Node
from netrelay.store.jobs import (
    EndedJob,
    choose_kept,
    close_files,
    ended_jobs,
    forget_ended_copy,
    note_ended_copy,
    note_sent,
)
from netrelay.transfer.claims import delete_claims, put_away
from netrelay.transfer.copying import CopyGoneError
from netrelay.transfer.ended_copies import EndedCopies, WantedCopy
from netrelay.transfer.failed_files import FOLDER_MODE, FailedFiles
from netrelay.transfer.free_names import free_byte_names

_BATCH = 256
_AGAIN_S = 60.0


class EndedFiles:
    """The files of ended jobs of one node, put away in rounds of small batches.

    A file that cannot be put away is passed over: it comes again after all others, in the next
    round.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._home = node.home
        self._failed = FailedFiles(node.home.path, node.home.failed)
        self._sent_names = free_byte_names()
        self._copies = EndedCopies(node.home.path, node.database)
        # By state: the last file of the current round that was put away or passed over.
        self._after = {"F": 0, "D": 0}
        # True if a file of the current round was passed over.
        self._has_failed = False

    def put_away(self) -> float | None:
        """Put away one batch of each state; return the seconds until the next call, None: any."""
        is_unfinished = [self._put_away_delivered(), self._put_away_dead(), self._copy()]
        if any(is_unfinished):
            return 0.0
        again_s = _AGAIN_S if self._has_failed or self._copies.has_to_wait() else None
        self._has_failed = False
        return again_s

    def close(self) -> None:
        """Leave what is being copied; it begins again at the next start."""
        self._copies.close()

    def _put_away_delivered(self) -> bool:
        """Put away one batch of delivered files; return whether another batch may be waiting."""
        delivered = ended_jobs(self._node.database, "F", _BATCH, self._after["F"])
        self._note_tried("F", delivered)
        by_folder: dict[str, list[EndedJob]] = {}
        for job in delivered:
            by_folder.setdefault(job.sent_folder, []).append(job)
        for folder_name, jobs in by_folder.items():
            try:
                places = self._keep_or_delete(folder_name, jobs)
            except OSError as error:
                self._pass_over(jobs[0].destination_name, error)
                continue
            with self._node.database.transaction():
                note_sent(self._node.database, places)
            put = {file for file, _ in places}
            self._remove_compressed(job for job in jobs if job.file in put)
        return self._after["F"] > 0

    def _keep_or_delete(
        self, folder_name: str, jobs: list[EndedJob]
    ) -> list[tuple[int, bytes | None]]:
        """Move or delete files as configured, and return the new path of each, None if deleted.

        A file that cannot be moved is left out, and one that is copied first. OSError when all of
        them fail.
        """
        copied: list[tuple[int, bytes | None]] = [
            (job.file, job.kept) for job in jobs if job.copied and self._is_finished(job, "F")
        ]
        jobs = [job for job in jobs if not job.copied]
        paths = [self._failed.place_of(job) for job in jobs]
        if self._node.config.after_delivery == "delete":
            return copied + self._deleted(jobs, paths)
        folder = self._home.sent / folder_name
        make_folder(folder, FOLDER_MODE)
        movable = [
            (job, path)
            for job, path in zip(jobs, paths, strict=True)
            if not self._copies.want(job, "F", path, folder)
        ]
        places = put_away(self._home.path, [path for _, path in movable], folder, self._sent_names)
        for place in places:
            if isinstance(place, OSError):
                self._pass_over(jobs[0].destination_name, place)
        return copied + [
            (job.file, place)
            for (job, _), place in zip(movable, places, strict=True)
            if not isinstance(place, OSError)
        ]

    def _deleted(self, jobs: list[EndedJob], paths: list[bytes]) -> list[tuple[int, bytes | None]]:
        """Delete files, and return their rows; one that its owner has protected holds back none."""
        deleted: list[tuple[int, bytes | None]] = []
        for job, error in zip(jobs, delete_claims(self._home.path, paths), strict=True):
            if error is None:
                deleted.append((job.file, None))
            else:
                self._pass_over(job.destination_name, error)
        return deleted

    def _is_finished(self, job: EndedJob, state: str) -> bool:
        """Put a complete copy in its place; return False if it has to come again."""
        try:
            if self._copies.finish(job):
                return True
        except CopyGoneError as error:
            with self._node.database.transaction():
                forget_ended_copy(self._node.database, job)
            self._pass_over(job.destination_name, error)
            return False
        except OSError as error:
            self._pass_over(job.destination_name, error)
            return False
        self._has_failed = True
        assert job.kept is not None
        assert job.copied is not None
        folder = (self._home.path / os.fsdecode(job.kept)).parent
        place = self._choose(WantedCopy(job, state, job.path, folder))
        with self._node.database.transaction():
            note_ended_copy(self._node.database, job, state, job.path, place, job.copied)
        return False

    def _copy(self) -> bool:
        """Copy a part of what cannot be renamed; return whether there is more to do."""
        is_busy, failed = self._copies.advance(self._choose)
        for job, error in failed:
            self._pass_over(job.destination_name, error)
        return is_busy

    def _choose(self, wanted: WantedCopy) -> bytes:
        """Return a free path in sent/ or failed/, relative to the home."""
        if wanted.state == "D":
            return self._failed.choose([wanted.job._replace(kept=None)])[wanted.job.file]
        folder = os.fsencode(wanted.folder) + b"/"
        name = wanted.path.rsplit(b"/", 1)[1]
        place = folder + self._sent_names.choose(
            folder, name, lambda each: os.path.lexists(folder + each)
        )
        return place.removeprefix(os.fsencode(self._home.path) + b"/")

    def _note_tried(self, state: str, jobs: list[EndedJob]) -> None:
        """Begin the next batch behind this one: what fails comes again after all others."""
        self._after[state] = jobs[-1].file if len(jobs) == _BATCH else 0

    def _pass_over(self, destination_name: str, error: OSError) -> None:
        self._has_failed = True
        self._node.log.write(NOT_PUT_AWAY, peer_name=destination_name, error=error)

    def _put_away_dead(self) -> bool:
        """Put away one batch of files of dead jobs; return whether another may be waiting."""
        after = self._after["D"]
        dead = ended_jobs(self._node.database, "D", _BATCH, after)
        self._note_tried("D", dead)
        if not dead:
            return False
        finished = [job for job in dead if job.copied and self._is_put(job)]
        movable = self._movable(dead)
        chosen = self._failed.choose(movable)
        if chosen:
            with self._node.database.transaction():
                choose_kept(self._node.database, chosen.items())
        # Read again: a job that was retried in the meantime keeps its file in the claims.
        again = ended_jobs(self._node.database, "D", _BATCH, after)
        files = {job.file for job in movable}
        dead = [job for job in again if job.file in files and job.kept and not job.copied]
        moved, conflicting, failed = self._failed.put(dead)
        for job, error in failed:
            self._pass_over(job.destination_name, error)
        with self._node.database.transaction():
            close_files(self._node.database, [job.file for job in moved + finished])
            choose_kept(self._node.database, [(job.file, None) for job in conflicting])
        self._remove_compressed(moved + finished)
        return bool(conflicting) or self._after["D"] > 0

    def _remove_compressed(self, jobs: Iterable[EndedJob]) -> None:
        """Remove the compressed copies of jobs; what stays is removed at the next start."""
        for job in jobs:
            if job.compressed is not None:
                with suppress(OSError):
                    (self._home.compressed / job.compressed).unlink()

    def _is_put(self, job: EndedJob) -> bool:
        """Put a complete copy into failed/, with its reason; return False if it comes again."""
        if not self._is_finished(job, "D"):
            return False
        try:
            self._failed.add_reason(job)
        except OSError as error:
            self._pass_over(job.destination_name, error)
            return False
        return True

    def _movable(self, dead: list[EndedJob]) -> list[EndedJob]:
        """Return dead jobs whose files are not copied; the copies of the others are wanted."""
        movable = []
        for job in dead:
            if job.copied:
                continue
            folder = self._home.failed / job.failed_folder
            try:
                make_folder(folder, FOLDER_MODE)
            except OSError:
                movable.append(job)  # meets the error again
                continue
            source = self._home.path / os.fsdecode(job.path)
            is_here = os.path.lexists(source)
            if not is_here or not self._copies.want(job, "D", job.path, folder):
                movable.append(job)
        return movable
