"""NNCP: store and forward with encryption, from spool to spool, on loopback."""

import re
import shutil
import subprocess
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from bench.pair.waiting import Arrivals
from bench.peers.peer import Ground, check_settled, need
from bench.peers.server import Server

PORT = 27416
_PROGRAMS = ("nncp-cfgnew", "nncp-file", "nncp-call", "nncp-daemon")
_KEYS = ("id", "exchpub", "exchprv", "signpub", "signprv", "noiseprv", "noisepub")
_PUBLIC = ("id", "exchpub", "signpub", "noisepub")
# A command for each file, as its user would type it; then one call, which the daemon ends.
_SCRIPT = """
configuration=$0
for file; do nncp-file -cfg "$configuration" -quiet -noprogress "$file" two: || exit; done
exec nncp-call -cfg "$configuration" -quiet -noprogress -onlinedeadline 60 two
"""


class Nncp:
    """Commands that pack files and call, and a daemon that takes and unpacks them."""

    label = "nncp"
    flushes = True
    most_files = 2000

    def __init__(self, ground: Ground) -> None:
        self.received = ground.destination / "nncp-incoming"
        self._ground = ground
        self._configuration = ground.settings / "source"
        self._spools = ground.source / "nncp-spool", ground.destination / "nncp-spool"
        self._server: Server | None = None
        self._client: subprocess.Popen[bytes] | None = None
        self._arrivals: Arrivals | None = None
        self._used_s = 0.0

    def start(self) -> None:
        """Make keys for both sides, and start the daemon of the destination."""
        need(shutil.which, _PROGRAMS, "nncp")
        ground = self._ground
        for folder in (ground.settings, self.received, *self._spools):
            folder.mkdir()
        one, two = _made_keys(), _made_keys()
        address = f"{ground.address}:{PORT}"
        to_two = _neighbour("two", two, f'addrs: {{lan: "{address}"}}')
        from_one = _neighbour("one", one, f'incoming: "{self.received}"')
        self._configuration.write_text(_settings(self._spools[0], one, to_two))
        destination = ground.settings / "destination"
        destination.write_text(_settings(self._spools[1], two, from_one))
        command = [*ground.in_destination, "nncp-daemon", "-cfg", str(destination), "-autotoss"]
        command += ["-bind", address, "-quiet", "-noprogress"]
        self._server = Server("nncp-daemon", command, ground.settings / "log")
        self._server.wait_for_port(ground.address, PORT, ground.deadline)

    def send(self, made: Path) -> None:
        """Start to pack the files one by one, and to call then."""
        self._arrivals = Arrivals(self.received, self._ground.deadline)
        files = sorted(map(str, made.iterdir()))
        self._client = subprocess.Popen(
            [*self._ground.in_source, "sh", "-c", _SCRIPT, str(self._configuration), *files],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def wait(self, names: set[str]) -> None:
        """Block until the files are unpacked."""
        assert self._arrivals is not None
        assert self._client is not None
        self._arrivals.wait(names)

    def processor_s(self) -> float:
        """Return the CPU time of commands and daemon; ends the call, which would wait for more."""
        assert self._server is not None
        self._end_client()
        clients = getrusage(RUSAGE_CHILDREN)
        return clients.ru_utime + clients.ru_stime + self._server.processor_s()

    def clear(self) -> None:
        """Remove the files that arrived, and the spools."""
        self._end_client()
        if self._arrivals is not None:
            self._arrivals.close()
            self._arrivals = None
        for entry in self.received.iterdir():
            entry.unlink(missing_ok=True)
        for spool in self._spools:
            for entry in spool.glob("*/*/*"):
                if entry.is_file() and entry.suffix != ".lock":
                    entry.unlink(missing_ok=True)

    def stop(self) -> None:
        """Kill daemon and commands."""
        self._end_client()
        if self._server is not None:
            self._server.stop()

    def _end_client(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        if client.poll() is None:
            client.kill()
        _, complaint = client.communicate()
        if client.returncode > 0:
            check_settled(self.label, client.returncode, complaint)


def _made_keys() -> dict[str, str]:
    run = subprocess.run(["nncp-cfgnew"], capture_output=True, text=True, check=True, timeout=30)
    own = run.stdout.partition("self: {")[2]
    return {key: found[1] for key in _KEYS if (found := re.search(rf"\b{key}: (\w+)", own))}


def _neighbour(name: str, keys: dict[str, str], more: str) -> str:
    public = "\n".join(f"{key}: {keys[key]}" for key in _PUBLIC)
    return f"{name}: {{\n{public}\n{more}\n}}"


def _settings(spool: Path, own: dict[str, str], neighbour: str) -> str:
    secret = "\n".join(f"{key}: {own[key]}" for key in _KEYS)
    public = _neighbour("self", own, "")
    return (
        f'{{\nspool: "{spool}"\nlog: "{spool}/log"\n'
        f"self: {{\n{secret}\n}}\nneigh: {{\n{public}\n{neighbour}\n}}\n}}\n"
    )
