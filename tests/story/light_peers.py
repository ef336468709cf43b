"""Peers without processes: an identity and sockets; many of them in one test process.

They use `netrelay/link` and `netrelay/core` to talk to one real node, and may break the protocol.
The test drives them step by step.
"""

import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol, cast

from netrelay.core.frames import (
    Acknowledgement,
    Agreement,
    FrameKind,
    RefusedMessage,
    Verdict,
    VerdictCode,
    encode_frame_header,
)
from netrelay.core.header import decode_end_to_end, decode_hop
from netrelay.core.message_frames import messages_frame_limit_bytes, read_messages
from netrelay.core.words import MessageType
from netrelay.link.connection import Connection
from netrelay.link.connection_shares import CONNECTIONS_A_PEER
from netrelay.link.contexts import client_context, server_context
from netrelay.link.dial import dial
from netrelay.link.incoming_link import IncomingLink, ReceivedFrame
from netrelay.link.listen import accept, listen
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.runtime.node import open_database
from netrelay.seal import identity as identities
from netrelay.seal.card import encode_card
from netrelay.seal.identity import Identity
from netrelay.transfer.judgement import Judgement
from tests.story.nodes import DEADLINE_S, MIB, RunningNode, free_address
from tests.transfer.linked_pair import Sent, TestNode

AGREEMENT = Agreement(1 * MIB, 2)
_DATAPORT = 7412
# Small, so that unread data stays in the node, not in the kernel.
_RECEIVE_BUFFER_BYTES = 64 * 1024
_DRIBBLERS = 5  # with all that each may hold: more than the slots of a node with this capacity


class Light(Protocol):
    """Interface of a peer for `drive`."""

    def step(self) -> None:
        """Read and write without blocking."""

    def close(self) -> None:
        """Close everything."""


def drive(peers: Iterable[Light], what: str, fact: Callable[[], bool]) -> None:
    """Step all peers until a condition holds."""
    peers = list(peers)
    end_s = time.monotonic() + DEADLINE_S
    while not fact():
        assert time.monotonic() < end_s, f"after {DEADLINE_S:.0f} s still waiting for {what}"
        for peer in peers:
            peer.step()
        time.sleep(0.001)


def enrol(
    node: RunningNode,
    identity: Identity,
    name: str,
    address: str,
    rights: Sequence[str] = ("deliver",),
) -> None:
    """Add a peer with rights and an agreement to a running node, as consensus would."""
    card = node.home.path.with_name(f"{name}.card")
    card.write_text(encode_card(identity, name, (address,), 7411))
    node.line.good("peer", "add", str(card))
    for right in rights:
        node.line.good("peer", "allow", name, right)
    with node.line.environment():
        database = open_database(node.home, "story")
        with database.transaction():
            database.execute(
                "INSERT INTO agreements VALUES (?, json_array(?), 7411, json_array(?), ?, ?, ?)",
                (
                    *(identity.node_id, address, _DATAPORT),
                    *(AGREEMENT.message_size_bytes, AGREEMENT.number, os.urandom(8)),
                ),
            )
        database.close()


class Taker:
    """Receives files of a node; after `most_bytes` it reads no more, and stays connected."""

    def __init__(self, node: RunningNode, name: str, most_bytes: int | None = None) -> None:
        self.name = name
        self.taken_bytes = 0
        self._most_bytes = most_bytes
        address = free_address()
        folder = node.home.path.with_name(name)
        identity = identities.create(folder)
        enrol(node, identity, name, address)
        self._listener = listen(address, _DATAPORT)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        certificate = identities.load(node.home.keys).certificate_der
        self._context = server_context(identity.certificate_path, identity.key_path, [certificate])
        self._links: list[IncomingLink] = []
        self._slot = memoryview(bytearray(messages_frame_limit_bytes(AGREEMENT.message_size_bytes)))

    @property
    def is_stuck(self) -> bool:
        """True after it has stopped reading."""
        return self._most_bytes is not None and self.taken_bytes >= self._most_bytes

    def step(self) -> None:
        connection = accept(self._listener)
        if connection is not None:
            self._links.append(
                IncomingLink(
                    Connection.accept(
                        connection, self._context, pins=lambda _: "node", deadline_s=None
                    ),
                    lambda _peer, _stated: Verdict(VerdictCode.OK),
                    lambda _peer: (0, self._slot),
                )
            )
        for link in self._links:
            # The buffer holds one frame, which is parsed before the next is read.
            if not self.is_stuck:
                for arrived in link.service(time.monotonic()):
                    self._take(link, arrived)

    def _take(self, link: IncomingLink, arrived: ReceivedFrame) -> None:
        for header, hop, _ in read_messages(self._slot[: arrived.length_bytes]):
            if decode_end_to_end(bytes(header)).type is MessageType.CHUNK:
                self.taken_bytes += decode_hop(bytes(hop)).length_bytes
        link.acknowledge(arrived.frame, list[RefusedMessage]())

    def close(self) -> None:
        """Close everything."""
        for link in self._links:
            link.close()
        self._listener.close()


class Dialled:
    """A connection to the dataport of a node, open for frames."""

    def __init__(self, node: RunningNode, identity: Identity) -> None:
        end_s = time.monotonic() + DEADLINE_S
        # receiver may learn of the agreement after the connection: dial again after a rejection.
        while not self._call(node, identity, end_s):
            self._link.close()

    def _call(self, node: RunningNode, identity: Identity, end_s: float) -> bool:
        real = identities.load(node.home.keys)
        self._connection = Connection.dial(
            dial(node.address, _DATAPORT),
            client_context(identity.certificate_path, identity.key_path, [real.certificate_der]),
            pins=lambda _: real.node_id,
            expected_peer=real.node_id,
            deadline_s=None,
        )
        while not self._connection.advance(time.monotonic()):
            assert time.monotonic() < end_s, "no handshake"
            time.sleep(0.001)
        self._link = OutgoingLink(self._connection, AGREEMENT, time.monotonic())
        while self._link.verdict is None:
            assert time.monotonic() < end_s, "no verdict"
            self._link.service(time.monotonic())
            time.sleep(0.001)
        assert time.monotonic() < end_s, f"only {self._link.verdict}"
        return self._link.is_open

    def send(self, payload: bytes) -> None:
        """Queue a complete frame."""
        self._link.send(0, memoryview(_frame_header(len(payload)) + payload))

    def dribble(self) -> None:
        """Send only the first bytes of a frame."""
        begun = _frame_header(AGREEMENT.message_size_bytes) + b"?" * 100
        assert self._connection.write(memoryview(begun)) == len(begun)

    def service(self) -> list[Acknowledgement]:
        """Read and write without blocking; return acknowledgements. LinkClosed at the end."""
        return self._link.service(time.monotonic())[1]

    def close(self) -> None:
        """Close the connection."""
        self._link.close()


def _frame_header(length_bytes: int) -> bytes:
    return encode_frame_header(FrameKind.MESSAGES, length_bytes)


class Dribblers:
    """Peers that open all connections they may, and send only the beginning of a frame on each."""

    def __init__(self, node: RunningNode, folder: Path) -> None:
        self._dialled: list[Dialled] = []
        for number in range(_DRIBBLERS):
            name = f"dribbler-{number}"
            identity = identities.create(folder / name)
            enrol(node, identity, name, free_address())
            self._dialled += [Dialled(node, identity) for _ in range(CONNECTIONS_A_PEER)]
        for each in self._dialled:
            each.dribble()

    def step(self) -> None:
        for each in self._dialled:
            assert each.service() == []

    def close(self) -> None:
        """Close everything."""
        for each in self._dialled:
            each.close()


class Giver:
    """Sends files to a node, with its own database and keys, as fast as the node accepts them."""

    def __init__(self, node: RunningNode, folder: Path, name: str) -> None:
        self.name = name
        self._source = TestNode(folder, name, AGREEMENT.message_size_bytes)
        enrol(node, self._source.identity, name, free_address())
        real = identities.load(node.home.keys)
        # The row of a peer, for TestNode.
        self._node = cast(TestNode, SimpleNamespace(id=real.node_id, name=node.name, identity=real))
        self._source.know(self._node)
        self._source.agree(self._node, AGREEMENT.message_size_bytes, AGREEMENT.number)
        self._dialled = Dialled(node, self._source.identity)
        self._sent: deque[Sent] = deque()
        self._first = 1

    def drop(self, name: str, content: bytes) -> None:
        """Add a file to send."""
        self._source.drop_file(self._node, name.encode(), content)

    def step(self) -> None:
        if not self._sent:
            for sent in self._source.fill(self._node, AGREEMENT.message_size_bytes):
                self._sent.append(sent)
                self._dialled.send(sent.payload)
        for acknowledgement in self._dialled.service():
            assert not acknowledgement.refused
            while self._sent and self._first <= acknowledgement.decided:
                sent = self._sent.popleft()
                self._first += 1
                self._source.conclude(sent, [Judgement(None, None)] * len(sent.messages))

    def close(self) -> None:
        """Close everything."""
        self._dialled.close()
        self._source.close()
