"""Files of ended jobs: moved to sent/ or failed/, or deleted.

The database is ahead of the disk: a row is closed after the move, so a move that a crash interrupts
is repeated. Every move is idempotent.
"""

from netrelay.disk.folders import make_folder
from netrelay.runtime.log import NOT_PUT_AWAY
from netrelay.runtime.node import Node
from netrelay.store.jobs import EndedJob, choose_kept, close_files, ended_jobs, note_sent
from netrelay.transfer.claims import put_away, remove_claims
from netrelay.transfer.failed_files import FailedFiles
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
        # By state: the last file of the current round that was put away or passed over.
        self._after = {"F": 0, "D": 0}
        # True if a file of the current round was passed over.
        self._has_failed = False

    def put_away(self) -> float | None:
        """Put away one batch of each state; return the seconds until the next call, None: any."""
        if any([self._put_away_delivered(), self._put_away_dead()]):
            return 0.0
        again_s = _AGAIN_S if self._has_failed else None
        self._has_failed = False
        return again_s

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
        return self._after["F"] > 0

    def _keep_or_delete(
        self, folder_name: str, jobs: list[EndedJob]
    ) -> list[tuple[int, bytes | None]]:
        """Move or delete files as configured, and return the new path of each, None if deleted.

        A file that cannot be moved is left out. OSError when all of them fail.
        """
        paths = [self._failed.place_of(job) for job in jobs]
        if self._node.config.after_delivery == "delete":
            remove_claims(self._home.path, paths)
            return [(job.file, None) for job in jobs]
        folder = self._home.sent / folder_name
        make_folder(folder, 0o2750)
        places = put_away(self._home.path, paths, folder, self._sent_names)
        for place in places:
            if isinstance(place, OSError):
                self._pass_over(jobs[0].destination_name, place)
        return [
            (job.file, place)
            for job, place in zip(jobs, places, strict=True)
            if not isinstance(place, OSError)
        ]

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
        chosen = self._failed.choose(dead)
        if chosen:
            with self._node.database.transaction():
                choose_kept(self._node.database, chosen.items())
            # Read again: a job that was retried in the meantime keeps its file in the claims.
            dead = [job for job in ended_jobs(self._node.database, "D", _BATCH, after) if job.kept]
        moved, conflicting, failed = self._failed.put(dead)
        for job, error in failed:
            self._pass_over(job.destination_name, error)
        with self._node.database.transaction():
            close_files(self._node.database, [job.file for job in moved])
            choose_kept(self._node.database, [(job.file, None) for job in conflicting])
        return bool(conflicting) or self._after["D"] > 0
