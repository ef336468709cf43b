"""Jobs of claims: each claim is flushed first, then its job is committed."""

from collections.abc import Container
from functools import partial
from time import monotonic

from netrelay.core.header import PRIORITY_DEFAULT
from netrelay.core.single import single_header_bytes
from netrelay.runtime.clock import unix_s
from netrelay.runtime.full_disk import RETRY_S
from netrelay.runtime.node import Node
from netrelay.store.database_errors import DiskFullError
from netrelay.store.jobs import NewJob, add_jobs
from netrelay.store.wishes import Granted, find_wish, note_jobs
from netrelay.transfer.claims import Claimed, flush_claimed, is_quick_to_flush
from netrelay.transfer.flushing import LIMIT_S, Flushing


class NewJobs:
    """The jobs that importer makes.

    A claim that is slow to flush is flushed in a thread, one flush at a time; later claims wait for
    the next flush. No job is committed before the content of its file is durable. While the disk is
    full, claims without a row wait.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._flushing: Flushing | None = None
        # Claims whose content may not be durable, with the node id of the peer that they are for:
        # in the current flush, and waiting for the next.
        self._in_flush: list[tuple[str, list[Claimed]]] = []
        self._unflushed: list[tuple[str, list[Claimed]]] = []
        self._retry_s = 0.0

    @property
    def is_idle(self) -> bool:
        """True if no claim waits for its row."""
        return self._flushing is None and not self._unflushed

    @property
    def waiting(self) -> set[bytes]:
        """The paths of the claims that wait for their rows."""
        return {item.path for _, claimed in self._in_flush + self._unflushed for item in claimed}

    def make(self, node: str, claimed: list[Claimed]) -> None:
        """Insert jobs for claims: now if their flush is quick, else after a background flush."""
        if is_quick_to_flush(claimed) and self._flushing is None:
            flush_claimed(self._node.home.path, claimed)
            self._commit(node, claimed)
        else:
            self._unflushed.append((node, claimed))

    def begin_flush(self) -> float | None:
        """Start one flush of all waiting claims, unless a flush is running.

        Return the seconds that the running flush may still take, None without one.
        """
        if self._flushing is None and self._unflushed and monotonic() >= self._retry_s:
            self._in_flush, self._unflushed = self._unflushed, []
            claimed = [item for _, each in self._in_flush for item in each]
            work = partial(flush_claimed, self._node.home.path, claimed)
            self._flushing = Flushing(work, monotonic() + LIMIT_S)
            self._node.poller.watch(self._flushing.fileno())
        return None if self._flushing is None else self._flushing.remaining_s(monotonic())

    def finish_flush(self, enrolled: Container[str]) -> None:
        """Insert jobs for flushed claims; OSError when the flush failed or exceeds its limit.

        The claims of a peer that is not enrolled stay without rows until it is added again.
        """
        if self._flushing is None or not self._flushing.is_over(monotonic()):
            return
        self._flushing = None
        flushed, self._in_flush = self._in_flush, []
        for node, claimed in flushed:
            if node in enrolled:
                self._commit(node, claimed)

    def _commit(self, node: str, claimed: list[Claimed]) -> None:
        """Make jobs of durable claims; when the disk is full they wait for the next flush."""
        try:
            self._store(node, claimed)
        except DiskFullError:
            self._unflushed.append((node, claimed))
            self._retry_s = monotonic() + RETRY_S

    def _store(self, node: str, claimed: list[Claimed]) -> None:
        database = self._node.database
        with database.transaction():
            wishes = [find_wish(database, item.inode, item.mtime_ns) for item in claimed]
            jobs = [_job(item, wish) for item, wish in zip(claimed, wishes, strict=True)]
            add_jobs(database, node, jobs, self._node.config.lifetime_s, unix_s())
            note_jobs(
                database,
                [
                    (wish.number, item.path)
                    for item, wish in zip(claimed, wishes, strict=True)
                    if wish is not None
                ],
            )
        self._node.counters.add("files_in", len(jobs))


def _job(item: Claimed, granted: Granted | None) -> NewJob:
    priority, lifetime_s = (None, None) if granted is None else granted.wish
    return NewJob(
        item.path,
        item.name.decode("utf-8", "backslashreplace"),
        item.size_bytes,
        item.mtime_ns,
        item.fingerprint,
        single_header_bytes(item.name),
        item.kind,
        PRIORITY_DEFAULT if priority is None else priority,
        lifetime_s,
    )
