"""A fork server: runs `netrelay up` in copies of a process that has imported it.

An interpreter of its own spends a third of a node's start on imports. A copy gets the environment,
the folder and the output of its request, like a process that was started, and is the same program;
tests of the start itself, and those that need another program around it, start one.

    python -m tests.story.fork_server DESCRIPTOR    serves the other end of this socket
"""

import atexit
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import NoReturn

from netrelay.cli.main import main
from netrelay.runtime.loop import import_processes
from tests.cli.command_line import CHECKOUT

_REQUEST_BYTES = 1 << 17
# `ps` shows a process under its name in the room of the command line of the first one.
_ROOM = "-" * 512


class ForkedUp:
    """A node that the server runs, with the methods of a Popen that the tests use."""

    def __init__(self, server: "ForkServer", pid: int, pidfd: int) -> None:
        self.pid = pid
        self._server = server
        self._pidfd = pidfd

    def poll(self) -> int | None:
        """Return the exit status, below zero the signal that ended it; None while it runs."""
        return self._server.status(self.pid) if self._has_ended(0.0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Block until it has ended; return its exit status. TimeoutExpired as of a Popen."""
        if not self._has_ended(timeout):
            assert timeout is not None
            raise TimeoutExpired("netrelay up", timeout)
        return self._server.status(self.pid)

    def _has_ended(self, timeout_s: float | None) -> bool:
        return bool(select.select([self._pidfd], [], [], timeout_s)[0])

    def send_signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        """Kill it, if it runs."""
        self.send_signal(signal.SIGKILL)

    def __del__(self) -> None:
        os.close(self._pidfd)


class ForkServer:
    """The server of this process. It ends with this process, and so do the nodes."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ended: dict[int, int] = {}
        with theirs:
            command = [sys.executable, "-m", "tests.story.fork_server", f"{theirs.fileno()}", _ROOM]
            self._process = Popen(
                command, cwd=CHECKOUT, stdin=DEVNULL, stdout=DEVNULL, pass_fds=(theirs.fileno(),)
            )
        atexit.register(self._close)

    def up(
        self, words: Sequence[str], environment: Mapping[str, str], output: int, parent: int
    ) -> ForkedUp:
        """Run `netrelay` with these words; parent: the pipe whose end tells it to end."""
        request = json.dumps({"words": list(words), "environment": dict(environment)})
        socket.send_fds(self._socket, [request.encode()], [output, parent])
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._socket, _REQUEST_BYTES, 1)
            if descriptors:
                return ForkedUp(self, json.loads(data)["pid"], descriptors[0])
            self._note(data)

    def status(self, pid: int) -> int:
        """Block until the server has reaped a copy; return its exit status."""
        while pid not in self._ended:
            self._note(self._socket.recv(_REQUEST_BYTES))
        return self._ended[pid]

    def _note(self, data: bytes) -> None:
        assert data, f"the fork server has ended with {self._process.wait()}"
        told = json.loads(data)
        self._ended[told["pid"]] = told["status"]

    def _close(self) -> None:
        self._socket.close()
        self._process.wait()


@cache
def fork_server() -> ForkServer:
    """Return the server of this process, started by the first call."""
    return ForkServer()


def _serve(asked: socket.socket) -> None:
    """Fork for each request, and tell each end, until the other end of the socket is closed."""
    ended, wakeup = socket.socketpair()
    for each in (ended, wakeup):
        each.setblocking(False)
    signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([asked, ended], [], [])
        if ended in ready:
            ended.recv(4096)
            _tell_ends(asked)
        if asked in ready:
            data, descriptors, _, _ = socket.recv_fds(asked, _REQUEST_BYTES, 2)
            if not data:
                return
            pid = os.fork()
            if pid == 0:
                _be_up(json.loads(data), *descriptors)
            pidfd = os.pidfd_open(pid)
            socket.send_fds(asked, [json.dumps({"pid": pid}).encode()], [pidfd])
            for descriptor in (*descriptors, pidfd):
                os.close(descriptor)


def _tell_ends(asked: socket.socket) -> None:
    with suppress(ChildProcessError, BrokenPipeError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            status = os.waitstatus_to_exitcode(found[1])
            asked.send(json.dumps({"pid": found[0], "status": status}).encode())


def _be_up(request: dict[str, object], output: int, parent: int) -> NoReturn:
    """Be what the request asks for, and end: nothing of the server runs twice."""
    status = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(output, 1)
        os.dup2(output, 2)
        for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
            if descriptor > 2 and descriptor != parent:
                with suppress(OSError):
                    os.close(descriptor)
        environment, words = request["environment"], request["words"]
        assert isinstance(environment, dict)
        assert isinstance(words, list)
        os.environ.clear()
        os.environ.update(environment, NETRELAY_PARENT_FD=str(parent))
        sys.argv = ["netrelay", *words]
        status = main()
    except SystemExit as error:
        status = int(str(error.code))
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


if __name__ == "__main__":
    import_module("netrelay.cli.commands.up")
    import_processes()
    with socket.socket(fileno=int(sys.argv[1])) as served:
        _serve(served)
