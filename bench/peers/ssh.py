"""An sshd on loopback with keys made for the run, and the peers that copy through it."""

import shutil
import subprocess
from os import geteuid
from pathlib import Path
from pwd import getpwuid

from bench.pair.errors import BenchError, Unavailable
from bench.peers.copying import CopyingPeer
from bench.peers.peer import need
from bench.peers.server import Server

PORT = 27414
# The fastest cipher on a CPU with AES instructions, of the strength of netrelay's TLS.
_CIPHER = "aes128-gcm@openssh.com"
# Debian's sshd needs it when it runs as root, for each connection; its service creates it. It is
# left there, since another run on this machine may need it.
_SEPARATION = Path("/run/sshd")


class SshPeer(CopyingPeer):
    """A client that copies through an sshd."""

    def start(self) -> None:
        """Start an sshd that admits this user."""
        need(shutil.which, ("scp", "ssh", "ssh-keygen"), "openssh-client")
        # Debian installs it in a folder of root's PATH; sshd must be started by its absolute path.
        sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") or shutil.which("sshd")
        if sshd is None:
            raise Unavailable("sshd: not found (Debian: openssh-server)")
        ground = self._ground
        self.received.mkdir()
        _write_settings(ground.settings, ground.address)
        _make_separation()
        command = [*ground.in_destination, sshd, "-D", "-e", "-f", str(ground.settings / "sshd")]
        self._server = Server("sshd", command, ground.settings / "log")
        try:
            self._server.wait_for_port(ground.address, PORT, ground.deadline)
        except BenchError as error:
            raise Unavailable(str(error)) from error

    def send(self, made: Path) -> None:
        """Start the client."""
        _make_separation()
        super().send(made)

    def _target(self) -> str:
        return f"{getpwuid(geteuid()).pw_name}@{self._ground.address}:{self.received}/"

    def _options(self) -> list[str]:
        settings = self._ground.settings
        options = {
            "IdentityFile": settings / "user",
            "UserKnownHostsFile": settings / "known",
            "IdentitiesOnly": "yes",
            "BatchMode": "yes",
            "Compression": "no",
            "Port": PORT,
            "Ciphers": _CIPHER,
        }
        words = ["-F", "none"]
        for key, value in options.items():
            words += ["-o", f"{key}={value}"]
        return words


class Scp(SshPeer):
    """scp, which cannot flush."""

    label = "scp, sync"

    def _command(self, made: Path) -> list[str]:
        files = sorted(map(str, made.iterdir()))
        return ["scp", "-q", "-p", *self._options(), *files, self._target()]


class RsyncOverSsh(SshPeer):
    """rsync over ssh, with --fsync."""

    label = "rsync --fsync, ssh"
    flushes = True

    def start(self) -> None:
        """Start an sshd that admits this user."""
        need(shutil.which, ("rsync",), "rsync")
        super().start()

    def _command(self, made: Path) -> list[str]:
        shell = " ".join(["ssh", *self._options()])
        return ["rsync", "--archive", "--fsync", "-e", shell, f"{made}/", self._target()]


def _make_separation() -> None:
    if geteuid() == 0:
        _SEPARATION.mkdir(mode=0o755, exist_ok=True)


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
