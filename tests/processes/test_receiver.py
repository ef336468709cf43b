"""Start and stop of receiver: the test plays processor_r and the sending peer."""

import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from netrelay.cli.main import main
from netrelay.core.frames import Acknowledgement, Agreement, FrameKind, encode_frame_header
from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context
from netrelay.link.dial import dial
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.processes.receiver import Receiver
from netrelay.ring import records
from netrelay.ring.channel import ChannelListener
from netrelay.ring.conversation import Conversation
from netrelay.ring.records import AgreementsTold, Decided, Frame, PeerOpened, Record
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_node
from netrelay.runtime.trust import Trust
from netrelay.runtime.wiring import IN
from tests.story.nodes import free_address

DATAPORT = 7412
SIZE_BYTES = 65536
AGREEMENT = Agreement(SIZE_BYTES, 7)
PATIENCE_S = 20.0


class Peer:
    """A peer whose frames the test sends through the product's OutgoingLink."""

    def __init__(self, node: Node, listener: str, address: str) -> None:
        trust = Trust(node, client_context)
        self._connection = Connection.dial(
            dial(address, DATAPORT, ""),
            trust.context,
            pins=trust.node_of,
            expected_peer=listener,
            deadline_s=None,
        )
        self._link: OutgoingLink | None = None
        self.heard: list[Acknowledgement] = []
        self.end: LinkClosed | None = None

    @property
    def is_open(self) -> bool:
        return self._link is not None and self._link.is_open

    @property
    def verdict(self) -> object:
        return None if self._link is None else self._link.verdict

    def send(self, payload: bytes) -> None:
        assert self._link is not None
        frame = encode_frame_header(FrameKind.MESSAGES, len(payload)) + payload
        self._link.send(0, memoryview(frame))

    def step(self) -> None:
        if self.end is not None:
            return
        try:
            if self._link is not None:
                self.heard += self._link.service(time.monotonic())[1]
            elif self._connection.advance(time.monotonic()):
                self._link = OutgoingLink(self._connection, AGREEMENT, time.monotonic())
        except LinkClosed as closed:
            self.end = closed
            self._connection.close()

    def close(self) -> None:
        self._connection.close()


class Stage(NamedTuple):
    """A receiver, the other endpoint of its ring, and a way to dial it."""

    receiver: Receiver
    node: Node
    channel: ChannelListener
    ring: Conversation
    peer_id: str
    call: Callable[[], Peer]

    def turn(self, peer: Peer) -> list[Record]:
        """Run one step of receiver and peer; return the records that receiver put."""
        self.ring.flush()
        self.node.poller.wait(0.005)
        self.receiver.step()
        peer.step()
        self.ring.service()
        return list(self.ring.receive(64))

    def turn_until(self, peer: Peer, fact: Callable[[list[Record]], object]) -> list[Record]:
        """Run steps until the condition is true of all records so far; return the records."""
        said: list[Record] = []
        last_s = time.monotonic() + PATIENCE_S
        while not fact(said):
            assert time.monotonic() < last_s, said
            said += self.turn(peer)
        return said

    def send_table(self) -> None:
        self.ring.put(records.AgreementRecord(self.peer_id, AGREEMENT.number, SIZE_BYTES))
        self.ring.put(AgreementsTold())


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """shelf receives, boat dials; processor_r has not sent its table of agreements."""
    address = free_address()
    for name in ("shelf", "boat"):
        monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / f"run-{name}"))
        place = ["--home", str(tmp_path / name)]
        assert main(["init", name, "--address", address, *place]) == 0
        assert main(["id", "--card", str(tmp_path / f"{name}.card"), *place]) == 0
    nodes = {}
    for name, other in (("boat", "shelf"), ("shelf", "boat")):
        monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / f"run-{name}"))
        place = ["--home", str(tmp_path / name)]
        assert main(["peer", "add", str(tmp_path / f"{other}.card"), *place]) == 0
        process = "receiver" if name == "shelf" else "sender"
        nodes[name] = open_node(process, Home(tmp_path / name))
    ids = {n: str(nodes[n].database.value("SELECT node FROM peers")) for n in nodes}
    channel = ChannelListener(nodes["shelf"].home.runtime, *IN[:2], 4, 1 << 17, IN.filled_by)
    receiver = Receiver(nodes["shelf"])
    try:
        yield Stage(
            receiver,
            nodes["shelf"],
            channel,
            Conversation(channel),
            ids["shelf"],
            lambda: Peer(nodes["boat"], ids["boat"], address),
        )
    finally:
        receiver.close()
        channel.close()
        for node in nodes.values():
            node.database.close()


@contextmanager
def calling(stage: Stage) -> Iterator[Peer]:
    peer = stage.call()
    try:
        yield peer
    finally:
        peer.close()


def open_up(stage: Stage, peer: Peer) -> None:
    stage.turn_until(peer, lambda _: stage.channel.is_open)
    stage.send_table()
    stage.turn_until(peer, lambda _: peer.is_open)


def two_frames(stage: Stage, peer: Peer) -> int:
    """Send two frames that stay undecided; return the handle of the connection."""
    open_up(stage, peer)
    for payload in (b"one", b"two"):
        peer.send(payload)
    said = stage.turn_until(peer, lambda said: sum(isinstance(each, Frame) for each in said) == 2)
    (handle,) = {each.handle for each in said if isinstance(each, Frame)}
    return handle


def test_a_connection_before_the_table_of_agreements_waits(stage: Stage) -> None:
    with calling(stage) as peer:
        stage.turn_until(peer, lambda _: stage.channel.is_open)
        for _ in range(20):
            stage.turn(peer)
        assert (peer.verdict, peer.end) == (None, None)
        stage.send_table()
        said = stage.turn_until(peer, lambda _: peer.is_open)
        assert [type(each) for each in said] == [PeerOpened]


def test_a_connection_without_a_table_of_agreements_gets_busy_in_the_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.channel.close()
    late_s = time.monotonic() + 3600
    monkeypatch.setattr("netrelay.processes.receiver.monotonic", lambda: late_s)
    with calling(stage) as peer:
        last_s = time.monotonic() + PATIENCE_S
        while peer.end is None and peer.verdict is None:
            assert time.monotonic() < last_s
            stage.node.poller.wait(0.005)
            stage.receiver.step()
            peer.step()
        assert "BUSY" in str(peer.verdict)


def test_when_stopping_it_acknowledges_decisions_and_receives_no_frame(stage: Stage) -> None:
    with calling(stage) as peer:
        handle = two_frames(stage, peer)
        stage.receiver.wind_down()
        assert not stage.receiver.is_wound_down
        # The peer sends more, which is not read: unread data must not turn the close into a reset
        # that would lose the acknowledgement.
        peer.send(b"x" * SIZE_BYTES)
        stage.turn(peer)
        stage.ring.put(Decided(handle, 2))
        said = stage.turn_until(peer, lambda _: stage.receiver.is_wound_down)
        assert not any(isinstance(each, Frame) for each in said)
        stage.receiver.close()
        wait_for_the_end(peer)
        assert peer.heard[-1] == Acknowledgement(2, ())
        assert peer.end is not None
        assert peer.end.cause is CloseCause.CLOSE_NOTIFY


def test_when_stopping_it_accepts_no_connection(stage: Stage) -> None:
    with calling(stage) as peer:
        open_up(stage, peer)
        stage.receiver.wind_down()
        with calling(stage) as late:
            stage.turn_until(peer, lambda _: stage.receiver.is_wound_down)
            for _ in range(5):
                stage.turn(late)
            assert (late.verdict, late.end) == (None, None)


def test_the_last_decisions_of_an_ended_processor_r_are_acknowledged(stage: Stage) -> None:
    with calling(stage) as peer:
        handle = two_frames(stage, peer)
        stage.ring.put(Decided(handle, 1))
        stage.ring.flush()
        stage.channel.close()
        last_s = time.monotonic() + PATIENCE_S
        while peer.end is None:
            assert time.monotonic() < last_s
            stage.receiver.step()
            peer.step()
        assert peer.heard == [Acknowledgement(1, ())]
        assert peer.end.cause is CloseCause.CLOSE_NOTIFY


def wait_for_the_end(peer: Peer) -> None:
    last_s = time.monotonic() + PATIENCE_S
    while peer.end is None:
        assert time.monotonic() < last_s
        select.select([], [], [], 0.005)
        peer.step()
