"""Children that are copies of this process, made by fork(2) without an exec.

A copy has every module that this process has imported, in pages that they share: eight of them
start in a third of the processor time of eight interpreters, and take half of their memory
(docs/evidence/benchmarks.md). For a process with one thread and no open database: neither threads
nor connections of SQLite survive a fork.
"""

import os
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from netrelay.core.exit_status import Exit

_EVERY_SIGNAL = signal.valid_signals()
_STANDARD_DESCRIPTORS = (0, 1, 2)


class ForkedProcess:
    """A child of this process that does some work, and ends with the exit status it returns.

    It has an own process group, /dev/null as its standard input, the default actions of signals,
    and of the descriptors of this process its output, its errors and `kept_open`.
    """

    def __init__(
        self, work: Callable[[], int], environment: Mapping[str, str], kept_open: Collection[int]
    ) -> None:
        """Start it; environment: what it has in addition. Raise OSError if there is no room."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()  # or both would write what waits
        # A signal for the child waits until the handlers of this process are gone from it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _EVERY_SIGNAL)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _be_child(work, environment, kept_open, before)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def wait(self) -> int:
        """Block until it has ended; return its exit status, below zero the signal that ended it."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _be_child(
    work: Callable[[], int],
    environment: Mapping[str, str],
    kept_open: Collection[int],
    unblocked: Collection[int],
) -> None:
    """Do the work and end: it never returns, so that nothing of the parent's stack runs twice."""
    status: object = Exit.SOFTWARE
    try:
        os.setpgid(0, 0)
        _restore_signals(unblocked)
        _close_all_but({*_STANDARD_DESCRIPTORS, *kept_open})
        os.environ.update(environment)
        status = work()
    except SystemExit as error:
        status = error.code
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status if isinstance(status, int) else int(status is not None))


def _restore_signals(unblocked: Collection[int]) -> None:
    """Set what Python sets at its start."""
    signal.set_wakeup_fd(-1)
    for number in _EVERY_SIGNAL:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)


def _close_all_but(kept: Collection[int]) -> None:
    # The objects that held these descriptors live on in the parent's stack, so that none of them
    # closes a descriptor that has its number later.
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if descriptor not in kept:
            with suppress(OSError):
                os.close(descriptor)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)


def name_this_process(words: Collection[str]) -> None:
    """Have `ps` show these words as the command line of this process, as far as they have room.

    The room is that of the command line with which it was started: /proc/PID/cmdline shows the
    memory between fields 48 and 49 of /proc/PID/stat (proc_pid_stat(5)). Without effect where the
    kernel does not let a process write there.
    """
    with suppress(OSError, ValueError, IndexError):
        # Field 2, the name of the program in parentheses, may contain spaces.
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        begin, end = int(fields[45]), int(fields[46])
        shown = b""
        for word in words:
            added = os.fsencode(word) + b"\0"
            if len(shown) + len(added) > end - begin:
                break
            shown += added
        with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
            memory.seek(begin)
            memory.write(shown.ljust(end - begin, b"\0"))
