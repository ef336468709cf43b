"""initial_receiver, and who takes more than a share: strangers, and a peer that says hello."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.cli.main import main
from netrelay.core.hello import HelloAnswer, decode_hello, encode_hello
from netrelay.core.pace import HELLO_BURST, UNKNOWN_PLACES
from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context
from netrelay.link.dial import dial
from netrelay.link.hello_exchange import HelloSender
from netrelay.processes.initial_receiver import InitialReceiver
from netrelay.runtime.home import Home
from netrelay.runtime.node import open_node
from netrelay.seal import identity as identities
from netrelay.seal.card import encode_card
from netrelay.store.consensus import due_hellos
from tests.processes.strangers import strangers
from tests.story.nodes import free_address
from tests.story.test_trust import HELLO

COMMSPORT = 7411
PATIENCE_S = 20.0


class Stage:
    """An initial_receiver in this process, and a peer that says hello by hand."""

    def __init__(self, folder: Path) -> None:
        self.address = free_address()
        place = ["--home", str(folder / "shelf")]
        assert main(["init", "shelf", "--address", self.address, *place]) == 0
        self._peer = identities.create(folder / "boat")
        card = folder / "boat.card"
        card.write_text(encode_card(self._peer, "boat", ("127.0.0.1",), COMMSPORT))
        assert main(["peer", "add", str(card), *place]) == 0
        home = Home(folder / "shelf")
        self._own = identities.load(home.keys)
        self.node = open_node("initial_receiver", home)
        self.process = InitialReceiver(self.node)

    def turn(self) -> None:
        """Let the process take a step."""
        self.node.poller.wait(0.005)
        self.process.step()

    def say_hello(
        self, number: int, source: str = "", addresses: tuple[str, ...] = ()
    ) -> HelloAnswer:
        """Return the answer to a hello with this number."""
        own = self._own
        connection = Connection.dial(
            dial(self.address, COMMSPORT, source),
            client_context(self._peer.certificate_path, self._peer.key_path, [own.certificate_der]),
            pins=lambda _: own.node_id,
            expected_peer=own.node_id,
            deadline_s=None,
        )
        last_s = time.monotonic() + PATIENCE_S
        try:
            while not connection.advance(0.0):
                assert time.monotonic() < last_s, "no handshake"
                self.turn()
            hello = decode_hello(HELLO)._replace(agreement=number, addresses=addresses)
            record = encode_hello(hello)
            exchange = HelloSender(connection, record, 0.0)
            while (answer := exchange.service(0.0)) is None:
                assert time.monotonic() < last_s, "no answer"
                self.turn()
            return answer
        finally:
            connection.close()

    def stored(self) -> int:
        """Return the number of hellos that are stored."""
        return int(str(self.node.database.value("SELECT count(*) FROM messages WHERE type = 4")))


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run-shelf"))
    made = Stage(tmp_path)
    try:
        yield made
    finally:
        made.process.close()
        made.node.database.close()


Move = Callable[[float], None]


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Move:
    """The clock of the process stands, and is moved on by the test."""
    now_s = time.monotonic()

    def move(seconds_s: float) -> None:
        nonlocal now_s
        now_s += seconds_s

    monkeypatch.setattr("netrelay.processes.initial_receiver.monotonic", lambda: now_s)
    return move


@pytest.mark.parametrize("count", [1, 7, UNKNOWN_PLACES - 1])
def test_strangers_of_few_sources_keep_no_peer_out(
    stage: Stage, pass_time: Move, count: int
) -> None:
    """The clock stands: what lets the peer in is no deadline of a stranger."""
    sources = [free_address() for _ in range(count)]
    with strangers((stage.address, COMMSPORT), sources, stage.turn):
        assert stage.say_hello(2, free_address()) is HelloAnswer.OK


def test_a_peer_gets_in_beside_strangers_of_its_own_address(stage: Stage, pass_time: Move) -> None:
    source = free_address()
    with strangers((stage.address, COMMSPORT), [source], stage.turn):
        assert stage.say_hello(2, source) is HelloAnswer.OK


def test_hellos_beyond_the_pace_are_answered_and_not_stored(stage: Stage, pass_time: Move) -> None:
    answers = [stage.say_hello(2 * number) for number in range(1, HELLO_BURST + 6)]
    assert answers == [HelloAnswer.OK] * HELLO_BURST + [HelloAnswer.BUSY] * 5
    assert stage.stored() == HELLO_BURST
    # A peer that started twice in a second asks again after one, and is heard.
    pass_time(1.0)
    assert stage.say_hello(1000) is HelloAnswer.OK
    assert stage.stored() == HELLO_BURST + 1


def test_a_repeat_counts_too(stage: Stage, pass_time: Move) -> None:
    """It leaves no message, but an event."""
    answers = [stage.say_hello(2) for _ in range(HELLO_BURST + 1)]
    assert answers == [HelloAnswer.OK] * HELLO_BURST + [HelloAnswer.BUSY]


def test_a_stated_address_of_another_host_is_logged_and_not_dialled(stage: Stage) -> None:
    source, card, elsewhere = free_address(), "127.0.0.1", free_address()
    assert stage.say_hello(2, source, (elsewhere, card, source)) is HelloAnswer.OK
    ((hello,)) = due_hellos(stage.node.database, [], 10)
    assert hello.hosts == (card, source)
    stage.node.log.store()
    ((peer, text),) = stage.node.database.rows("SELECT peer, text FROM logs")
    assert peer == hello.peer
    assert f"netrelay peer address boat {elsewhere} allows it" in str(text)
