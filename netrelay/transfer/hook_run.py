"""One run of the post-receive program, with a time limit and a limit of its output."""

import errno
import os
import signal
from collections.abc import Mapping
from contextlib import suppress

# Output beyond this is read and discarded, so that a full pipe never blocks the program.
_OUTPUT_MAX_BYTES = 2048
_READ_BYTES = 65_536
_READS_A_POLL = 16
# Exit statuses of shells (POSIX.1-2017, Shell Command Language, 2.8.2).
NOT_FOUND = 127
NOT_EXECUTABLE = 126
KILLED = 128
# Reset in the program: the main loop handles or blocks some of them, and Python ignores SIGPIPE.
_DEFAULT_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD)


class HookRun:
    """A running program; call `poll` when a descriptor is readable, and at `deadline_s`."""

    def __init__(
        self, path: str, environment: Mapping[str, str], begun_s: float, limit_s: float
    ) -> None:
        """Start the program in its own process group, without arguments and without a shell.

        Does not wait for it. OSError when it cannot be started. begun_s is now; so much later,
        `poll` kills it.
        """
        self.deadline_s = begun_s + limit_s
        self._limit_s = limit_s
        self._is_late = False
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
        """Return the descriptors that are readable when it wrote output or exited."""
        return (self._end,) if self._reader is None else (self._end, self._reader)

    def poll(self, now_s: float) -> int | None:
        """Return the exit status, None while it runs; does not block.

        Reads its output, and kills it after the deadline. As in a shell, the status after a signal
        is 128 + the number of the signal. Do not call it again after it has returned a status.
        """
        self._read_output()
        if now_s >= self.deadline_s:
            self._is_late = True
            self.kill()
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if not pid:
            return None
        self._read_output()
        os.close(self._end)
        self._close_output()
        code = os.waitstatus_to_exitcode(status)
        # One that ended by itself at the last moment was not killed.
        self._is_late = self._is_late and code == -signal.SIGKILL
        return code if code >= 0 else KILLED - code

    def output(self) -> str:
        """Return the beginning of its standard output and error, behind that it was killed."""
        said = self._output.decode("utf-8", "replace").strip()
        if not self._is_late:
            return said
        return f"it was killed after {self._limit_s:g} s{said and f', it said: {said}'}"

    def kill(self) -> None:
        """Kill its process group: the program and its children that did not leave the group."""
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)

    def _read_output(self) -> None:
        for _ in range(_READS_A_POLL):
            if self._reader is None:
                return
            try:
                chunk = os.read(self._reader, _READ_BYTES)
            except BlockingIOError:
                return
            if not chunk:
                self._close_output()
            self._output += chunk[: _OUTPUT_MAX_BYTES - len(self._output)]

    def _close_output(self) -> None:
        if self._reader is not None:
            os.close(self._reader)
            self._reader = None


def status_of(error: OSError) -> int:
    """Return the exit status of a shell for a program that could not be started."""
    return NOT_FOUND if error.errno == errno.ENOENT else NOT_EXECUTABLE
