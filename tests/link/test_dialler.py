"""Dialler: resolves names, tries the ways in order, and connects to exactly one peer."""

import errno
import os
import select
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from netrelay.core.pace import CONNECT_DEADLINE_S
from netrelay.core.serial.line_streams import LinePort
from netrelay.core.way import ALSO_TRIED
from netrelay.link import dialler as dialler_module
from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context
from netrelay.link.dial import dial
from netrelay.link.dialler import AT_ONCE, PLACES_MOST, STAGGER_S, Dialler, DialResult, Tried
from netrelay.link.line_door import LineDoor, door_name
from netrelay.link.link_closed import LinkClosed
from netrelay.link.listen import accept, listen
from netrelay.link.resolver import Lookup, Resolver
from netrelay.ring.socket_path import NamedSocket
from tests.link.certificates import TlsNode
from tests.link.pair import PATIENCE_S, listener_over, pins_of

Names = Mapping[str, tuple[str, ...]]


class Listener:
    """A node that listens on a loopback address, and performs the handshake with each dialler."""

    def __init__(self, address: str, port: int, node: TlsNode, peers: list[TlsNode]) -> None:
        self.socket = listen(address, port)
        self.node, self.peers = node, peers
        self.connections: list[Connection] = []
        self.dialler_addresses: list[str] = []

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def step(self, now_s: float) -> None:
        wire = accept(self.socket)
        if wire is not None:
            self.dialler_addresses.append(wire.getpeername()[0])
            self.connections.append(listener_over(wire, self.node, self.peers))
        for connection in list(self.connections):
            try:
                connection.advance(now_s)
            except LinkClosed:
                self.connections.remove(connection)
                connection.close()

    def close(self) -> None:
        self.socket.close()
        for connection in self.connections:
            connection.close()


def looks_up(names: Names) -> Lookup:
    def lookup(name: str) -> tuple[str, ...]:
        if name not in names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return names[name]

    return lookup


@contextmanager
def dialling(
    monkeypatch: pytest.MonkeyPatch,
    node: TlsNode,
    peers: list[TlsNode],
    names: Names | None = None,
    source: str = "",
) -> Iterator[Dialler]:
    monkeypatch.setattr(dialler_module, "Resolver", lambda: Resolver(looks_up(names or {})))
    context = client_context(
        node.certificate_path, node.key_path, [peer.certificate_der for peer in peers]
    )
    dialler = Dialler(context, pins_of(*peers), source)
    try:
        yield dialler
    finally:
        dialler.cancel_all()
        dialler._resolver.close()


def reached(
    dialler: Dialler, *listeners: Listener, count: int = 1, now_s: float = 0.0
) -> list[DialResult]:
    """Wait for this many results, polling the dialler's descriptors as a process does."""
    found: list[DialResult] = []
    last = time.monotonic() + PATIENCE_S
    while True:
        for listener in listeners:
            listener.step(0.0)
        found += dialler.service(now_s)
        if len(found) >= count:
            return found
        assert time.monotonic() < last, "the dialler hangs"
        interests = list(dialler.interests())
        reading: list[Any] = [each.descriptor for each in interests if each.read]
        reading += [listener.socket for listener in listeners]
        reading += [each for listener in listeners for each in listener.connections]
        writing = [each.descriptor for each in interests if each.write]
        select.select(reading, writing, [], 0.1)


@pytest.fixture
def bert_listens(anna: TlsNode, bert: TlsNode) -> Iterator[Listener]:
    listener = Listener("127.0.0.3", 0, bert, [anna])
    yield listener
    listener.close()


def closed(result: DialResult) -> str:
    assert result.connection is None
    return result.reason


def opened(result: DialResult) -> str | None:
    assert result.connection is not None, result.reason
    assert result.connection.is_open
    result.connection.close()
    return result.connection.peer


def test_a_peer_is_reached_and_the_attempt_is_over(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(5, "bert", ["127.0.0.3"], bert_listens.port)
        [result] = reached(dialler, bert_listens)
        assert result.key == 5
        assert opened(result) == "bert"
        assert [each.descriptor for each in dialler.interests()] == [dialler._resolver.fileno()]
        assert dialler.next_deadline_s() is None
        assert dialler.service(1e9) == []


def test_a_cancelled_attempt_is_closed_and_has_no_result(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(5, "bert", ["127.0.0.3"], bert_listens.port)
        assert dialler.service(0.0) == []
        dialler.start(6, "bert", ["127.0.0.3"], bert_listens.port)
        dialler.cancel(5)
        dialler.cancel(5)
        [result] = reached(dialler, bert_listens)
        assert result.key == 6
        assert opened(result) == "bert"
        assert dialler.service(1e9) == []


def test_unreachable_addresses_and_names_are_skipped(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosts = ["127.0.0.9", "nobody.local", "::1", "127.0.0.3"]
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(1, "bert", hosts, bert_listens.port)
        assert opened(reached(dialler, bert_listens)[0]) == "bert"


def test_a_name_is_looked_up_and_all_its_addresses_are_tried(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = {"boat.local": ("127.0.0.9", "127.0.0.3")}
    with dialling(monkeypatch, anna, [bert], names) as dialler:
        dialler.start(1, "bert", ["boat.local"], bert_listens.port)
        assert opened(reached(dialler, bert_listens)[0]) == "bert"


def test_two_attempts_share_the_look_up_of_a_name(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with dialling(monkeypatch, anna, [bert], {"boat.local": ("127.0.0.3",)}) as dialler:
        for key in (1, 2):
            dialler.start(key, "bert", ["boat.local"], bert_listens.port)
        results = reached(dialler, bert_listens, count=2)
        assert {each.key for each in results} == {1, 2}
        assert [opened(each) for each in results] == ["bert", "bert"]


def test_each_port_is_tried_at_each_address(
    anna: TlsNode, bert: TlsNode, bert_listens: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall in between may let only one of a peer's dataports through."""
    with socket.create_server(("127.0.0.3", 0)) as nobody:
        closed_port = nobody.getsockname()[1]
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(1, "bert", ["127.0.0.4", "127.0.0.3"], closed_port, bert_listens.port)
        assert opened(reached(dialler, bert_listens)[0]) == "bert"
        dialler.start(2, "bert", ["127.0.0.3"], bert_listens.port, closed_port)
        assert opened(reached(dialler, bert_listens)[0]) == "bert"


def test_the_result_has_the_address_that_was_reached_or_tried_last(
    anna: TlsNode, bert: TlsNode, bert_listens: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"boat.local": ("127.0.0.9", "127.0.0.3")}
    with dialling(monkeypatch, anna, [bert], names) as dialler:
        dialler.start(1, "bert", ["boat.local"], bert_listens.port)
        [result] = reached(dialler, bert_listens)
        assert (opened(result), result.address) == ("bert", "127.0.0.3")
        dialler.start(2, "bert", ["127.0.0.8", "127.0.0.9", "nobody.local"], bert_listens.port)
        [result] = reached(dialler, bert_listens)
        assert closed(result).startswith("nobody.local: ")
        assert result.address == "127.0.0.9"
        dialler.start(3, "bert", ["nobody.local"], bert_listens.port)
        [result] = reached(dialler, bert_listens)
        assert (result.connection, result.address) == (None, "")


def test_another_peer_at_the_address_is_rejected(
    anna: TlsNode, bert: TlsNode, carl: TlsNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Listener("127.0.0.4", 0, carl, [anna])
    # On one port, so that one attempt tries both.
    there = Listener("127.0.0.3", elsewhere.port, bert, [anna])
    try:
        with dialling(monkeypatch, anna, [bert, carl]) as dialler:
            dialler.start(1, "bert", ["127.0.0.4"], there.port)
            [result] = reached(dialler, elsewhere, there)
            assert closed(result) == (
                f"127.0.0.4 port {there.port}: node carl answered where bert was expected"
            )
            dialler.start(2, "bert", ["127.0.0.4", "127.0.0.3"], there.port)
            assert opened(reached(dialler, elsewhere, there)[0]) == "bert"
    finally:
        elsewhere.close()
        there.close()


def test_an_unknown_node_at_the_address_is_rejected(
    anna: TlsNode, bert: TlsNode, carl: TlsNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener("127.0.0.4", 0, carl, [anna])
    try:
        with dialling(monkeypatch, anna, [bert]) as dialler:
            dialler.start(1, "bert", ["127.0.0.4"], listener.port)
            reason = closed(reached(dialler, listener)[0])
            assert reason.startswith(f"127.0.0.4 port {listener.port}: the peer's certificate")
    finally:
        listener.close()


def test_the_reason_of_a_failure_names_the_address(
    anna: TlsNode, bert: TlsNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = listen("127.0.0.3", 0)
    port = int(free.getsockname()[1])
    free.close()
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(1, "bert", ["127.0.0.3"], port)
        assert closed(reached(dialler)[0]) == f"127.0.0.3 port {port}: Connection refused"
        dialler.start(2, "bert", ["nobody.local"], port)
        assert closed(reached(dialler)[0]) == "nobody.local: Name or service not known"
        dialler.start(3, "bert", [], port)
        assert "it has no address" in closed(reached(dialler)[0])
        dialler.start(4, "bert", ["127.0.0.3"], 0)
        assert "port 0" in closed(reached(dialler)[0])


def test_an_address_of_the_other_ip_version_is_skipped(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with dialling(monkeypatch, anna, [bert], source="127.0.0.2") as dialler:
        dialler.start(1, "bert", ["::1"], bert_listens.port)
        assert "127.0.0.2" in closed(reached(dialler)[0])
        dialler.start(2, "bert", ["::1", "127.0.0.3"], bert_listens.port)
        [result] = reached(dialler, bert_listens)
        assert bert_listens.dialler_addresses == ["127.0.0.2"]
        assert opened(result) == "bert"


def test_a_kernel_without_ipv6_is_a_failed_attempt(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make = socket.socket

    def without_ipv6(family: int = socket.AF_INET, *rest: Any, **named: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return make(family, *rest, **named)

    with dialling(monkeypatch, anna, [bert]) as dialler:
        with monkeypatch.context() as patch:
            patch.setattr("netrelay.link.dial.socket.socket", without_ipv6)
            dialler.start(1, "bert", ["::1"], bert_listens.port)
            reason = closed(reached(dialler)[0])
        assert reason == f"::1 port {bert_listens.port}: Address family not supported by protocol"


def test_an_address_that_never_answers_is_skipped_at_its_deadline(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mute = listen("127.0.0.4", bert_listens.port)
    with mute, dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(1, "bert", ["127.0.0.4", "127.0.0.3"], bert_listens.port)
        begun_s = dialler.next_deadline_s()
        assert begun_s is not None, "it waits for nothing, whoever started it"
        assert begun_s <= 100.0
        last = time.monotonic() + PATIENCE_S
        while not dialler._attempts[1].tries:
            assert dialler.service(100.0) == []
            assert time.monotonic() < last
        due_s = 100.0 + CONNECT_DEADLINE_S
        [silent] = dialler._attempts[1].tries
        # It has answered, and has two seconds to say who it is; only then is the next one tried.
        assert dialler.next_deadline_s() == 102.0
        assert dialler.service(101.9) == []
        assert dialler._attempts[1].tries == [silent]
        [result] = reached(dialler, bert_listens, now_s=102.0)
        assert opened(result) == "bert"
        assert result.tried == (Tried("127.0.0.3", "127.0.0.3", ""),)
        dialler.start(2, "bert", ["127.0.0.4"], bert_listens.port)
        dialler.service(100.0)
        for now_s in (110.0, due_s - 0.5):
            assert dialler.service(now_s) == []
            assert dialler.next_deadline_s() == due_s
        assert "time was up" in closed(reached(dialler, now_s=due_s + 0.1)[0])


@contextmanager
def unanswered(address: str, port: int) -> Iterator[None]:
    """Listen with no place left: the kernel drops whoever else asks."""
    with ExitStack() as opened_here:
        full = opened_here.enter_context(socket.create_server((address, port), backlog=0))
        for _ in range(4):
            wire = opened_here.enter_context(socket.socket())
            wire.setblocking(False)
            wire.connect_ex(full.getsockname())
        yield


def test_the_next_way_begins_a_quarter_of_a_second_after_one_that_does_not_answer(
    anna: TlsNode, bert: TlsNode, bert_listens: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8305: neither way waits for the end of the other, and the better one has a start."""
    port = bert_listens.port
    with unanswered("127.0.0.4", port), dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(1, "bert", ["127.0.0.4", "127.0.0.3"], port)
        assert dialler.service(100.0) == []
        first = list(dialler._attempts[1].tries)
        assert [each.place.address for each in first] == ["127.0.0.4"]
        assert dialler.next_deadline_s() == 100.0 + STAGGER_S
        assert dialler.service(100.0 + STAGGER_S - 0.01) == []
        assert dialler._attempts[1].tries == first
        [result] = reached(dialler, bert_listens, now_s=100.0 + STAGGER_S)
        assert (opened(result), result.address) == ("bert", "127.0.0.3")
        assert first[0].answered_s is None
        assert first[0].connection.fileno() == -1


def test_what_became_of_each_way_is_in_the_result(
    anna: TlsNode, bert: TlsNode, bert_listens: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = bert_listens.port
    ways = ["127.0.0.9", "nobody.local", "127.0.0.3 by nowhere7", "127.0.0.3", "127.0.0.8"]
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(1, "bert", ways, port)
        [result] = reached(dialler, bert_listens, now_s=0.5)
        assert opened(result) == "bert"
        assert result.tried == (
            Tried("127.0.0.9", "127.0.0.9", f"127.0.0.9 port {port}: Connection refused"),
            Tried("nobody.local", "", "nobody.local: Name or service not known"),
            Tried(
                "127.0.0.3 by nowhere7",
                "127.0.0.3",
                f"127.0.0.3 port {port} by nowhere7: there is no interface nowhere7 now",
            ),
            Tried("127.0.0.3", "127.0.0.3", ""),
        )


def test_a_way_by_an_interface_uses_it(
    anna: TlsNode, bert: TlsNode, bert_listens: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(1, "bert", ["127.0.0.3 by lo"], bert_listens.port)
        dialler.service(0.0)
        [each] = dialler._attempts[1].tries
        wire = socket.socket(fileno=os.dup(each.connection.fileno()))
        with wire:
            assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16) == b"lo\0"
        [result] = reached(dialler, bert_listens)
        assert opened(result) == "bert"


def test_a_name_that_is_long_looked_up_does_not_hold_up_what_is_behind_it(
    anna: TlsNode, bert: TlsNode, bert_listens: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over = threading.Event()

    def lookup(name: str) -> tuple[str, ...]:
        is_over.wait(PATIENCE_S)
        return ()

    monkeypatch.setattr(dialler_module, "Resolver", lambda: Resolver(lookup))
    context = client_context(anna.certificate_path, anna.key_path, [bert.certificate_der])
    dialler = Dialler(context, pins_of(bert), "")
    dialler.start(1, "bert", ["boat.local", "127.0.0.3"], bert_listens.port)
    assert dialler.service(100.0) == []
    assert dialler._attempts[1].tries == []
    due_s = dialler.next_deadline_s()
    assert due_s is not None and 100.0 < due_s <= 100.5
    assert opened(reached(dialler, bert_listens, now_s=due_s)[0]) == "bert"
    is_over.set()
    dialler._resolver.close()


def test_a_peer_with_many_ways_and_names_with_many_addresses_costs_little(
    anna: TlsNode, bert: TlsNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen names of eight addresses at four ports are 512 places: 64 are tried, 8 at once."""
    dialled: list[str] = []
    make = dial

    def counting(address: str, port: int, source: str, interface: str) -> socket.socket:
        dialled.append(address)
        return make(address, port, source, interface)

    monkeypatch.setattr(dialler_module, "dial", counting)
    names = {f"n{n}.local": tuple(f"127.1.{n}.{k}" for k in range(1, 9)) for n in range(16)}
    with ExitStack() as silent, dialling(monkeypatch, anna, [bert], names) as dialler:
        port = 0
        for address in names["n0.local"] + names["n1.local"]:
            server = silent.enter_context(socket.create_server((address, port)))
            port = server.getsockname()[1]
        dialler.start(1, "bert", list(names), port, 1, 2, 3)
        now_s, most = 0.0, 0
        found: list[DialResult] = []
        while not found:
            found = dialler.service(now_s)
            most = max([most, *(len(each.tries) for each in dialler._attempts.values())])
            now_s += STAGGER_S
            assert now_s < 600.0, "it takes longer than ten minutes"
        assert most <= AT_ONCE
        assert len(dialled) <= PLACES_MOST


def test_cancelled_attempts_close_their_descriptors_and_have_no_result(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = {"boat.local": ("127.0.0.3",)}
    with dialling(monkeypatch, anna, [bert], names) as dialler:
        dialler.start(1, "bert", ["127.0.0.3"], bert_listens.port)
        dialler.start(2, "bert", ["boat.local"], bert_listens.port)
        last = time.monotonic() + PATIENCE_S
        while len(list(dialler.interests())) < 2:
            dialler.service(0.0)
            assert time.monotonic() < last
        descriptors = [each.descriptor for each in dialler.interests()][1:]
        dialler.cancel_all()
        assert len(list(dialler.interests())) == 1
        for descriptor in descriptors:
            with pytest.raises(OSError, match="Bad file descriptor"):
                socket.socket(fileno=descriptor)
        dialler.start(3, "bert", ["127.0.0.3"], bert_listens.port)
        results = reached(dialler, bert_listens)
        assert [each.key for each in results] == [3]
        assert opened(results[0]) == "bert"


@pytest.mark.parametrize(
    ("count", "rest"),
    [
        (1, []),
        (2, ["127.0.0.21"]),
        (5, ["127.0.0.21", "127.0.0.22", "127.0.0.23", "and 1 more"]),
    ],
)
def test_the_reason_names_the_last_address_first_and_three_others(
    anna: TlsNode,
    bert: TlsNode,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    rest: list[str],
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    hosts = [f"127.0.0.{number}" for number in range(21, 21 + count)]
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler.start(1, "bert", hosts, port)
        main, _, others = closed(reached(dialler)[0]).partition(ALSO_TRIED)
    assert main.startswith(f"{hosts[-1]} port {port}: ")
    named = others.split("; ") if others else []
    assert [text.split(" port ")[0] for text in named] == rest


LINE = "serial:/dev/ttyUSB0,9600"


def test_a_serial_line_is_one_of_the_ways(
    anna: TlsNode, bert: TlsNode, short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = NamedSocket(short_path, door_name(LINE, LinePort.DATA), socket.SOCK_STREAM)
    door.socket.listen(2)
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler._door = LineDoor(short_path, LinePort.DATA)
        dialler.start(5, "bert", [LINE], 7412, 7413)
        dialler.service(0.0)
        # One place, whatever the dataports, with a deadline that suits 9,600 baud.
        assert dialler.next_deadline_s() == 3 * CONNECT_DEADLINE_S
        wire, _ = door.socket.accept()
        wire.setblocking(False)
        with closing(listener_over(wire, bert, [anna])) as far:
            found: list[DialResult] = []
            while not found:
                with suppress(LinkClosed):
                    far.advance(0.0)
                found = dialler.service(0.0)
            assert found[0].address == LINE
            assert found[0].tried == (Tried(LINE, LINE, ""),)
            assert opened(found[0]) == "bert"
    door.close()


def test_a_line_that_is_down_leads_to_the_next_way_at_once(
    anna: TlsNode,
    bert: TlsNode,
    bert_listens: Listener,
    short_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with dialling(monkeypatch, anna, [bert]) as dialler:
        dialler._door = LineDoor(short_path, LinePort.DATA)
        dialler.start(5, "bert", [LINE, "127.0.0.3"], bert_listens.port)
        [result] = reached(dialler, bert_listens)
        assert result.tried == (
            Tried(LINE, LINE, f"{LINE}: the line is not up"),
            Tried("127.0.0.3", "127.0.0.3", ""),
        )
        assert opened(result) == "bert"
