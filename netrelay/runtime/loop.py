"""The one main loop: readiness, watchdog, signals and sleeping for all eight processes."""

import importlib
import os
import signal
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from netrelay.ring.process_bell import ring
from netrelay.runtime import service_manager
from netrelay.runtime.config import ConfigError
from netrelay.runtime.home import Home
from netrelay.runtime.log import CRASHED
from netrelay.runtime.node import Node, open_node
from netrelay.runtime.wiring import PROCESSES
from netrelay.seal.errors import IdentityError
from netrelay.store.database import DatabaseError

EXIT_UNAVAILABLE = 69
EXIT_SOFTWARE = 70
EXIT_CONFIG = 78


class CannotStartError(Exception):
    """A process cannot do its work until a person mends something; the text says what."""


class Process(ABC):
    """One of the eight. `__init__` opens what it needs, `step` does a bounded piece of work."""

    name: ClassVar[str]

    @abstractmethod
    def __init__(self, node: Node) -> None: ...

    @abstractmethod
    def step(self) -> float | None:
        """Do what there is to do now, bounded; give how long to sleep in seconds, None for ever.

        It is called once at the start, and then whenever a watched descriptor or the process's bell
        is ready or the time it gave is over.
        """

    def close(self) -> None:  # noqa: B027 -- most have nothing to close that dying does not close
        """Let go of what others would miss: called once before a clean end."""


def run(process: str, home: Home) -> int:
    """Run one of the eight until it is told to stop; gives the exit status (sysexits.h)."""
    stop = _StopSignals()
    try:
        node = open_node(process, home, _feed_watchdog)
    except ConfigError as error:
        service_manager.report_early(process, "config", str(error))
        return EXIT_CONFIG
    except (DatabaseError, OSError, ValueError) as error:
        service_manager.report_early(process, "cannot-start", str(error))
        return EXIT_UNAVAILABLE
    try:
        worker = _start(process, node)
    except (CannotStartError, IdentityError, OSError, ValueError) as error:
        service_manager.report_early(process, "cannot-start", str(error))
        return EXIT_UNAVAILABLE
    try:
        return _turn(node, worker, stop)
    finally:
        node.database.close()


def _start(process: str, node: Node) -> Process:
    worker: Process = importlib.import_module(PROCESSES[process]).PROCESS(node)
    for other in PROCESSES:
        if other != process:
            ring(node.home.runtime, other)
    service_manager.notify("READY=1")
    return worker


def _turn(node: Node, worker: Process, stop: "_StopSignals") -> int:
    for descriptor in stop.descriptors():
        node.poller.watch(descriptor)
    interval_s = service_manager.watchdog_interval_s()
    try:
        while not stop.asked(node.poller.is_ready):
            if node.poller.is_ready(node.bell.fileno()):
                node.bell.drain()
            delay_s = worker.step()
            node.log.store()
            if node.database.take_own_wake():
                delay_s = 0
            node.counters.add("steps", 1)
            if interval_s is not None:
                _feed_watchdog()
                delay_s = interval_s if delay_s is None else min(delay_s, interval_s)
            node.poller.wait(delay_s)
            node.counters.add("wakeups", 1)
        service_manager.notify("STOPPING=1")
        worker.close()
    except Exception as error:
        node.log.say(CRASHED, error=f"{type(error).__name__}: {error}")
        _try(node.log.store)
        raise
    return 0


def _try(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception as error:  # the error that is on its way up matters more
        service_manager.report_early("log", "cannot-log", str(error))


def _feed_watchdog() -> None:
    service_manager.notify("WATCHDOG=1")


class _StopSignals:
    """SIGTERM, SIGINT, and the end of whoever started us, as descriptors to wait for."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._signalled = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)
        parent = os.environ.pop("NETRELAY_PARENT_FD", "")
        self._parent = int(parent) if parent.isdigit() else None

    def _note(self, _number: int, _frame: object) -> None:
        self._signalled = True

    def descriptors(self) -> list[int]:
        """Give what to wait on; the parent's pipe shows end of file when the parent is gone."""
        return [self._reader.fileno(), *([] if self._parent is None else [self._parent])]

    def asked(self, is_ready: Callable[[int], bool]) -> bool:
        """Tell whether this process has to end."""
        return self._signalled or (self._parent is not None and is_ready(self._parent))
