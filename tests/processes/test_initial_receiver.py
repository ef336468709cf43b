"""initial_receiver, and who takes more than a share: strangers, and a peer that says hello."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.cli.main import main
from netrelay.core.hello import CALLS, Hello, HelloAnswer, decode_hello, encode_hello
from netrelay.core.pace import HELLO_BURST, UNKNOWN_PLACES
from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context
from netrelay.link.dial import dial
from netrelay.link.hello_exchange import HelloReceiver, HelloSender
from netrelay.processes.initial_receiver import InitialReceiver
from netrelay.runtime.home import Home
from netrelay.runtime.node import open_node
from netrelay.seal import identity as identities
from netrelay.seal.card import encode_card
from netrelay.store.consensus import due_hellos
from netrelay.store.database import Row
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

    def ask_to_be_answered_here(self, number: int) -> HelloReceiver:
        """Return the side that waits for the reply to a hello of a peer that nobody can dial."""
        own = self._own
        connection = Connection.dial(
            dial(self.address, COMMSPORT, ""),
            client_context(self._peer.certificate_path, self._peer.key_path, [own.certificate_der]),
            pins=lambda _: own.node_id,
            expected_peer=own.node_id,
            deadline_s=None,
        )
        self._turn_until(lambda: connection.advance(0.0))
        hello = decode_hello(HELLO)._replace(agreement=number, features=CALLS)
        exchange = HelloSender(connection, encode_hello(hello), 0.0)
        self._turn_until(lambda: exchange.service(0.0) is HelloAnswer.OK)
        return exchange.turn()

    def reply(self, waiting: HelloReceiver) -> Hello:
        """Return the reply that comes; it is not answered yet."""
        found: list[Hello] = []

        def is_here() -> bool:
            hello = waiting.service(0.0)
            if hello is not None:
                found.append(hello)
            return bool(found)

        self._turn_until(is_here)
        return found[0]

    def _turn_until(self, fact: Callable[[], bool]) -> None:
        last_s = time.monotonic() + PATIENCE_S
        while not fact():
            assert time.monotonic() < last_s
            self.turn()

    def replies(self) -> list[Row]:
        """Return state and last actor of each reply, the oldest first."""
        return self.node.database.rows(
            "SELECT m.sequence, m.state, e.actor FROM messages m JOIN events e"
            " ON e.seq = m.last_event WHERE m.type = 5 ORDER BY m.id"
        )

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
    assert hello.hosts == (source, card)
    stage.node.log.store()
    ((peer, text),) = stage.node.database.rows("SELECT peer, text FROM logs")
    assert peer == hello.peer
    assert f"netrelay peer address boat {elsewhere} allows it" in str(text)


def test_a_peer_that_nobody_can_dial_has_its_reply_on_the_connection_of_its_hello(
    stage: Stage,
) -> None:
    waiting = stage.ask_to_be_answered_here(3)
    reply = stage.reply(waiting)
    assert (reply.agreement, reply.echoed_epoch) == (3, decode_hello(HELLO).epoch)
    assert stage.replies() == [(3, "S-5", "engine")], "until it is answered"
    assert due_hellos(stage.node.database, [], 10) == [], "initial_sender does not dial"
    waiting.answer(HelloAnswer.OK)
    last_s = time.monotonic() + PATIENCE_S
    while stage.replies() != [(3, "F", "initial_receiver")]:
        assert time.monotonic() < last_s, stage.replies()
        stage.turn()
    waiting.close()


@pytest.mark.parametrize("answer", [None, HelloAnswer.BUSY])
def test_a_reply_that_is_not_taken_waits_for_the_next_hello(
    stage: Stage, answer: HelloAnswer | None
) -> None:
    waiting = stage.ask_to_be_answered_here(3)
    stage.reply(waiting)
    if answer is None:
        waiting.close()
    else:
        waiting.answer(answer)
    last_s = time.monotonic() + PATIENCE_S
    while not stage.node.database.rows("SELECT 1 FROM logs WHERE event = 'hello-failed'"):
        assert time.monotonic() < last_s
        stage.turn()
        stage.node.log.store()
    waiting.close()
    assert stage.replies() == [(3, "S-5", "engine")]
    again = stage.ask_to_be_answered_here(5)
    assert stage.reply(again).agreement == 5
    assert [state for _, state, _ in stage.replies()] == ["D", "S-5"]
    again.close()


def test_a_peer_has_one_reply_under_way_the_newest(stage: Stage) -> None:
    first = stage.ask_to_be_answered_here(3)
    stage.reply(first)
    second = stage.ask_to_be_answered_here(5)
    assert stage.reply(second).agreement == 5
    assert len(stage.process._replies) == 1, "that of the first hello was closed"
    first.close()
    second.close()
