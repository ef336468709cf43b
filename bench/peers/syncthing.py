"""Syncthing: two instances on loopback that know each other only, and one folder."""

import http.client
import json
import os
import shutil
import subprocess
from pathlib import Path

from bench.pair.errors import BenchError
from bench.pair.waiting import Arrivals
from bench.peers.peer import Ground, need
from bench.peers.server import Server

PORT = 27417
_PORT_OF_COMMANDS = 27418
_KEY = "netrelay-bench"
_COMMAND_S = 120.0
# It looks for nobody, tells nobody, and reaches nothing but the address of the other instance.
_OPTIONS = """
<globalAnnounceEnabled>false</globalAnnounceEnabled>
<localAnnounceEnabled>false</localAnnounceEnabled>
<relaysEnabled>false</relaysEnabled>
<natEnabled>false</natEnabled>
<reconnectionIntervalS>5</reconnectionIntervalS>
<startBrowser>false</startBrowser>
<urAccepted>-1</urAccepted>
<autoUpgradeIntervalH>0</autoUpgradeIntervalH>
<crashReportingEnabled>false</crashReportingEnabled>
<setLowPriority>false</setLowPriority>
<stunServer></stunServer>
"""


class Syncthing:
    """A folder that is sent by one instance and received by the other."""

    label = "syncthing"
    flushes = True
    most_files = 1_000_000

    def __init__(self, ground: Ground) -> None:
        self.received = ground.destination / "syncthing"
        self._ground = ground
        self._sent = ground.source / "syncthing"
        host = ground.address.rpartition(".")[2]
        self._addresses = ground.address, ground.address.removesuffix(host) + str(int(host) + 100)
        self._servers: list[Server] = []
        self._arrivals: Arrivals | None = None

    def start(self) -> None:
        """Start both instances, and wait until they are connected."""
        need(shutil.which, ("syncthing",), "syncthing")
        ground = self._ground
        homes = ground.source / "syncthing-home", ground.destination / "syncthing-home"
        ids = [_made_home(home) for home in homes]
        for folder in (self._sent, self.received):
            (folder / ".stfolder").mkdir(parents=True)
        ground.settings.mkdir()
        sides = (
            (homes[0], self._sent, "sendonly", ground.in_source),
            (homes[1], self.received, "receiveonly", ground.in_destination),
        )
        for number, (home, folder, kind, words) in enumerate(sides):
            (home / "config.xml").write_text(self._settings(number, ids, folder, kind))
            # It would start itself again as a child that lives on when it is killed.
            command = ["env", "STMONITORED=yes", "syncthing", "serve", f"--home={home}"]
            command += ["--no-browser", "--no-restart"]
            log = ground.settings / f"log-{number}"
            server = Server("syncthing", [*words, *command], log)
            self._servers.append(server)
            server.wait_for_port(self._addresses[number], _PORT_OF_COMMANDS, ground.deadline)
        ground.deadline.wait("the instances of syncthing to connect", self._is_connected, 60)

    def send(self, made: Path) -> None:
        """Move the files into the folder, and have it looked at at once."""
        self._arrivals = Arrivals(self.received, self._ground.deadline)
        for file in list(made.iterdir()):
            file.rename(self._sent / file.name)
        self._command(0, "POST", "/rest/db/scan?folder=bench")

    def wait(self, names: set[str]) -> None:
        """Block until the files have their names at the destination."""
        assert self._arrivals is not None
        self._arrivals.wait(names)

    def processor_s(self) -> float:
        """Return the CPU time of both instances."""
        return sum(server.processor_s() for server in self._servers)

    def clear(self) -> None:
        """Remove the files at the source, and wait until they are gone at the destination."""
        if self._arrivals is not None:
            self._arrivals.close()
            self._arrivals = None
        for entry in self._sent.iterdir():
            if entry.is_file():
                entry.unlink()
        self._command(0, "POST", "/rest/db/scan?folder=bench")
        self._ground.deadline.wait(
            "syncthing to remove the files", lambda: len(list(self.received.iterdir())) <= 1
        )

    def stop(self) -> None:
        """Kill both instances."""
        for server in self._servers:
            server.stop()

    def _is_connected(self) -> bool:
        answer = json.loads(self._command(0, "GET", "/rest/system/connections"))
        return any(each["connected"] for each in answer["connections"].values())

    def _command(self, number: int, method: str, path: str) -> bytes:
        limit_s = self._ground.deadline.left_s(_COMMAND_S)
        connection = http.client.HTTPConnection(
            self._addresses[number], _PORT_OF_COMMANDS, timeout=limit_s
        )
        try:
            connection.request(method, path, headers={"X-API-Key": _KEY})
            response = connection.getresponse()
            answer = response.read()
        except OSError as error:
            raise BenchError(f"syncthing did not answer to {path}: {error}") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise BenchError(f"syncthing answered {response.status} to {path}: {answer.decode()}")
        return answer

    def _settings(self, number: int, ids: list[str], folder: Path, kind: str) -> str:
        devices = "".join(
            f'<device id="{device}" name="{place}" compression="never">'
            f"<address>tcp://{address}:{PORT}</address></device>"
            for place, (device, address) in enumerate(zip(ids, self._addresses, strict=True))
        )
        members = "".join(f'<device id="{device}"></device>' for device in ids)
        address = self._addresses[number]
        return (
            f'<configuration version="36">{devices}'
            f'<folder id="bench" path="{folder}" type="{kind}" rescanIntervalS="0"'
            f' fsWatcherEnabled="false">{members}<minDiskFree unit="%">0</minDiskFree></folder>'
            f'<gui enabled="true" tls="false"><address>{address}:{_PORT_OF_COMMANDS}</address>'
            f"<apikey>{_KEY}</apikey></gui><options>"
            f"<listenAddress>tcp://{address}:{PORT}</listenAddress>{_OPTIONS}</options>"
            "</configuration>"
        )


def _made_home(home: Path) -> str:
    """Make the keys of an instance; return its device id."""
    home.mkdir()
    environment = {**os.environ, "HOME": str(home)}
    for words in (["generate", "--no-default-folder", "--skip-port-probing"], ["serve"]):
        command = ["syncthing", *words, f"--home={home}"]
        command += ["--device-id"] if words == ["serve"] else []
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
        if run.returncode:
            raise BenchError(f"syncthing {words[0]} exited with {run.returncode}: {run.stderr}")
    return run.stdout.strip()
