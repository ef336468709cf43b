"""The main loop of the eight processes: start, steps, orderly stop.

    start -> steps -> winding down -> end
      |        |           |
      +--------+-----------+-> exit status other than 0

Start: migrate the database if necessary, take the process's lock (one instance per home), open
the node, construct the Process, ring every other bell (records may have been missed), READY=1.

Steps: run `step`, store its log lines, feed the watchdog, sleep until a descriptor or the bell is
ready or the delay is over. `step` never blocks but for the disk and the write lock. A wake-up is
never lost: a bell that rings during a step ends the next sleep at once, and a commit that wakes
the process itself skips the sleep. The watchdog is fed after each step and during waits for the
lock, so a step that hangs is ended by the service manager (SIGABRT).

SIGTERM, SIGINT or the parent's death: STOPPING=1, `wind_down`, more steps until `is_wound_down`
or WIND_DOWN_S, `close`, exit status 0. An exception is logged and ends the process; nothing is
retried inside it, since all state is in the database and the service manager restarts it.

A damaged database ends it too, with a status after which nothing starts it again
(runtime/damage_note.py); one that another program has locked is waited for
(runtime/locked_database.py).

A full disk is the exception: DiskFullError ends a step, and the next one is taken after RETRY_S. A
process keeps in memory what it could not store, or gives it back.
"""

import faulthandler
import importlib
import sys
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from functools import partial
from typing import ClassVar

import apsw

from netrelay.core.exit_status import Exit
from netrelay.core.pace import WIND_DOWN_S
from netrelay.core.printable import printable
from netrelay.core.words import LANDER, PROCESSES
from netrelay.ring.process_bell import ring
from netrelay.runtime import service_manager
from netrelay.runtime.config import ConfigError, load
from netrelay.runtime.cut_short import mark_end, mark_start
from netrelay.runtime.damage_note import note_damage, refuse_noted_damage
from netrelay.runtime.descriptor_limit import raise_descriptor_limit
from netrelay.runtime.early_errors import report_early
from netrelay.runtime.full_disk import RETRY_S, FullDiskState
from netrelay.runtime.home import Home
from netrelay.runtime.locked_database import LockedDatabase, StopRequestedError
from netrelay.runtime.log import CANNOT_START, CRASHED, RESTARTED, LogLine
from netrelay.runtime.migrating import bring_up_to_date
from netrelay.runtime.node import Node, open_node
from netrelay.runtime.single_instance import lock_process
from netrelay.runtime.start_errors import exit_status
from netrelay.runtime.status_text import status_text
from netrelay.runtime.stop_requests import StopRequests
from netrelay.runtime.storage_counts import StorageCounts
from netrelay.runtime.wiring import PROCESS_MODULES
from netrelay.store.database_errors import (
    DatabaseDamagedError,
    DatabaseError,
    DatabaseReplacedError,
    DiskFullError,
    MigratedMeanwhileError,
    as_database_error,
    is_damage,
)
from netrelay.store.lock import LockTimeoutError

# Wait for processes of an older netrelay to end; their units have 20 s (TimeoutStopSec=) to stop.
_PATIENCE_S = 60.0


class Process(ABC):
    """One of the eight processes, or one beside them; the constructor opens what it needs."""

    name: ClassVar[str]

    @abstractmethod
    def __init__(self, node: Node) -> None: ...

    @abstractmethod
    def step(self) -> float | None:
        """Do a bounded amount of work; return the longest delay until the next step in seconds.

        None: no time limit. It is called once at the start, and then whenever a polled descriptor
        or the bell is ready, or the delay is over. It must not block but for the disk and the
        write lock. After DiskFullError it is called again.
        """

    def wind_down(self) -> None:  # noqa: B027 -- most processes have nothing in progress that others wait for
        """Accept no new work; called once, when the process is to stop.

        Steps continue until `is_wound_down`, at most for WIND_DOWN_S.
        """

    @property
    def is_wound_down(self) -> bool:
        """True if no work in progress is worth waiting for; read after `wind_down`."""
        return True

    def close(self) -> None:  # noqa: B027 -- exit closes most of it
        """Release what exit alone would not; called once, before exit status 0."""


def run(process: str, home: Home) -> int:
    """Run one of the eight processes, or lander, until it is stopped; return its exit status."""
    # SIGABRT of the watchdog then prints where the process hangs.
    with suppress(OSError, ValueError, RuntimeError, AttributeError):  # stderr may be gone
        faulthandler.enable()
    raise_descriptor_limit()
    stop = StopRequests()
    watchdog = service_manager.Watchdog()
    try:
        home.make_runtime()
        refuse_noted_damage(home)
        _migrate(process, home, watchdog)
        lock_process(home.runtime, process)
        locked = LockedDatabase(process, home.database, watchdog.feed, stop.is_requested_now)
        node = open_node(process, home, watchdog.feed, locked.wait)
    except StopRequestedError:
        return 0
    except Exception as error:
        return _report_failed_start(process, home, error)
    try:
        worker = _start(process, node)
    except StopRequestedError:
        return 0
    except Exception as error:
        status = _report_failed_start(process, home, error)
        if not isinstance(_named(home, error), DatabaseError):
            _log_last(node, CRASHED if status == Exit.SOFTWARE else CANNOT_START, error)
        return status
    if mark_start(home.runtime, process):
        node.log.write(RESTARTED)
        # Before the first step: exporter then has it as an alarm at once.
        node.log.store()
    try:
        _run_steps(node, worker, stop, watchdog, locked)
    except StopRequestedError:
        return 0
    except (MigratedMeanwhileError, DatabaseReplacedError, LockTimeoutError) as error:
        report_early(process, "cannot-start", str(error), node.config.name)
        return Exit.TRY_AGAIN
    except Exception as error:
        named = _named(home, error)
        if isinstance(named, DatabaseError):
            return _report_failed_start(process, home, named)
        node.counters.add("errors")
        _log_last(node, CRASHED, error)
        _show(error)
        return Exit.SOFTWARE
    finally:
        node.database.close()
        mark_end(home.runtime, process)
    return 0


def _migrate(process: str, home: Home, watchdog: service_manager.Watchdog) -> None:
    start = service_manager.StartTimeout()

    def while_waiting() -> None:
        watchdog.feed()
        start.extend()

    bring_up_to_date(home, process, while_waiting, _PATIENCE_S)


def _report_failed_start(process: str, home: Home, error: Exception) -> int:
    """Report an error that kept a process from starting, or going on; return its exit status."""
    error = _named(home, error)
    if isinstance(error, DatabaseDamagedError):
        note_damage(home, process, error.damage)
    status = exit_status(error)
    if status == Exit.SOFTWARE:
        _show(error)
    text = _describe(error) if status == Exit.SOFTWARE else str(error)
    event = "config" if isinstance(error, ConfigError) else "cannot-start"
    report_early(process, event, text, _name_of(home))
    service_manager.notify(f"STATUS={printable(text)}")
    return status


def _named(home: Home, error: Exception) -> Exception:
    """Return an error of SQLite that names the remedy in place of one that a person can end."""
    if is_damage(error) or isinstance(error, apsw.BusyError):
        assert isinstance(error, apsw.Error)
        return as_database_error(home.database, error)
    return error


def _name_of(home: Home) -> str:
    """Return the node's name, "" if its configuration cannot be used."""
    try:
        return load(home.config).name
    except ConfigError:
        return ""


def _show(error: Exception) -> None:
    # Importing the module traceback would cost its memory in each of eight processes.
    sys.excepthook(type(error), error, error.__traceback__)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def import_processes() -> None:
    """Import the modules of all eight processes, for copies of this process that run them."""
    for process in PROCESSES:
        importlib.import_module(PROCESS_MODULES[process])


def _start(process: str, node: Node) -> Process:
    worker: Process = importlib.import_module(PROCESS_MODULES[process]).PROCESS(node)
    for other in (*PROCESSES, LANDER):
        if other != process:
            ring(node.home.runtime, other)
    service_manager.notify("READY=1")
    return worker


def _run_steps(
    node: Node,
    worker: Process,
    stop: StopRequests,
    watchdog: service_manager.Watchdog,
    locked: LockedDatabase,
) -> None:
    for descriptor in stop.descriptors():
        node.poller.watch(descriptor)
    status = partial(status_text, node.process, node.counters)
    full_disk = FullDiskState(node)
    storage = StorageCounts(node.database, node.log, node.counters)

    def step() -> float | None:
        if node.poller.is_ready(node.bell.fileno()):
            node.bell.drain()
        delay_s: float | None
        try:
            delay_s = worker.step()
        except DiskFullError:
            # Not the poller: what is ready would end its wait, and fail again.
            time.sleep(RETRY_S)
            delay_s = 0
        locked.look(node.log, node.config.name)
        node.log.store()
        storage.note()
        delay_s = _sooner(delay_s, full_disk.look())
        if node.database.pop_own_wake():
            delay_s = 0
        node.counters.add("steps", 1)
        watchdog.feed(status)
        return delay_s

    def sleep(delay_s: float | None) -> None:
        node.poller.wait(watchdog.sleep_s(delay_s))
        node.counters.add("wakeups", 1)

    while not stop.is_requested(node.poller.is_ready):
        sleep(step())
    service_manager.notify("STOPPING=1")
    # They stay ready: polling them would spin.
    for descriptor in stop.descriptors():
        node.poller.unwatch(descriptor)
    worker.wind_down()
    last_s = time.monotonic() + WIND_DOWN_S
    while not worker.is_wound_down and (left_s := last_s - time.monotonic()) > 0:
        delay_s = step()
        # After the last exchange has ended nothing wakes the process: do not sleep then.
        if not worker.is_wound_down:
            sleep(left_s if delay_s is None else min(delay_s, left_s))
    worker.close()
    node.log.store()
    storage.note()


def _sooner(delay_s: float | None, other_s: float | None) -> float | None:
    return min((each for each in (delay_s, other_s) if each is not None), default=None)


def _log_last(node: Node, line: LogLine, error: Exception) -> None:
    """Store why a process ends, together with its lines that are not stored yet."""
    try:
        node.log.write(line, error=_describe(error) if line is CRASHED else error)
        node.log.store()
    except Exception as failure:  # the first error is the one to report
        text = f"{_describe(error)}; it could not be logged: {_describe(failure)}"
        report_early(node.process, "cannot-log", text, node.config.name)
