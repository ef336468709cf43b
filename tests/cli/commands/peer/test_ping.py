"""`netrelay peer ping`: each way in which a peer cannot be reached, over real sockets."""

import json
import select
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from netrelay.link.connection import Connection
from netrelay.link.contexts import server_context
from netrelay.link.link_closed import LinkClosed
from netrelay.runtime.clock import system_clock
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.peers import read_peers
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import walks

Serve = Callable[[socket.socket], None]


@pytest.fixture
def pair(homes: Place) -> tuple[CommandLine, CommandLine]:
    return homes.pair()


@contextmanager
def listening(serve: Serve) -> Iterator[int]:
    """Serve connections on 127.0.0.1, one after another; yield the port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def work() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with closing(connection):
                    serve(connection)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def commsport_of(line: CommandLine, knows: CommandLine | None) -> Serve:
    """Accept as the node of this home would, with the peers of another home (or none)."""
    keys: Path = line.home.keys
    certificates, pins = [], {}
    if knows is not None:
        database = ReadOnlyDatabase(knows.home.database, system_clock())
        for peer in read_peers(database).values():
            certificates.append(peer.certificate)
            pins[peer.pin] = peer.node
        database.close()
    context = server_context(keys / "identity.crt", keys / "identity.key", certificates)

    def serve(accepted: socket.socket) -> None:
        accepted.setblocking(False)
        connection = Connection.accept(accepted, context, pins=pins.get, deadline_s=None)
        try:
            while True:
                if connection.advance(0):
                    connection.read_into(memoryview(bytearray(512)))
                _wait(connection)
        except LinkClosed:
            return

    return serve


def _wait(connection: Connection) -> None:
    descriptor = connection.fileno()
    writes = [descriptor] if connection.wants_write else []
    select.select([descriptor], writes, [], 10)


def ping(line: CommandLine, *options: str) -> tuple[int, str]:
    outcome = line("peer", "ping", "boat", *options)
    assert outcome.err == ""
    return outcome.code, outcome.out


def ping_at(line: CommandLine, port: int, *options: str) -> tuple[int, str]:
    line.good("peer", "address", "boat", f"127.0.0.1:{port}")
    return ping(line, *options)


def test_a_peer_that_lets_us_in(pair: tuple[CommandLine, CommandLine]) -> None:
    shelf, boat = pair
    with listening(commsport_of(boat, boat)) as port:
        code, out = ping_at(shelf, port)
        assert code == 0
        assert f"127.0.0.1 port {port}: boat answers in " in out
        assert "it lets this one in" in out
        found = json.loads(ping(shelf, "--json")[1])
    assert (found["kind"], found["peer"], found["error"]) == ("ping", "boat", "")
    assert found["handshake_ms"] > 0


def test_a_peer_that_does_not_know_us(pair: tuple[CommandLine, CommandLine]) -> None:
    """The client's handshake succeeds; the refusal arrives after it."""
    shelf, boat = pair
    with listening(commsport_of(boat, None)) as port:
        code, out = ping_at(shelf, port)
    assert code == 69
    assert "refused this node" in out
    assert "\n  it does not know this node" in out
    assert "netrelay peer add shelf.card" in out


def test_another_node_at_its_address(homes: Place, pair: tuple[CommandLine, CommandLine]) -> None:
    shelf, _ = pair
    stranger = homes.node("stranger")
    with listening(commsport_of(stranger, None)) as port:
        code, out = ping_at(shelf, port)
        assert (code, "not trusted" in out, "not enrolled here" in out) == (69, True, True)
        stranger.good("id", "--card", str(homes.folder / "stranger.card"))
        shelf.good("peer", "add", str(homes.folder / "stranger.card"))
        code, out = ping(shelf)
    assert code == 69
    assert "node stranger answered where boat was expected" in out
    assert "another of our peers answers there" in out


def test_nobody_listens(pair: tuple[CommandLine, CommandLine]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    code, out = ping_at(pair[0], port)
    assert code == 69
    assert "Connection refused" in out
    assert "`netrelay up` starts it" in out


def test_it_says_nothing(pair: tuple[CommandLine, CommandLine]) -> None:
    end = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        end.wait(10)

    with listening(say_nothing) as port:
        code, out = ping_at(pair[0], port, "--timeout", "0.3s")
        end.set()
    assert (code, "time was up while handshaking" in out) == (69, True), out


def test_a_name_that_is_none(
    pair: tuple[CommandLine, CommandLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    pair[0].good("peer", "address", "boat", "boat.invalid")
    code, out = ping(pair[0])
    assert code == 69
    assert "boat.invalid port 7411: Name or service not known" in out
    assert "netrelay peer address boat HOST:PORT" in out


def test_every_address_is_tried(pair: tuple[CommandLine, CommandLine]) -> None:
    shelf, boat = pair
    with listening(commsport_of(boat, boat)) as port:
        shelf.good("peer", "address", "boat", "127.0.0.9", f"127.0.0.1:{port}")
        code, out = ping(shelf)
    assert code == 0
    first, *_, last = out.splitlines()
    assert "127.0.0.9" in first
    assert "Connection refused" in first
    assert "boat answers" in last


def test_a_peer_without_an_address(pair: tuple[CommandLine, CommandLine]) -> None:
    with walks(pair[0]) as node, node.database.transaction():
        node.database.execute("UPDATE peers SET addresses = '[]'")
    code, line = pair[0].bad("peer", "ping", "boat")
    assert (code, "has no address" in line) == (69, True)


def test_a_place_is_named_once(pair: tuple[CommandLine, CommandLine]) -> None:
    shelf, _ = pair
    shelf.good("peer", "address", "boat", "boat.invalid", "::1")
    _, out = ping(shelf)
    lines = [line for line in out.splitlines() if line[0] != " "]
    assert lines == [
        "boat.invalid port 7411: Name or service not known",
        "::1 port 7411: cannot be reached from 127.0.0.1, an address of the other IP version",
    ]


def test_keys_that_are_gone(pair: tuple[CommandLine, CommandLine]) -> None:
    shelf, _ = pair
    shutil.rmtree(shelf.home.keys)
    code, line = shelf.bad("peer", "ping", "boat")
    assert code == 78
    assert "`netrelay restore FILE --replace --home " in line
    assert "`netrelay restore FILE --replace` puts back" in shelf.bad("id")[1]
