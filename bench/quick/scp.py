"""scp to an sshd on loopback, with keys generated for the run: a peer that encrypts."""

import resource
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import geteuid
from pathlib import Path
from pwd import getpwuid

from bench.quick.errors import BenchError, Unavailable
from bench.quick.footprint import children, processor_s
from bench.quick.waiting import Deadline

PORT = 27414
# The fastest cipher on a CPU with AES instructions, of the strength of netrelay's TLS.
_CIPHER = "aes128-gcm@openssh.com"
# Debian's sshd needs it when it runs as root; its service creates it.
_SEPARATION = Path("/run/sshd")


class Scp:
    """An sshd, and the client that copies into a folder."""

    def __init__(
        self, folder: Path, command: list[str], target: str, daemon: int, deadline: Deadline
    ) -> None:
        self.folder = folder
        self._command = command
        self._target = target
        self._daemon = daemon
        self._deadline = deadline

    def send(self, source: Path, flush: bool) -> float:
        """Copy the content of a folder; return the CPU time of client and server in seconds."""
        if flush:
            raise ValueError("scp cannot flush")
        files = sorted(map(str, source.iterdir()))
        before_s = self._processor_s()
        run = subprocess.run(
            [*self._command, *files, f"{self._target}:{self.folder}/"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=self._deadline.left_s(60),
        )
        if run.returncode:
            raise BenchError(f"scp exited with {run.returncode}: {run.stderr.decode().strip()}")
        # CPU time of the daemon's children counts once the daemon has reaped them.
        self._deadline.wait("sshd to idle", lambda: not children(self._daemon), 10)
        return self._processor_s() - before_s

    def _processor_s(self) -> float:
        clients = resource.getrusage(resource.RUSAGE_CHILDREN)
        return clients.ru_utime + clients.ru_stime + processor_s([self._daemon])


@contextmanager
def scp_daemon(folder: Path, work: Path, address: str, deadline: Deadline) -> Iterator[Scp]:
    """Run an sshd that admits this user until the block ends; Unavailable if it is missing."""
    # Debian installs it in a folder of root's PATH, and sshd must be started by its absolute path.
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") or shutil.which("sshd")
    missing = [tool for tool in ("scp", "ssh", "ssh-keygen") if shutil.which(tool) is None]
    if sshd is None or missing:
        names = ", ".join([*missing, *([] if sshd else ["sshd"])])
        raise Unavailable(f"{names}: not found (Debian: openssh-client, openssh-server)")
    folder.mkdir()
    _write_settings(work, address)
    made = _make_separation()
    command = [sshd, "-D", "-e", "-f", str(work / "sshd")]
    if shutil.which("setpriv"):
        # It is killed with this process, even if that is killed.
        command = ["setpriv", "--pdeathsig", "KILL", *command]
    with (work / "log").open("wb") as log:
        daemon = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
        )

    def is_listening() -> bool:
        if daemon.poll() is not None:
            said = (work / "log").read_text(errors="replace").strip()
            raise Unavailable(f"sshd ended with {daemon.returncode}: {said}")
        with socket.socket() as probe:
            return probe.connect_ex((address, PORT)) == 0

    try:
        deadline.wait("sshd", is_listening, 10)
        target = f"{getpwuid(geteuid()).pw_name}@{address}"
        yield Scp(folder, _client_command(work), target, daemon.pid, deadline)
    finally:
        with suppress(ProcessLookupError):
            daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        if made:
            _SEPARATION.rmdir()


def _make_separation() -> bool:
    if geteuid() != 0 or _SEPARATION.is_dir():
        return False
    _SEPARATION.mkdir(mode=0o755)
    return True


def _write_settings(work: Path, address: str) -> None:
    """Create the keys of server and user, and the settings of sshd."""
    work.mkdir(mode=0o700)
    for name in ("host", "user"):
        making = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(work / name)]
        subprocess.run(making, check=True, timeout=30)
    (work / "authorized").write_text((work / "user.pub").read_text())
    (work / "known").write_text(f"[{address}]:{PORT} {(work / 'host.pub').read_text()}")
    settings = {
        "ListenAddress": address,
        "Port": PORT,
        "HostKey": work / "host",
        "AuthorizedKeysFile": work / "authorized",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PermitRootLogin": "prohibit-password",
        "PasswordAuthentication": "no",
        "Subsystem": "sftp internal-sftp",
        "MaxStartups": 100,
    }
    (work / "sshd").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))


def _client_command(work: Path) -> list[str]:
    options = {
        "IdentityFile": work / "user",
        "UserKnownHostsFile": work / "known",
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
        "Compression": "no",
    }
    command = ["scp", "-q", "-p", "-F", "none", "-c", _CIPHER, "-P", str(PORT)]
    for key, value in options.items():
        command += ["-o", f"{key}={value}"]
    return command
