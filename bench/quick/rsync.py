"""rsync to an rsync daemon on loopback, without encryption."""

import os
import resource
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.quick.errors import BenchError, Unavailable
from bench.quick.footprint import children, processor_s
from bench.quick.waiting import Deadline

PORT = 27413


class Rsync:
    """A daemon that receives files into a folder, and the client that sends them."""

    def __init__(self, folder: Path, address: str, daemon: int, deadline: Deadline) -> None:
        self.folder = folder
        self._address = address
        self._daemon = daemon
        self._deadline = deadline

    def send(self, source: Path, flush: bool) -> float:
        """Send the content of a folder; return the CPU time of client and server in seconds.

        flush: every file is fsynced before the client ends.
        """
        options = ["--fsync"] if flush else []
        command = [
            "rsync",
            "--archive",
            *options,
            f"{source}/",
            f"rsync://{self._address}:{PORT}/in/",
        ]
        before_s = self._processor_s()
        client = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._wait(client)
        # CPU time of the daemon's children counts once the daemon has reaped them.
        self._deadline.wait("the rsync daemon to idle", lambda: not children(self._daemon), 10)
        return self._processor_s() - before_s

    def _processor_s(self) -> float:
        clients = resource.getrusage(resource.RUSAGE_CHILDREN)
        return clients.ru_utime + clients.ru_stime + processor_s([self._daemon])

    def _wait(self, client: subprocess.Popen[bytes]) -> None:
        try:
            _, complaint = client.communicate(timeout=self._deadline.left_s(60))
        except BaseException:
            client.kill()
            client.wait()
            raise
        if client.returncode:
            raise BenchError(f"rsync exited with {client.returncode}: {complaint.decode().strip()}")


@contextmanager
def rsync_daemon(
    folder: Path, configuration: Path, address: str, deadline: Deadline
) -> Iterator[Rsync]:
    """Run a daemon that receives files into `folder` until the block ends."""
    if shutil.which("rsync") is None:
        raise Unavailable("rsync: not found (Debian: rsync)")
    folder.mkdir()
    owner = "uid = 0\ngid = 0\n" if os.geteuid() == 0 else ""
    configuration.write_text(
        f"use chroot = no\n{owner}log file = /dev/null\n[in]\npath = {folder}\nread only = no\n"
    )
    command = ["rsync", "--daemon", "--no-detach", f"--config={configuration}"]
    command += [f"--address={address}", f"--port={PORT}"]
    if shutil.which("setpriv"):
        # It is killed with this process, even if that is killed; it would keep the disk busy.
        command = ["setpriv", "--pdeathsig", "KILL", *command]
    daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)

    def is_listening() -> bool:
        if daemon.poll() is not None:
            raise BenchError(f"the rsync daemon ended with {daemon.returncode}")
        with socket.socket() as probe:
            return probe.connect_ex((address, PORT)) == 0

    try:
        deadline.wait("the rsync daemon", is_listening, 10)
        yield Rsync(folder, address, daemon.pid, deadline)
    finally:
        # Its children would go on writing, and keep the disk busy.
        serving = children(daemon.pid) if daemon.poll() is None else []
        for pid in (daemon.pid, *serving, *(one for each in serving for one in children(each))):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        daemon.wait()
