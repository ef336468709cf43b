"""One run of a program that is told of something new: bounded in time and in what it says."""

import errno
import os
import signal
from collections.abc import Mapping
from contextlib import suppress

# What is kept of what it says; the rest is read and forgotten, so that it never waits for us.
_OUTPUT_MAX_BYTES = 2048
_READ_BYTES = 65_536
_READS_A_STEP = 16
# What shells say (POSIX.1-2017, Shell Command Language, 2.8.2).
NOT_FOUND = 127
NOT_EXECUTABLE = 126
KILLED = 128
# The main loop handles or blocks some of them, and Python ignores SIGPIPE; a program starts plain.
_DEFAULT_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD)


class HookRun:
    """A program that runs; `look` at it when one of its descriptors is ready, or its time is up."""

    def __init__(self, path: str, environment: Mapping[str, str], ends_s: float) -> None:
        """Start it, in a process group of its own, without arguments and without a shell.

        Never blocks; OSError when it cannot be started. ends_s: when it is killed.
        """
        self.ends_s = ends_s
        self._output = b""
        reader, writer = os.pipe2(os.O_CLOEXEC)
        try:
            self._pid = os.posix_spawn(
                path,
                [path],
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, writer, 1),
                    (os.POSIX_SPAWN_DUP2, writer, 2),
                ],
                setpgroup=0,
                setsigmask=[],
                setsigdef=_DEFAULT_SIGNALS,
            )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        os.set_blocking(reader, False)
        self._reader: int | None = reader
        self._end = os.pidfd_open(self._pid)

    def descriptors(self) -> tuple[int, ...]:
        """Give what is readable when it said something or ended."""
        return (self._end,) if self._reader is None else (self._end, self._reader)

    def look(self, now_s: float) -> int | None:
        """Hear what it says, kill it when its time is up; gives its exit status once it ended.

        As a shell gives it: 128 + the signal when it was killed.
        """
        self._hear()
        if now_s >= self.ends_s:
            self.kill()
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if not pid:
            return None
        self._hear()
        os.close(self._end)
        self._stop_hearing()
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else KILLED - code

    def output(self) -> str:
        """Give the beginning of what it said."""
        return self._output.decode("utf-8", "replace").strip()

    def kill(self) -> None:
        """End it and all that it started in its process group."""
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)

    def _hear(self) -> None:
        for _ in range(_READS_A_STEP):
            if self._reader is None:
                return
            try:
                said = os.read(self._reader, _READ_BYTES)
            except BlockingIOError:
                return
            if not said:
                self._stop_hearing()
            self._output += said[: _OUTPUT_MAX_BYTES - len(self._output)]

    def _stop_hearing(self) -> None:
        if self._reader is not None:
            os.close(self._reader)
            self._reader = None


def status_of(error: OSError) -> int:
    """Give the exit status a shell gives for a program that could not be started."""
    return NOT_FOUND if error.errno == errno.ENOENT else NOT_EXECUTABLE
