"""Supervision of child processes: start, restart, readiness, and a stop that leaves none running.

It sleeps in one `select` on the pidfds of the children (pidfd_open(2)), on the socket they report
READY=1 and STATUS= to (sd_notify(3)), on signals, and on its next due time.

A child gets the read end of a pipe, its number in NETRELAY_PARENT_FD: when this process dies,
however it dies, the kernel closes the write end, and the child reads end of file. The process that
starts this one may pass it such a pipe too.
"""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from netrelay.core.exit_status import NEEDS_A_PERSON, Exit
from netrelay.core.printable import printable
from netrelay.supervise.forked_process import ForkedProcess
from netrelay.supervise.notify_socket import NotifySocket

# Used if the child reported nothing: one line for each status of NEEDS_A_PERSON.
_REASONS = {
    Exit.USAGE: "it was started with words it does not know",
    Exit.UNAVAILABLE: "what it needs is not there",
    Exit.NOT_PERMITTED: "it may not do what it has to",
    Exit.CONFIG: "its configuration, keys or database cannot be used",
}
assert _REASONS.keys() == NEEDS_A_PERSON
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Pace(NamedTuple):
    """Delays and timeouts, in seconds."""

    first_restart_s: float = 0.1
    longest_restart_s: float = 10.0
    settled_s: float = 30.0  # alive for so long: the restart delay is reset
    stop_s: float = 10.0
    impatience_s: float = 10.0  # not ready for so long: report which are missing


class _Child:
    def __init__(self, name: str, work: Callable[[], int], pace: Pace) -> None:
        self.name = name
        self.work = work
        self.process: ForkedProcess | None = None
        self.pidfd = -1
        self.started_s = 0.0
        self.delay_s = pace.first_restart_s
        self.restart_s: float | None = None
        self.is_ready = False
        self.is_beside = False
        self.status = ""


class Supervisor:
    """Supervisor: one child for each entry of `works`, until a signal or a permanent failure.

    A child is a copy of this process that does its work; the result is its exit status. say: called
    with a line for people at each event. ready: called whenever all are ready. Children inherit the
    descriptors `kept_open`. Only for the main thread: it takes over the signals.
    """

    def __init__(
        self,
        works: Mapping[str, Callable[[], int]],
        notify_path: Path,
        say: Callable[[str], None],
        ready: Callable[[], None],
        kept_open: Sequence[int] = (),
        pace: Pace = Pace(),  # noqa: B008 -- immutable
    ) -> None:
        self._children = {name: _Child(name, work, pace) for name, work in works.items()}
        self._say = say
        self._ready = ready
        self._kept_open = tuple(kept_open)
        self._pace = pace
        self._selector = selectors.DefaultSelector()
        self._notify = NotifySocket(notify_path)
        self._parent_reader, self._parent_writer = os.pipe()
        self._signals: list[int] = []
        self._stop_due_s: float | None = None
        self._impatient_due_s: float | None = None
        self._exit_code = Exit.OK

    def begin_beside(self, name: str, work: Callable[[], int]) -> None:
        """Start one more child, for which nobody waits; no-op if there is one of that name.

        It is started again however it ends. Call it while `run` runs, as from `ready`.
        """
        if name not in self._children and self._stop_due_s is None:
            child = self._children[name] = _Child(name, work, self._pace)
            child.is_beside = True
            self._start(child)

    def run(self) -> int:
        """Start the children and block until all have ended; return the common exit status."""
        wakeup, restore = self._catch_signals()
        self._selector.register(wakeup, selectors.EVENT_READ, lambda: _drain(wakeup))
        self._selector.register(self._notify.fileno(), selectors.EVENT_READ, self._hear)
        self._impatient_due_s = time.monotonic() + self._pace.impatience_s
        self._follow_parent()
        try:
            for child in self._children.values():
                self._start(child)
            while self._stop_due_s is None or self._alive():
                for key, _ in self._selector.select(self._timeout_s()):
                    key.data()
                self._heed_signals()
                self._do_what_is_due()
        finally:
            for child in self._alive():
                _signal(child, signal.SIGKILL)
            self._notify.close()
            self._selector.close()
            os.close(self._parent_reader)
            os.close(self._parent_writer)
            restore()
            wakeup.close()
        return self._exit_code

    def _follow_parent(self) -> None:
        parent = os.environ.pop("NETRELAY_PARENT_FD", "")
        if parent.isdigit():

            def end() -> None:
                self._selector.unregister(int(parent))
                self._say("whoever started this is gone: stopping")
                self._stop(Exit.OK)

            self._selector.register(int(parent), selectors.EVENT_READ, end)

    def _catch_signals(self) -> tuple[socket.socket, Callable[[], None]]:
        reader, writer = socket.socketpair()
        reader.setblocking(False)
        writer.setblocking(False)
        previous_fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        previous = {
            number: signal.signal(number, lambda number, _frame: self._signals.append(number))
            for number in _STOP_SIGNALS
        }

        def restore() -> None:
            for number, handler in previous.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(previous_fd)
            writer.close()

        return reader, restore

    def _start(self, child: _Child) -> None:
        child.restart_s = None
        child.started_s = time.monotonic()
        try:
            child.process = self._forked(child)
        except OSError as error:
            self._start_later(child, f"{child.name} cannot be started ({error})")
            return
        child.pidfd = os.pidfd_open(child.process.pid)
        child.is_ready = False
        child.status = ""
        self._selector.register(child.pidfd, selectors.EVENT_READ, lambda: self._bury(child))

    def _forked(self, child: _Child) -> ForkedProcess:
        environment = {
            "NETRELAY_PARENT_FD": str(self._parent_reader),
            "NOTIFY_SOCKET": os.fspath(self._notify.path),
        }
        # Ctrl-C on the terminal reaches only this process, which stops the children.
        return ForkedProcess(child.work, environment, (self._parent_reader, *self._kept_open))

    def _bury(self, child: _Child) -> None:
        assert child.process is not None
        self._hear()  # the last datagram of the child may still be unread
        code = child.process.wait()
        self._selector.unregister(child.pidfd)
        os.close(child.pidfd)
        child.process, child.is_ready = None, False
        if self._stop_due_s is not None:
            return
        how = f"{child.name} {_describe_end(code)}"
        if code in NEEDS_A_PERSON and not child.is_beside:
            why = child.status or f"{_REASONS[Exit(code)]}: see its last line above"
            self._say(f"{how} ({why}); stopping, since starting it again would not help")
            self._stop(Exit(code))
            return
        if time.monotonic() - child.started_s >= self._pace.settled_s:
            child.delay_s = self._pace.first_restart_s
        self._start_later(child, how)

    def _start_later(self, child: _Child, why: str) -> None:
        self._say(f"{why}; starting it again in {child.delay_s:g} s")
        child.restart_s = time.monotonic() + child.delay_s
        child.delay_s = min(child.delay_s * 2, self._pace.longest_restart_s)

    def _hear(self) -> None:
        for pid, fields in self._notify.receive():
            for child in self._alive():
                if child.process is None or child.process.pid != pid:
                    continue
                child.status = printable(fields.get("STATUS", child.status))
                if fields.get("READY") == "1" and not child.is_ready:
                    child.is_ready = True
                    if not child.is_beside:
                        self._check_readiness()

    def _check_readiness(self) -> None:
        awaited = [child for child in self._children.values() if not child.is_beside]
        if self._stop_due_s is None and all(child.is_ready for child in awaited):
            self._impatient_due_s = None
            self._ready()

    def _heed_signals(self) -> None:
        while self._signals:
            number = self._signals.pop(0)
            if self._stop_due_s is None:
                self._say(f"{signal.Signals(number).name}: stopping")
                self._stop(Exit.OK)
            else:
                # A second signal means: stop now.
                self._stop_due_s = time.monotonic()

    def _stop(self, code: Exit) -> None:
        self._exit_code = code
        self._stop_due_s = time.monotonic() + self._pace.stop_s
        for child in self._alive():
            _signal(child, signal.SIGTERM)

    def _do_what_is_due(self) -> None:
        now_s = time.monotonic()
        if self._stop_due_s is not None:
            if now_s >= self._stop_due_s:
                for child in self._alive():
                    self._say(f"{child.name} does not end; killing it")
                    _signal(child, signal.SIGKILL)
                # SIGKILL is sent once.
                self._stop_due_s = float("inf")
            return
        for child in self._children.values():
            if child.restart_s is not None and now_s >= child.restart_s:
                self._start(child)
        if self._impatient_due_s is not None and now_s >= self._impatient_due_s:
            self._impatient_due_s = None
            missing = [
                f"{child.name} ({child.status})" if child.status else child.name
                for child in self._children.values()
                if not (child.is_ready or child.is_beside)
            ]
            self._say(f"still waiting for {', '.join(missing)}")

    def _timeout_s(self) -> float | None:
        dues = [child.restart_s for child in self._children.values()]
        dues += [self._impatient_due_s]
        if self._stop_due_s is not None:
            dues = [self._stop_due_s]
        due_s = min((due for due in dues if due is not None), default=float("inf"))
        return None if due_s == float("inf") else max(0.0, due_s - time.monotonic())

    def _alive(self) -> list[_Child]:
        return [child for child in self._children.values() if child.process is not None]


def _signal(child: _Child, number: signal.Signals) -> None:
    # By pidfd: the pid may have been reused.
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(child.pidfd, number)


def _describe_end(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}" if code else "ended without being asked to"


def _drain(wakeup: socket.socket) -> None:
    with suppress(BlockingIOError):
        while wakeup.recv(4096):
            pass
