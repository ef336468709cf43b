"""receiver in the test's process: the test plays processor_r, and the peers that send."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from netrelay.cli.main import main
from netrelay.core.frames import (
    Acknowledgement,
    Agreement,
    FrameKind,
    Verdict,
    encode_frame_header,
)
from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context
from netrelay.link.dial import dial
from netrelay.link.link_closed import LinkClosed
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.link.outgoing_stream import OutgoingStream
from netrelay.processes.receiver import Receiver
from netrelay.ring import records
from netrelay.ring.channel import ChannelListener
from netrelay.ring.conversation import Conversation
from netrelay.ring.records import AgreementsTold, Frame, Record
from netrelay.runtime.home import Home
from netrelay.runtime.node import open_node
from netrelay.runtime.wiring import IN
from netrelay.seal import identity as identities
from netrelay.seal.card import encode_card
from netrelay.seal.identity import Identity
from tests.story.nodes import free_address

DATAPORT = 7412
SIZE_BYTES = 65536
AGREEMENT = Agreement(SIZE_BYTES, 7)
PATIENCE_S = 20.0


class HandPeer:
    """A connection of a peer that sends by hand, as its sender would."""

    def __init__(
        self,
        identity: Identity,
        listener: Identity,
        address: str,
        source: str,
        stream: OutgoingStream | None = None,
    ) -> None:
        self._stream = stream
        context = client_context(
            identity.certificate_path, identity.key_path, [listener.certificate_der]
        )
        self._connection = Connection.dial(
            dial(address, DATAPORT, source),
            context,
            pins=lambda _: listener.node_id,
            expected_peer=listener.node_id,
            deadline_s=None,
        )
        self._link: OutgoingLink | None = None
        self.reverses: list[socket.socket] = []
        """The near ends of the connections in reverse that the listener began."""
        self.heard: list[Acknowledgement] = []
        self.end: LinkClosed | None = None

    @property
    def is_open(self) -> bool:
        """True after a verdict of OK, until the end."""
        return self._link is not None and self._link.is_open and self.end is None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on its agreement; None until then."""
        return None if self._link is None else self._link.verdict

    @property
    def resumed_frame(self) -> int:
        """The last frame of its session that goes on; 0: none."""
        return 0 if self._link is None else self._link.resumed_frame

    @property
    def source_address(self) -> str:
        """The IP address from which it has dialled."""
        with socket.socket(fileno=os.dup(self._connection.fileno())) as wire:
            return str(wire.getsockname()[0])

    def _open_reverse(self) -> socket.socket:
        near, far = socket.socketpair()
        self.reverses.append(far)
        return near

    def send(self, payload: bytes) -> None:
        """Queue a complete frame."""
        assert self._link is not None
        frame = encode_frame_header(FrameKind.MESSAGES, len(payload)) + payload
        self._link.send(0, memoryview(frame))

    def begin(self) -> None:
        """Send only the beginning of a frame."""
        begun = encode_frame_header(FrameKind.MESSAGES, SIZE_BYTES) + b"?" * 100
        assert self._connection.write(memoryview(begun)) == len(begun)

    def step(self) -> None:
        """Read and write without blocking."""
        if self.end is not None:
            return
        try:
            if self._link is not None:
                self.heard += self._link.service(time.monotonic())[1]
            elif self._connection.advance(time.monotonic()):
                self._link = OutgoingLink(
                    self._connection,
                    AGREEMENT,
                    time.monotonic(),
                    self._stream,
                    self._open_reverse,
                )
        except LinkClosed as closed:
            self.end = closed
            self._connection.close()

    def close(self) -> None:
        """Close the connection."""
        for far in self.reverses:
            far.close()
        if self._link is not None:
            self._link.close()
        self._connection.close()


class Stage:
    """A receiver, the ring in the test's hands, and peers that dial it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = free_address()
        place = ["--home", str(folder / "shelf")]
        assert main(["init", "shelf", "--address", self.address, *place]) == 0
        self._identities: dict[str, Identity] = {}
        self.home = Home(folder / "shelf")
        self.own = identities.load(self.home.keys)
        self.enrol("boat")
        self.node = open_node("receiver", self.home)
        self.channel = ChannelListener(self.home.runtime, *IN[:2], 4, 1 << 17, IN.filled_by)
        self.ring = Conversation(self.channel)
        self.receiver = Receiver(self.node)
        self._callers: list[HandPeer] = []

    def enrol(self, name: str) -> None:
        """Add a peer; it has an agreement after the next `send_table`."""
        identity = self._identities[name] = identities.create(self._folder / name)
        card = self._folder / f"{name}.card"
        card.write_text(encode_card(identity, name, ("127.0.0.1",), 7411))
        assert main(["peer", "add", str(card), "--home", str(self.home.path)]) == 0

    def node_id(self, name: str) -> str:
        """Return the node id of a peer."""
        return self._identities[name].node_id

    def identity(self, name: str) -> Identity:
        """Return the identity of a peer."""
        return self._identities[name]

    def call(
        self, name: str = "boat", source: str = "", stream: OutgoingStream | None = None
    ) -> HandPeer:
        """Begin to dial; `turn` goes on."""
        peer = HandPeer(self._identities[name], self.own, self.address, source, stream)
        self._callers.append(peer)
        return peer

    def turn(self) -> list[Record]:
        """Let everyone take a step; return what receiver reported."""
        self.ring.flush()
        self.node.poller.wait(0.005)
        self.receiver.step()
        for peer in self._callers:
            peer.step()
        self.ring.service()
        return list(self.ring.receive(64))

    def turn_until(self, fact: Callable[[list[Record]], object]) -> list[Record]:
        """Turn until a fact holds of what receiver reported since; return that."""
        said: list[Record] = []
        last_s = time.monotonic() + PATIENCE_S
        while not fact(said):
            assert time.monotonic() < last_s, said
            said += self.turn()
        return said

    def send_table(self) -> None:
        """Send receiver the agreements of all peers."""
        for identity in self._identities.values():
            agreement = records.AgreementRecord(identity.node_id, AGREEMENT.number, SIZE_BYTES)
            self.ring.put(agreement)
        self.ring.put(AgreementsTold())

    def open_channel(self) -> None:
        """Turn until the ring is there, and send the table."""
        self.turn_until(lambda _: self.channel.is_open)
        self.send_table()
        self.turn()

    def answered(self, name: str = "boat", source: str = "") -> HandPeer:
        """Dial, and turn until there is a verdict."""
        peer = self.call(name, source)
        self.turn_until(lambda _: peer.verdict is not None or peer.end is not None)
        return peer

    def two_frames(self, peer: HandPeer) -> int:
        """Let two frames come, and neither be decided; return the handle of the connection."""
        for payload in (b"one", b"two"):
            peer.send(payload)
        said = self.turn_until(lambda said: sum(isinstance(each, Frame) for each in said) == 2)
        (handle,) = {each.handle for each in said if isinstance(each, Frame)}
        return handle

    def close(self) -> None:
        """Close everything."""
        for peer in self._callers:
            peer.close()
        self.receiver.close()
        self.channel.close()
        self.node.database.close()


@contextmanager
def receiver_stage(folder: Path) -> Iterator[Stage]:
    """Yield a stage in a folder whose environment the caller has set."""
    stage = Stage(folder)
    try:
        yield stage
    finally:
        stage.close()
