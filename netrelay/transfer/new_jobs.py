"""Jobs of claims: each claim is flushed first, then its job is committed."""

import errno
import os
from collections.abc import Container, Mapping
from functools import partial
from pathlib import Path
from time import monotonic

from netrelay.core.header import PRIORITY_DEFAULT
from netrelay.core.single import single_header_bytes
from netrelay.runtime.clock import unix_s
from netrelay.runtime.full_disk import RETRY_S
from netrelay.runtime.log import CLAIM_NOT_FLUSHED
from netrelay.runtime.node import Node
from netrelay.store.database_errors import DiskFullError
from netrelay.store.jobs import (
    CompressedCopy,
    NewJob,
    add_jobs,
    compressed_copies,
    compressible_now,
)
from netrelay.store.old_folders import DROP, folder_name
from netrelay.store.wishes import Granted, find_wish, note_jobs
from netrelay.transfer.claims import (
    Claimed,
    claims_folder,
    flush_claimed,
    is_quick_to_flush,
)
from netrelay.transfer.compression import LEAST_BYTES, Compression
from netrelay.transfer.flushing import LIMIT_S, Flushing

_AGAIN_S = 60.0


class NewJobs:
    """The jobs that importer makes.

    A claim that is slow to flush is flushed in a thread, one flush at a time; later claims wait for
    the next flush. No job is committed before the content of its file is durable. While the disk is
    full, claims without a row wait; so do those on a disk that cannot be flushed, for a minute each
    time, or until a disk is mounted. What is to be sent compressed is compressed before its job is
    committed.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._flushing: Flushing | None = None
        # Claims whose content may not be durable, with the node id of the peer that they are for:
        # in the current flush, and waiting for the next.
        self._in_flush: list[tuple[str, list[Claimed]]] = []
        self._unflushed: list[tuple[str, list[Claimed]]] = []
        self._retry_s = 0.0
        # By folder of claims, one for each disk: why it cannot be flushed, and until when it waits.
        self._unflushable: dict[Path, tuple[str, float]] = {}
        home = node.home
        self._compression = Compression(
            home.path, home.compressed, compressed_copies(node.database)
        )

    @property
    def is_idle(self) -> bool:
        """True if no claim waits for its row."""
        return self._flushing is None and not self._unflushed and not self._compression.claims

    @property
    def waiting(self) -> set[bytes]:
        """The paths of the claims that wait for their rows."""
        flushing = [item for _, claimed in self._in_flush + self._unflushed for item in claimed]
        return {item.path for item in flushing + self._compression.claims}

    def make(self, node: str, claimed: list[Claimed]) -> None:
        """Insert jobs for claims: now if their flush is quick, else after a background flush."""
        if is_quick_to_flush(claimed) and self._flushing is None and self._may_flush(claimed):
            try:
                flush_claimed(self._node.home.path, claimed)
            except OSError as error:
                self._hold_back([(node, claimed)], error)
            else:
                self._unflushable.pop(self._disk_of(claimed), None)
                self._compress_or_commit(node, claimed)
        else:
            self._unflushed.append((node, claimed))

    def begin_flush(self) -> float | None:
        """Start one flush of the waiting claims on one disk, unless a flush is running.

        Return the seconds that the running flush may still take, or until one is tried again; None
        without one.
        """
        if self._flushing is None and monotonic() >= self._retry_s:
            self._in_flush = self._next_to_flush()
            self._unflushed = [each for each in self._unflushed if each not in self._in_flush]
        if self._flushing is None and self._in_flush:
            claimed = [item for _, each in self._in_flush for item in each]
            work = partial(flush_claimed, self._node.home.path, claimed)
            self._flushing = Flushing(work, monotonic() + LIMIT_S)
            self._node.poller.watch(self._flushing.fileno())
        if self._flushing is not None:
            return self._flushing.remaining_s(monotonic())
        times_s = [until_s for _, until_s in self._unflushable.values()]
        return max(min(times_s) - monotonic(), 0.0) if times_s else None

    def finish_flush(self, enrolled: Container[str]) -> set[str]:
        """Insert jobs for flushed claims; OSError when the flush exceeds its limit.

        The claims of a peer that is not enrolled stay without rows until it is added again. Return
        the peers for which `held_back` returns something else by now.
        """
        try:
            if self._flushing is None or not self._flushing.is_over(monotonic()):
                return set()
        except OSError as error:
            # The thread is still in the system call: only a new process gets rid of it.
            if error.errno == errno.ETIMEDOUT:
                raise
            self._flushing = None
            failed, self._in_flush = self._in_flush, []
            self._hold_back(failed, error)
            return {node for node, _ in failed}
        self._flushing = None
        flushed, self._in_flush = self._in_flush, []
        disks = {self._disk_of(claimed) for _, claimed in flushed}
        was_held = not disks.isdisjoint(self._unflushable)
        for disk in disks:
            self._unflushable.pop(disk, None)
        for node, claimed in flushed:
            if node in enrolled:
                self._compress_or_commit(node, claimed)
        return {node for node, _ in flushed} if was_held else set()

    def compress(self, enrolled: Container[str]) -> float | None:
        """Compress some of what is to be; return 0.0 while there is more, else None."""
        if not self._compression.claims or self._node.database.is_disk_full:
            return None
        done: dict[str, list[Claimed]] = {}
        copies: dict[bytes, CompressedCopy] = {}
        for node, item, copy in self._compression.advance():
            if node not in enrolled:
                self._compression.remove([copy])
                continue
            done.setdefault(node, []).append(item)
            if copy is not None:
                copies[item.path] = copy
        for node, claimed in done.items():
            self._commit(node, claimed, copies)
        return 0.0 if self._compression.claims else None

    def close(self) -> None:
        """Leave what is being compressed; it begins again at the next start."""
        self._compression.close()

    def try_again(self) -> None:
        """Have what could not be flushed tried at the next flush: a disk was mounted."""
        self._unflushable = {disk: (why, 0.0) for disk, (why, _) in self._unflushable.items()}

    def held_back(self, node: str) -> dict[bytes, str]:
        """Return the claims for a peer whose disk cannot be flushed, by name, with the reason."""
        held: dict[bytes, str] = {}
        for each, claimed in self._unflushed:
            why = self._unflushable.get(self._disk_of(claimed))
            if each == node and why is not None:
                reason = f"its disk cannot be flushed ({why[0]}): it waits in the folder .claimed"
                held |= {item.name: reason for item in claimed}
        return held

    def _disk_of(self, claimed: list[Claimed]) -> Path:
        """Return the folder of claims that a batch is in: all of it came from one drop folder."""
        return claims_folder(self._node.home.path, claimed[0].path)

    def _may_flush(self, claimed: list[Claimed]) -> bool:
        return monotonic() >= self._unflushable.get(self._disk_of(claimed), ("", 0.0))[1]

    def _next_to_flush(self) -> list[tuple[str, list[Claimed]]]:
        """Return the batches that wait on one disk; disks that could not be flushed go last."""
        due = [(node, claimed) for node, claimed in self._unflushed if self._may_flush(claimed)]
        if not due:
            return []
        disk = min(
            (self._disk_of(claimed) for _, claimed in due),
            key=lambda each: each in self._unflushable,
        )
        return [(node, claimed) for node, claimed in due if self._disk_of(claimed) == disk]

    def _hold_back(self, batches: list[tuple[str, list[Claimed]]], error: OSError) -> None:
        """Keep claims that may not be durable; log once why."""
        self._unflushed = batches + self._unflushed
        for _, claimed in batches:
            disk, why = self._disk_of(claimed), error.strerror or str(error)
            if self._unflushable.get(disk, ("", 0.0))[0] != why:
                name = os.fsdecode(claimed[0].name)
                self._node.log.write(CLAIM_NOT_FLUSHED, name=name, folder=disk, error=why)
            self._unflushable[disk] = why, monotonic() + _AGAIN_S

    def _compress_or_commit(self, node: str, claimed: list[Claimed]) -> None:
        """Make jobs of durable claims, of those to be compressed later."""
        mode = self._compression_of(node)
        rest = []
        for item in claimed:
            if mode is None or item.size_bytes < LEAST_BYTES:
                rest.append(item)
            else:
                self._compression.add(node, item, is_wherever=mode == "on")
        if rest:
            self._commit(node, rest, {})

    def _compression_of(self, node: str) -> str | None:
        """Return how files for a node are compressed now, None: not at all."""
        config = self._node.config
        mode = config.compress
        if config.folder_compress:
            folder = folder_name(self._node.database, DROP, node) or ""
            mode = config.folder_compress.get(folder, mode)
        if mode == "off":
            return None
        is_narrow = compressible_now(self._node.database, node)
        return mode if is_narrow or (mode == "on" and is_narrow is not None) else None

    def _commit(
        self, node: str, claimed: list[Claimed], copies: Mapping[bytes, CompressedCopy]
    ) -> None:
        """Make jobs of durable claims; when the disk is full they wait for the next flush."""
        try:
            self._store(node, claimed, copies)
        except DiskFullError:
            self._compression.remove(copies.get(item.path) for item in claimed)
            self._unflushed.append((node, claimed))
            self._retry_s = monotonic() + RETRY_S

    def _store(
        self, node: str, claimed: list[Claimed], copies: Mapping[bytes, CompressedCopy]
    ) -> None:
        database = self._node.database
        with database.transaction():
            wishes = [find_wish(database, item.inode, item.mtime_ns) for item in claimed]
            jobs = [
                _job(item, wish, copies.get(item.path))
                for item, wish in zip(claimed, wishes, strict=True)
            ]
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


def _job(item: Claimed, granted: Granted | None, copy: CompressedCopy | None) -> NewJob:
    priority, lifetime_s = (None, None) if granted is None else granted.wish
    return NewJob(
        item.path,
        item.name.decode("utf-8", "backslashreplace"),
        item.size_bytes,
        item.mtime_ns,
        item.fingerprint,
        single_header_bytes(item.name, None if copy is None else copy.plain),
        item.kind,
        PRIORITY_DEFAULT if priority is None else priority,
        lifetime_s,
        copy,
    )
