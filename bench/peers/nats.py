"""Two NATS servers on loopback with JetStream: a stream, and one at the other side fed from it."""

import json
import shutil
import socket
import threading
from contextlib import suppress
from typing import Any

from bench.pair.errors import BenchError
from bench.peers.peer import Ground, need
from bench.peers.server import Server

PORT = 27420
_LEAF_PORT = 27421
_SUBJECT = "bench.texts"
_LOOK_S = 0.0005
_ANSWER_S = 20.0


class Nats:
    """Servers joined as a leaf node, and one client at each."""

    label = "nats JetStream"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        host = ground.address.rpartition(".")[2]
        self._addresses = ground.address, ground.address.removesuffix(host) + str(int(host) + 100)
        self._servers: list[Server] = []
        self._sender: _Client | None = None
        self._receiver: _Client | None = None

    def start(self) -> None:
        """Start both servers, make both streams, and wait until a message has crossed."""
        need(shutil.which, ("nats-server",), "nats-server")
        ground = self._ground
        ground.settings.mkdir()
        leaf = f"{self._addresses[1]}:{_LEAF_PORT}"
        joined = (f'remotes: [{{url: "nats-leaf://{leaf}"}}]', f'listen: "{leaf}"')
        for number in (1, 0):
            store = (ground.source, ground.destination)[number] / "nats"
            settings = ground.settings / f"settings-{number}"
            settings.write_text(
                f'server_name: side{number}\nlisten: "{self._addresses[number]}:{PORT}"\n'
                f'jetstream {{store_dir: "{store}", domain: side{number}}}\n'
                f"leafnodes {{{joined[number]}}}\n"
            )
            log = ground.settings / f"log-{number}"
            server = Server("nats-server", ["nats-server", "-c", str(settings)], log)
            self._servers.append(server)
            server.wait_for_port(self._addresses[number], PORT, ground.deadline)
        self._sender = sender = _Client(self._addresses[0], ground)
        self._receiver = receiver = _Client(self._addresses[1], ground)
        sender.ask("$JS.API.STREAM.CREATE.SENT", {"name": "SENT", "subjects": [_SUBJECT]})
        fed = {"name": "SENT", "external": {"api": "$JS.side0.API", "deliver": "bench.fed"}}
        receiver.ask("$JS.API.STREAM.CREATE.CAME", {"name": "CAME", "sources": [fed]})
        receiver.subscribe("bench.out")
        consumer = {"durable_name": "out", "deliver_subject": "bench.out", "ack_policy": "none"}
        receiver.ask(
            "$JS.API.CONSUMER.DURABLE.CREATE.CAME.out", {"stream_name": "CAME", "config": consumer}
        )
        self.send(b"first\n")
        self.wait(1)

    def send(self, lines: bytes) -> None:
        """Publish a message for each line; each is acknowledged by the stream."""
        assert self._sender is not None
        self._sender.publish(_SUBJECT, lines.splitlines())

    def wait(self, count: int) -> None:
        """Block until a client of the other server has got so many messages."""
        self._ground.deadline.wait(
            f"message {count} of nats", lambda: self.arrived() >= count, poll_s=_LOOK_S
        )

    def arrived(self) -> int:
        """Return how many messages a client of the other server has got."""
        return self._receiver.delivered if self._receiver is not None else 0

    def stop(self) -> None:
        """Close the clients, and kill both servers."""
        for client in (self._sender, self._receiver):
            if client is not None:
                client.close()
        for server in self._servers:
            server.stop()


class _Client:
    """One connection, in the text protocol of NATS."""

    def __init__(self, address: str, ground: Ground) -> None:
        self.delivered = 0
        self._ground = ground
        self._answers: dict[str, bytes] = {}
        self._asked = 0
        self._socket = socket.create_connection((address, PORT), timeout=_ANSWER_S)
        self._socket.settimeout(None)
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()
        self._send(b'CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\n')
        self._send(b"SUB _INBOX.> 1\r\n")

    def subscribe(self, subject: str) -> None:
        """Count what comes with a subject."""
        self._send(f"SUB {subject} 2\r\n".encode())

    def ask(self, subject: str, question: dict[str, Any]) -> None:
        """Send a question; BenchError unless the answer is one without an error."""
        self._asked += 1
        inbox = f"_INBOX.{id(self)}.{self._asked}"
        body = json.dumps(question).encode()
        self._send(b"PUB %s %s %d\r\n%s\r\n" % (subject.encode(), inbox.encode(), len(body), body))
        self._ground.deadline.wait(
            f"an answer of nats to {subject}", lambda: inbox in self._answers, _ANSWER_S
        )
        answer = json.loads(self._answers.pop(inbox))
        if "error" in answer:
            raise BenchError(f"nats-server answered to {subject}: {answer['error']}")

    def publish(self, subject: str, bodies: list[bytes]) -> None:
        """Send messages whose acknowledgements come back."""
        head = f"PUB {subject} _INBOX.acknowledged".encode()
        self._send(b"".join(b"%s %d\r\n%s\r\n" % (head, len(each), each) for each in bodies))

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _send(self, data: bytes) -> None:
        with self._lock:
            self._socket.sendall(data)

    def _read(self) -> None:
        # `close` ends it.
        with suppress(OSError, ValueError), self._socket.makefile("rb") as stream:
            while line := stream.readline():
                words = line.split()
                if words[0] == b"PING":
                    self._send(b"PONG\r\n")
                elif words[0] in (b"MSG", b"HMSG"):
                    body = stream.read(int(words[-1]) + 2)
                    if words[2] == b"2":
                        self.delivered += 1
                    elif words[0] == b"MSG" and words[1] != b"_INBOX.acknowledged":
                        self._answers[words[1].decode()] = body
