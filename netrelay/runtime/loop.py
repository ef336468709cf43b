"""The one main loop: readiness, watchdog, signals and sleeping for all eight processes."""

import errno
import faulthandler
import importlib
import os
import signal
import socket
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ClassVar

from netrelay.core.exit_status import Exit
from netrelay.core.pace import WIND_DOWN_S
from netrelay.core.printable import printable
from netrelay.core.words import PROCESSES
from netrelay.ring.process_bell import ring
from netrelay.runtime import service_manager
from netrelay.runtime.config import ConfigError, load
from netrelay.runtime.early_errors import report_early
from netrelay.runtime.home import Home
from netrelay.runtime.log import CANNOT_START, CRASHED, Line
from netrelay.runtime.migrating import bring_up_to_date
from netrelay.runtime.node import Node, open_node
from netrelay.runtime.single_instance import AlreadyRunsError, claim
from netrelay.runtime.status_text import status_text
from netrelay.runtime.wiring import PROCESS_MODULES
from netrelay.seal.errors import IdentityError
from netrelay.store.database_errors import (
    DatabaseError,
    MigratedMeanwhileError,
    NoRoomForCopyError,
)
from netrelay.store.lock import LockTimeoutError

# For processes of an older netrelay to end: a unit that is told to stop has 20 s (TimeoutStopSec=).
_PATIENCE_S = 60.0


class CannotStartError(Exception):
    """A process cannot do its work until a person mends something; the text says what."""


class NotYetError(CannotStartError):
    """A process cannot do its work now; started again later it may."""


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

    def wind_down(self) -> None:  # noqa: B027 -- most have nothing under way that others wait for
        """Take on nothing new: called once, when it is told to stop.

        Steps go on until `is_wound_down`, but no longer than WIND_DOWN_S.
        """

    @property
    def is_wound_down(self) -> bool:
        """True when nothing that is under way is worth waiting for; asked after `wind_down`."""
        return True

    def close(self) -> None:  # noqa: B027 -- most have nothing to close that dying does not close
        """Let go of what others would miss: called once before a clean end."""


def run(process: str, home: Home) -> int:
    """Run one of the eight until it is told to stop; gives the exit status (sysexits.h).

    69 and 78 mean that a person has to mend something first, 70 and 75 that starting again may do.
    """
    # What a watchdog ends (SIGABRT) says where it hung.
    with suppress(OSError, ValueError, RuntimeError, AttributeError):  # stderr may be gone
        faulthandler.enable()
    stop = _StopSignals()
    watchdog = service_manager.Watchdog()
    try:
        home.make_runtime()
        start = service_manager.SlowStart()

        def go_on() -> None:
            watchdog.feed()
            start.extend()

        bring_up_to_date(home, process, go_on, _PATIENCE_S)
        claim(home.runtime, process)
        node = open_node(process, home, watchdog.feed)
    except Exception as error:
        return _give_up(process, home, error)
    try:
        worker = _start(process, node)
    except Exception as error:
        status = _give_up(process, home, error)
        _log_last(node, CRASHED if status == Exit.SOFTWARE else CANNOT_START, error)
        return status
    try:
        _turn(node, worker, stop, watchdog)
    except MigratedMeanwhileError as error:
        report_early(process, "cannot-start", str(error), node.config.name)
        return Exit.TRY_AGAIN
    except Exception as error:
        node.counters.add("errors")
        _log_last(node, CRASHED, error)
        _show(error)
        return Exit.SOFTWARE
    finally:
        node.database.close()
    return 0


def _give_up(process: str, home: Home, error: Exception) -> int:
    """Report an error that kept a process from starting; give the exit status it means."""
    status = _exit_status(error)
    if status == Exit.SOFTWARE:
        _show(error)
    text = _describe(error) if status == Exit.SOFTWARE else str(error)
    event = "config" if status == Exit.CONFIG else "cannot-start"
    report_early(process, event, text, _name_of(home))
    service_manager.notify(f"STATUS={printable(text)}")
    return status


def _name_of(home: Home) -> str:
    """Give the node's name, "" where its configuration cannot be used."""
    try:
        return load(home.config).name
    except ConfigError:
        return ""


def _exit_status(error: Exception) -> int:
    match error:
        case ConfigError():
            return Exit.CONFIG
        case NotYetError() | LockTimeoutError() | AlreadyRunsError():
            return Exit.TRY_AGAIN
        case MigratedMeanwhileError() | NoRoomForCopyError():
            return Exit.TRY_AGAIN
        case OSError(
            errno=errno.ENOSPC | errno.EDQUOT | errno.ENOMEM | errno.EMFILE | errno.ENFILE
        ):
            return Exit.TRY_AGAIN
        case CannotStartError() | DatabaseError() | IdentityError() | OSError() | ValueError():
            return Exit.UNAVAILABLE
        case _:
            return Exit.SOFTWARE


def _show(error: Exception) -> None:
    # The interpreter's own way: the module traceback would stay in memory eight times.
    sys.excepthook(type(error), error, error.__traceback__)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _start(process: str, node: Node) -> Process:
    worker: Process = importlib.import_module(PROCESS_MODULES[process]).PROCESS(node)
    for other in PROCESSES:
        if other != process:
            ring(node.home.runtime, other)
    service_manager.notify("READY=1")
    return worker


def _turn(
    node: Node, worker: Process, stop: "_StopSignals", watchdog: service_manager.Watchdog
) -> None:
    for descriptor in stop.descriptors():
        node.poller.watch(descriptor)
    status = partial(status_text, node.process, node.counters)

    def work() -> float | None:
        if node.poller.is_ready(node.bell.fileno()):
            node.bell.drain()
        delay_s = worker.step()
        node.log.store()
        if node.database.take_own_wake():
            delay_s = 0
        node.counters.add("steps", 1)
        watchdog.feed(status)
        return delay_s

    def sleep(delay_s: float | None) -> None:
        node.poller.wait(watchdog.sleep_s(delay_s))
        node.counters.add("wakeups", 1)

    while not stop.asked(node.poller.is_ready):
        sleep(work())
    service_manager.notify("STOPPING=1")
    # They stay ready from now on, and nobody would sleep.
    for descriptor in stop.descriptors():
        node.poller.unwatch(descriptor)
    worker.wind_down()
    last_s = time.monotonic() + WIND_DOWN_S
    while not worker.is_wound_down and (left_s := last_s - time.monotonic()) > 0:
        delay_s = work()
        # What ended in this step wakes nobody.
        if not worker.is_wound_down:
            sleep(left_s if delay_s is None else min(delay_s, left_s))
    worker.close()
    node.log.store()


def _log_last(node: Node, line: Line, error: Exception) -> None:
    """Log why a process ends; what it said before and could not store goes with it."""
    try:
        node.log.say(line, error=_describe(error) if line is CRASHED else error)
        node.log.store()
    except Exception as failure:  # the error that is on its way up matters more
        text = f"{_describe(error)}; it could not be logged: {_describe(failure)}"
        report_early(node.process, "cannot-log", text, node.config.name)


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
