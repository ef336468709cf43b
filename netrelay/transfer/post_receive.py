"""The post-receive program: run for each delivered file, one run at a time.

The table `hooks` is a transactional outbox: the transaction that commits a delivery also inserts a
row, and the end of the run is stored in that row. A run that a crash interrupts is repeated at the
next start, so the program runs at least once for each file.
"""

import os

from netrelay.core.words import FileKind
from netrelay.runtime import clock
from netrelay.runtime.log import HOOK_FAILED
from netrelay.runtime.node import Node
from netrelay.store.hooks import OwedHook, end_hook, next_hook
from netrelay.transfer.hook_run import HookRun, status_of


class PostReceive:
    """The runner of the configured program; it does nothing if none is configured."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._path = node.config.post_receive
        self._current: tuple[OwedHook, HookRun] | None = None
        # A run whose end could not be stored yet, because the disk is full: it is not made again.
        self._ended: tuple[OwedHook, int, str] | None = None

    @property
    def is_wanted(self) -> bool:
        """True if a program is configured."""
        return bool(self._path)

    @property
    def is_running(self) -> bool:
        """True while the program runs."""
        return self._current is not None

    def advance(self) -> float | None:
        """Store the result of a run that has ended, and start the next one; does not block.

        Return the seconds after which to call again even if no descriptor is readable, None if no
        program runs.
        """
        if not self._path:
            return None
        now_s = clock.boottime_s()
        if self._current is not None:
            owed, run = self._current
            status = run.poll(now_s)
            if status is None:
                return max(0.0, run.deadline_s - now_s)
            self._current, self._ended = None, (owed, status, run.output())
        if self._ended is not None:
            self._note(*self._ended)
            self._ended = None
        while (owed_now := next_hook(self._node.database)) is not None:
            limit_s = self._node.config.post_receive_limit_s
            try:
                run = HookRun(self._path, self._environment(owed_now), now_s, limit_s)
            except OSError as error:
                self._note(owed_now, status_of(error), f"it cannot be started: {error.strerror}")
                continue
            for descriptor in run.descriptors():
                self._node.poller.watch(descriptor)
            self._current = owed_now, run
            return float(limit_s)
        return None

    def close(self) -> None:
        """Kill the current run; it is repeated at the next start."""
        if self._current is not None:
            self._current[1].kill()

    def _note(self, owed: OwedHook, status: int, output: str) -> None:
        if status:
            self._node.log.write(
                HOOK_FAILED,
                message=owed.message,
                path=self._path,
                name=owed.inbox_name or owed.name,
                status=status,
                output=output or "nothing",
            )
        with self._node.database.transaction():
            end_hook(self._node.database, owed.file, status, output, clock.unix_s())

    def _environment(self, owed: OwedHook) -> dict[str, str]:
        given = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        return given | {
            "NETRELAY_HOME": os.fspath(self._node.home.path),
            "NETRELAY_SOURCE": owed.source_name,
            "NETRELAY_SOURCE_ID": owed.source,
            "NETRELAY_NAME": owed.inbox_name or owed.name,
            "NETRELAY_KIND": FileKind(owed.kind).name.lower(),
            "NETRELAY_SIZE_BYTES": str(owed.size_bytes),
            "NETRELAY_MTIME_NS": str(owed.mtime_ns),
            "NETRELAY_JOB": str(owed.message),
            **self._places(owed),
        }

    def _places(self, owed: OwedHook) -> dict[str, str]:
        """Return where it is: in the inbox, in a store, or in both."""
        places = {}
        if owed.inbox_name is not None:
            inbox = self._node.home.inbox / owed.source_name
            places["NETRELAY_PATH"] = os.fspath(inbox / owed.inbox_name)
        if owed.bucket is not None and owed.object is not None:
            places |= {"NETRELAY_BUCKET": owed.bucket, "NETRELAY_OBJECT": owed.object}
        return places
