"""initial_sender: each peer holds one place of those that are dialled."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

import pytest

from netrelay.cli.main import main
from netrelay.core.hello import Hello, HelloAnswer
from netrelay.core.words import MessageType
from netrelay.link.dialler import DialResult
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.processes.initial_sender import InitialSender
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_database, open_node
from netrelay.seal import identity as identities
from netrelay.seal.card import encode_card
from netrelay.store.consensus import ArrivedHello, store_hellos
from netrelay.store.database import Value
from tests.story.nodes import free_address

EPOCH = b"12345678"


class SilentDialler:
    """Plays Dialler: nobody answers until the test says so."""

    started: list[tuple[int, str]]
    ended: list[DialResult]

    def __init__(self, *_: object, **__: object) -> None:
        SilentDialler.started = []
        SilentDialler.ended = []

    def start(self, key: int, peer: str, _hosts: Sequence[str], _port: int) -> None:
        self.started.append((key, peer))

    def cancel(self, key: int) -> None:
        self.started[:] = [each for each in self.started if each[0] != key]

    def service(self, _now_s: float) -> list[DialResult]:
        for result in self.ended:
            self.cancel(result.key)
        ended = list(self.ended)
        self.ended.clear()
        return ended

    def interests(self) -> Iterator[object]:
        return iter(())

    def next_deadline_s(self) -> None:
        return None


class Stage:
    """An initial_sender, and peers whose hellos the test stores."""

    def __init__(self, folder: Path, peers: Sequence[str], *, can_be_dialled: bool = True) -> None:
        place = ["--home", str(folder / "shelf")]
        assert main(["init", "shelf", "--address", free_address(), *place]) == 0
        config = folder / "shelf" / "netrelay.toml"
        if not can_be_dialled:
            text = config.read_text().replace("can_be_dialled = true", "can_be_dialled = false")
            config.write_text(text)
        self._nodes: dict[str, str] = {}
        for name in peers:
            identity = identities.create(folder / name)
            card = folder / f"{name}.card"
            card.write_text(encode_card(identity, name, ("127.0.0.1",), 7411))
            assert main(["peer", "add", str(card), *place]) == 0
            self._nodes[name] = identity.node_id
        self.home = Home(folder / "shelf")
        self.node: Node = open_node("initial_sender", self.home)
        self.process = InitialSender(self.node)

    def hear(self, name: str, number: int) -> None:
        """Store a hello of a peer, as initial_receiver does."""
        database = open_database(self.home, "initial_receiver")
        hello = ArrivedHello(
            *(4, self._nodes[name], EPOCH, number, 65536, 0, bytes(8)),
            *(("127.0.0.1",), 7411, (7412,)),
        )
        with database.transaction():
            assert store_hellos(database, [hello]) == {}
        database.close()

    def want(self, name: str) -> None:
        """Have this node say hello to a peer."""
        with self.node.database.transaction():
            self.node.database.execute(
                "INSERT INTO wanted_agreements VALUES (?)", (self._nodes[name],)
            )

    def end_dials(self) -> None:
        """Let every dial fail at the next step."""
        SilentDialler.ended += [
            DialResult(key, None, "", "nobody answers") for key, _ in SilentDialler.started
        ]

    def end_waits(self) -> None:
        """Make every consensus message due now."""
        with self.node.database.transaction():
            self.node.database.execute("UPDATE messages SET due_s = 0 WHERE state = 'S-5'")

    def side(self, name: str) -> int:
        """Return the lowest bit of the agreement numbers that this node asks for."""
        own = str(self.node.database.value("SELECT node FROM selfinfo"))
        return int(own > self._nodes[name])

    def dialled(self) -> list[tuple[Value, ...]]:
        """Let the process take a step; return whom it dials, with type and number."""
        self.process.step()
        return [self._described(key) for key, _ in SilentDialler.started]

    def _described(self, message: int) -> tuple[Value, ...]:
        row = self.node.database.row(
            "SELECT p.name, m.type, m.sequence FROM messages m JOIN peers p"
            " ON p.node = m.destination WHERE m.id = ?",
            (message,),
        )
        assert row is not None
        return row


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run-shelf"))
    monkeypatch.setattr("netrelay.processes.initial_sender.Dialler", SilentDialler)
    made = Stage(tmp_path, ["boat", "crate"])
    yield made
    made.node.database.close()


def test_a_peer_that_says_hello_without_end_holds_one_place(stage: Stage) -> None:
    for number in range(3, 103, 2):
        stage.hear("boat", number)
    assert stage.dialled() == [("boat", 5, 101)]
    for number in range(103, 123, 2):
        stage.hear("boat", number)
        # The reply to the last hello takes the place of the one before.
        assert stage.dialled() == [("boat", 5, number)]
    stage.hear("crate", 3)
    assert stage.dialled() == [("boat", 5, 121), ("crate", 5, 3)]


def test_none_is_dialled_once_it_stops(stage: Stage) -> None:
    stage.hear("boat", 3)
    stage.process.wind_down()
    assert stage.dialled() == []
    assert stage.process.is_wound_down


def test_a_reply_takes_the_place_of_a_hello_to_the_same_peer(stage: Stage) -> None:
    """The peer said where it is now; the hello may be dialled for at an address of before."""
    stage.hear("boat", 3)
    assert stage.dialled() == [("boat", 5, 3)]
    stage.end_dials()
    assert stage.dialled() == []
    stage.want("boat")
    assert stage.dialled() == [("boat", 4, 4 + stage.side("boat"))]
    stage.hear("boat", 1001)
    assert stage.dialled() == [("boat", 5, 1001)]
    stage.end_dials()
    stage.dialled()
    assert stage.dialled() == [("boat", 4, 4 + stage.side("boat"))], "it is still due"


def test_peers_it_never_met_are_greeted_after_a_minute_and_every_hour(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card that they have of this node may name an address of before."""
    began_s = monotonic()
    assert stage.dialled() == []
    for passed_s in (61, 3_662, 7_263):
        now_s = began_s + passed_s
        monkeypatch.setattr(
            "netrelay.processes.initial_sender.monotonic", lambda now_s=now_s: now_s
        )
        assert {peer for peer, _, _ in stage.dialled()} == {"boat", "crate"}
        stage.end_dials()
        for _ in range(3):
            stage.end_waits()
            assert stage.dialled() == [], "once"
    assert stage.node.database.rows("SELECT 1 FROM logs WHERE event = 'hello-failed'") == []


class OldListener:
    """Plays HelloSender and HelloReceiver towards a netrelay of before calls."""

    deadline_s = None
    is_answered = False

    def __init__(self, *_: object) -> None:
        self._is_turned = False

    def service(self, _now_s: float) -> HelloAnswer:
        if self._is_turned:
            raise LinkClosed("the peer ended the connection", CloseCause.CLOSE_NOTIFY)
        return HelloAnswer.OK

    def turn(self, _record_bytes: int) -> "OldListener":
        self._is_turned = True
        return self

    def interest(self) -> tuple[int, bool, bool]:
        return 0, False, False

    def wire_bytes(self) -> int:
        """As of HelloSender."""
        return 0

    def close(self) -> None:
        pass


class LyingListener(OldListener):
    """Plays both towards a peer that answers with another record than a reply."""

    record = Hello(MessageType.HELLO, EPOCH, 3, 65536, 7411, (7412,))
    answers: list[HelloAnswer]

    def service(self, _now_s: float) -> HelloAnswer | Hello:  # type: ignore[override]
        return self.record if self._is_turned else HelloAnswer.OK

    def answer(self, answer: HelloAnswer) -> None:
        self.answers.append(answer)


class NewListener(LyingListener):
    """The same, of a version that this node does not speak."""

    record = LyingListener.record._replace(
        type=MessageType.HELLO_REPLY,
        agreed_size_bytes=65536,
        echoed_epoch=EPOCH,
        version_min=2,
        version_max=3,
    )


NO_REPLY = "no reply came back on the connection: "


@pytest.mark.parametrize(
    ("listener", "reason"),
    [
        (OldListener, "the peer ended the connection"),
        (LyingListener, "it is a hello of its own"),
        (NewListener, "it speaks protocol versions 2 to 3"),
    ],
)
def test_a_hello_whose_reply_does_not_come_back_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listener: type[OldListener], reason: str
) -> None:
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run-shelf"))
    monkeypatch.setattr("netrelay.processes.initial_sender.Dialler", SilentDialler)
    monkeypatch.setattr("netrelay.processes.initial_sender.HelloSender", listener)
    monkeypatch.setattr(LyingListener, "answers", [], raising=False)
    stage = Stage(tmp_path, ["boat"], can_be_dialled=False)
    try:
        ((name, type_, _),) = stage.dialled()
        assert (name, type_) == ("boat", 4), "although there is nothing to send"
        SilentDialler.ended += [
            DialResult(key, object(), "192.0.2.1", "")  # type: ignore[arg-type]
            for key, _ in SilentDialler.started
        ]
        stage.dialled()
        rows = stage.node.database.rows(
            "SELECT e.event, e.reason FROM messages m JOIN events e ON e.seq = m.last_event"
            " WHERE m.type = 4 AND m.state = 'S-5'"
        )
        faults = stage.node.database.rows("SELECT text FROM logs WHERE event = 'no-move'")
    finally:
        stage.process.close()
        stage.node.database.close()
    assert rows == [("unsent", NO_REPLY + reason)]
    assert LyingListener.answers == [], "nothing was stored"
    assert faults == []
