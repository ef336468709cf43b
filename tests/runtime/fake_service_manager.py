"""A service manager that keeps descriptors (sd_notify(3)) and starts programs with them."""

import fcntl
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PATIENCE_S = 60.0
_MESSAGE_BYTES = 4096
_MOST_DESCRIPTORS = 16
# LISTEN_PID has to be the pid of the program, which exists only after the fork.
_START = """
import os, sys
count = int(sys.argv[1])
for place, descriptor in enumerate(sys.argv[2].split(",") if count else ()):
    os.dup2(int(descriptor), 3 + place)
    os.close(int(descriptor))
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[3], sys.argv[3:])
"""


class FakeServiceManager:
    """Receives notifications; `store` has the kept descriptors by name, `texts` every message."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store: dict[str, int] = {}
        self.texts: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        return self._socket.fileno()

    def process_messages(self) -> None:
        """Process the messages received so far, in order."""
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(
                    self._socket, _MESSAGE_BYTES, _MOST_DESCRIPTORS
                )
            except BlockingIOError:
                return
            text = data.decode()
            self.texts.append(text)
            fields = dict(line.split("=", 1) for line in text.splitlines())
            name = fields.get("FDNAME", "stored")
            if fields.get("FDSTORE") == "1":
                self.store[name] = descriptors.pop()
            if fields.get("FDSTOREREMOVE") == "1" and name in self.store:
                os.close(self.store.pop(name))
            for descriptor in descriptors:  # closing it ends the wait of BARRIER=1
                os.close(descriptor)

    def wait_for(self, text: str, count: int = 1) -> None:
        """Wait until this text was received `count` times."""
        last_s = time.monotonic() + PATIENCE_S
        while sum(text in each for each in self.texts) < count:
            assert time.monotonic() < last_s, f"no {count} times {text!r} in {self.texts}"
            select.select([self], [], [], 0.1)
            self.process_messages()

    def start(self, argv: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a program with the kept descriptors as 3, 4, ..."""
        names, kept = list(self.store), list(self.store.values())
        # Numbers above all targets, so that none is overwritten before it is duplicated.
        copies = [fcntl.fcntl(each, fcntl.F_DUPFD, 100) for each in kept]
        try:
            return subprocess.Popen(
                [
                    *(sys.executable, "-c", _START),
                    *(str(len(copies)), ",".join(map(str, copies))),
                    *argv,
                ],
                env={
                    **environment,
                    "NOTIFY_SOCKET": str(self.path),
                    **({"LISTEN_FDS": str(len(kept))} if kept else {}),
                    **({"LISTEN_FDNAMES": ":".join(names)} if kept else {}),
                },
                pass_fds=copies,
                stdin=subprocess.DEVNULL,
            )
        finally:
            for copy in copies:
                os.close(copy)

    def close(self) -> None:
        for descriptor in self.store.values():
            os.close(descriptor)
        self._socket.close()
        self.path.unlink()


def python(*arguments: str) -> list[str]:
    """Return the command that runs a module with this interpreter."""
    return [sys.executable, "-m", *arguments]
