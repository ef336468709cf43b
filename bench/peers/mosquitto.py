"""Two mosquitto brokers on loopback, with a bridge that carries messages from one to the other."""

import shutil
import subprocess
from pathlib import Path

from bench.peers.peer import Ground, need
from bench.peers.server import Server
from bench.peers.text_peer import LineCounter

PORT = 27419
_TOPIC = "bench/texts"
_STOP_S = 10.0


class Mosquitto:
    """Brokers that keep their sessions, a client that publishes lines, and one that prints them."""

    def __init__(self, ground: Ground, quality: int) -> None:
        """quality: 1 delivers at least once, 2 exactly once (MQTT's quality of service)."""
        self.label = f"mosquitto, QoS {quality}"
        self._ground = ground
        self._quality = quality
        host = ground.address.rpartition(".")[2]
        self._addresses = ground.address, ground.address.removesuffix(host) + str(int(host) + 100)
        self._servers: list[Server] = []
        self._clients: list[subprocess.Popen[bytes]] = []
        self._counter: LineCounter | None = None

    def start(self) -> None:
        """Start both brokers and both clients, and wait until a message has crossed."""
        need(shutil.which, ("mosquitto",), "mosquitto")
        need(shutil.which, ("mosquitto_pub", "mosquitto_sub"), "mosquitto-clients")
        ground = self._ground
        ground.settings.mkdir()
        stores = [
            side / f"mosquitto-{self._quality}" for side in (ground.source, ground.destination)
        ]
        bridge = (
            f"connection bench\naddress {self._addresses[1]}:{PORT}\n"
            f"topic {_TOPIC} out {self._quality}\ncleansession false\nrestart_timeout 1\n"
        )
        # The destination first, since the other one dials it.
        for number, more in ((1, ""), (0, bridge)):
            stores[number].mkdir()
            settings = ground.settings / f"settings-{number}"
            settings.write_text(_settings(self._addresses[number], stores[number]) + more)
            server = Server(
                "mosquitto",
                ["mosquitto", "-c", str(settings)],
                ground.settings / f"log-{number}",
            )
            self._servers.append(server)
            server.wait_for_port(self._addresses[number], PORT, ground.deadline)
        receiving = self._client("mosquitto_sub", 1, "-i", "bench-receiver", "-c")
        assert receiving.stdout is not None
        self._counter = LineCounter(receiving.stdout.fileno())
        self._client("mosquitto_pub", 0, "-i", "bench-sender", "-l")
        self.send(b"first\n")
        self.wait(1)

    def send(self, lines: bytes) -> None:
        """Hand lines to the client that publishes each."""
        sending = self._clients[-1].stdin
        assert sending is not None
        sending.write(lines)

    def wait(self, count: int) -> None:
        """Block until a client of the other broker has printed so many messages."""
        assert self._counter is not None
        self._counter.wait(count, self._ground.deadline)

    def arrived(self) -> int:
        """Return how many messages have been printed."""
        return self._counter.count if self._counter is not None else 0

    def stop(self) -> None:
        """Stop clients and brokers."""
        for client in self._clients:
            client.kill()
            client.wait(timeout=_STOP_S)
        for server in self._servers:
            server.stop()

    def _client(self, program: str, number: int, *words: str) -> subprocess.Popen[bytes]:
        command = [program, "-h", self._addresses[number], "-p", str(PORT), "-t", _TOPIC]
        command += ["-q", str(self._quality), *words]
        client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._clients.append(client)
        return client


def _settings(address: str, store: Path) -> str:
    return (
        f"listener {PORT} {address}\nallow_anonymous true\nuser root\n"
        # It writes all it keeps into its file every second, if anything changed, and never flushes.
        f"persistence true\npersistence_location {store}/\nautosave_interval 1\n"
        # Without a limit, where it would drop what does not fit.
        "max_queued_messages 0\nmax_inflight_messages 0\n"
    )
