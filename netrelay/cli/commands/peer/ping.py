"""`netrelay peer ping`: dials a peer's commsport now, and reports exactly what fails.

In TLS 1.3 the client's handshake ends before the server has verified its certificate. The
connection is therefore kept open for a moment, in which a server that does not know us refuses.
"""

import select
import ssl
import time
from collections.abc import Sequence
from socket import socket
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser, span_s
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, has_connections, read_config, reading
from netrelay.cli.permission import require_owner
from netrelay.cli.queries.peer_state import contact_of, peer_named
from netrelay.cli.text import clock_time, json_line, size
from netrelay.cli.wording.advice import advice
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.printable import printable
from netrelay.core.serial.line_settings import is_serial, slowness
from netrelay.core.serial.line_streams import LinePort
from netrelay.core.way import DialWay, way_of
from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context
from netrelay.link.dial import dial
from netrelay.link.dial import where as place
from netrelay.link.line_door import LineDoor, dial_line
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.resolver import look_up
from netrelay.runtime.home import Home
from netrelay.serial.line_state import line_state
from netrelay.store.peers import read_peers

_PATIENCE_S = 5.0
# Time that a server may take to refuse: a multiple of the handshake's, within these bounds.
_VERDICT_ROUND_TRIPS = 4
_VERDICT_LEAST_S, _VERDICT_MOST_S = 0.2, 2.0


class Answer(NamedTuple):
    """The result for one address; error: "" if the peer answered and accepted us."""

    host: str
    address: str
    port: int
    handshake_ms: float | None
    error: str


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "peer ping",
        "Try every address of a peer now: is it reached, is it the node that was enrolled, and"
        "\ndoes it know this node? Nothing is sent but that. Whether it reaches this node is known"
        " from what\nwas sent before. Exit status 69 if one of the two does not reach the other.",
    )
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    made.add_argument(
        "--timeout", metavar="SPAN", type=span_s, default=_PATIENCE_S, help="for each address (5s)"
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each address")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Dial each address, shake hands, and close; return 69 unless both reach each other."""
    options = parser().read(arguments)
    config = read_config(home)
    require_owner(home, "may not read its keys")
    with reading(home) as database:
        friend = find_peer(database, home, options.name)
        peers = read_peers(database)
        contact = contact_of(database, friend.node)
    peer = peers[friend.node]
    port = peer.commsport if contact is None else contact.commsport
    settled = [] if contact is None else contact.addresses
    hosts = list(dict.fromkeys([*settled, *peer.addresses]))
    if not hosts:
        raise CommandError(
            Exit.UNAVAILABLE,
            f"{peer.name} has no address: `{command(home, f'peer address {peer.name} HOST:PORT')}`",
        )
    try:
        context = client_context(
            home.keys / "identity.crt",
            home.keys / "identity.key",
            [each.certificate for each in peers.values()],
        )
    except ValueError as error:
        restore = command(home, "restore FILE --replace")
        hint = f" (`{restore}` puts back the keys of a backup)"
        gone = isinstance(error.__cause__, FileNotFoundError)
        raise CommandError(Exit.CONFIG, f"{error}{hint if gone else ''}") from error
    pins = {each.pin: each.node for each in peers.values()}
    names = {each.node: each.name for each in peers.values()}
    door = LineDoor(home.lines, LinePort.COMMS)
    dialler = _Dialler(context, pins, names, config.dial_source, door)
    reached = False
    for host in hosts:
        for answer in dialler.try_host(host, port, peer.node, options.timeout):
            reached = reached or not answer.error
            if options.json:
                print(json_line("ping", {"peer": peer.name, **answer._asdict()}), flush=True)
            else:
                for line in _words(answer, peer.name, config.name, home) + _quality(host, home):
                    print(printable(line), flush=True)
    one_way = reached and _say_one_way(peer.name, config.name, home, is_json=options.json)
    return Exit.OK if reached and not one_way else Exit.UNAVAILABLE


def _say_one_way(peer: str, own: str, home: Home, *, is_json: bool) -> bool:
    """Print how a peer reaches this node if it cannot dial it; return True if it does not."""
    with reading(home) as database:
        state = peer_named(database, peer)
    if state is None:
        return False
    if state.one_way == "no-reply":
        trouble, reason = state.one_way, state.reason or ""
    elif state.call == "resting" and has_connections(home):
        if not is_json:
            at = clock_time(state.call_next_unix_s)
            print(printable(f"it cannot dial this node, which calls {peer} next at {at}"))
        return False
    elif state.call is not None and not (state.call == "open" and has_connections(home)):
        trouble, reason = "no-call", state.call_reason or "its call is not open yet"
    else:
        if state.call is not None and not is_json:
            print(printable(f"it cannot dial this node, whose call to {peer} is open"))
        return False
    if is_json:
        print(json_line("one-way", {"peer": peer, "trouble": trouble, "error": reason}))
        return True
    words = {
        "no-reply": "but it does not reach this node",
        "no-call": "but it cannot dial this node, whose call to it is not open",
    }
    print(printable(f"{words[trouble]}: {reason}"))
    found = advice(reason, peer, own, home)
    if found:
        print(printable(f"  {found}"))
    return True


class _Dialler:
    def __init__(
        self,
        context: ssl.SSLContext,
        pins: dict[bytes, str],
        names: dict[str, str],
        source: str,
        door: LineDoor,
    ) -> None:
        self._context = context
        self._pins = pins
        self._names = names
        self._source = source
        self._door = door

    def try_host(self, host: str, port: int, peer: str, patience_s: float) -> list[Answer]:
        """Try every address of a way; return the answers."""
        way = way_of(host)
        if is_serial(way.host):
            slow = slowness(way.host)
            return [self._try(way, way.host, port, peer, patience_s * slow)]
        try:
            addresses = look_up(way.host)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return [Answer(host, "", port, None, f"{host}: {reason}")]
        return [self._try(way, address, port, peer, patience_s) for address in addresses]

    def _try(self, way: DialWay, address: str, port: int, peer: str, patience_s: float) -> Answer:
        begun_s = time.monotonic()
        handshake_ms = None
        host = str(way)
        try:
            connection = Connection.dial(
                self._dial(way, address, port),
                self._context,
                pins=self._pins.get,
                expected_peer=peer,
                deadline_s=begun_s + patience_s,
            )
        except (LinkClosed, OSError) as error:
            return Answer(host, address, port, None, str(error))
        try:
            while not connection.advance(time.monotonic()):
                _wait(connection, patience_s)
            handshake_ms = _ms_since(begun_s)
            _hear_verdict(connection, handshake_ms / 1000)
        except LinkClosed as closed:
            reason = str(closed)
            if handshake_ms is not None and closed.cause is not CloseCause.REFUSED:
                # TLS trusts a removed peer until the server is restarted.
                reason = f"it hung up after the handshake: {reason}"
            for node, name in self._names.items():
                reason = reason.replace(node, name)
            return Answer(host, address, port, handshake_ms, reason)
        finally:
            connection.close()
        return Answer(host, address, port, handshake_ms, "")

    def _dial(self, way: DialWay, address: str, port: int) -> socket:
        if is_serial(address):
            return dial_line(self._door, address)
        return dial(address, port, self._source, way.interface)


def _ms_since(begun_s: float) -> float:
    return round((time.monotonic() - begun_s) * 1000, 1)


def _wait(connection: Connection, longest_s: float) -> None:
    descriptor = connection.fileno()
    read = [descriptor] if connection.wants_read else []
    write = [descriptor] if connection.wants_write else []
    select.select(read, write, [], longest_s)


def _hear_verdict(connection: Connection, handshake_s: float) -> None:
    """Wait for a refusal as long as one may take; raise LinkClosed if it arrives."""
    wait_s = min(max(_VERDICT_ROUND_TRIPS * handshake_s, _VERDICT_LEAST_S), _VERDICT_MOST_S)
    end_s = time.monotonic() + wait_s
    connection.deadline_s = None
    while (left_s := end_s - time.monotonic()) > 0:
        select.select([connection.fileno()], [], [], left_s)
        connection.read_into(memoryview(bytearray(1)))


def _quality(host: str, home: Home) -> list[str]:
    """Return what a serial line has lost until now."""
    state = line_state(home.lines, host) if is_serial(host) else None
    if state is None or not state.is_up:
        return []
    return [
        f"  of its frames of {state.piece_bytes} bytes {state.lost_share:.0%} are lost;"
        f" {size(state.bytes_out)} were sent since its start, {size(state.sent_again_bytes)} of"
        f" them again, and {size(state.bytes_in)} came"
    ]


def _words(answer: Answer, peer: str, own: str, home: Home) -> list[str]:
    way = way_of(answer.host)
    where = place(answer.address or answer.host, answer.port)
    if answer.address and answer.address != answer.host:
        where += f" ({answer.host})"
    if not answer.error:
        return [
            f"{where}: {peer} answers in {answer.handshake_ms:g} ms; it is the node that was"
            " enrolled, and it lets this one in"
        ]
    found = advice(answer.error, peer, own, home)
    # Errors of the dialler name the place themselves.
    error = answer.error.removeprefix(
        f"{place(answer.address or way.host, answer.port, way.interface)}: "
    )
    lines = [
        f"{where}: {error.removeprefix(f'{answer.host}: ')}",
        *([f"  {found}"] if found else []),
    ]
    return [line for each in lines for line in each.splitlines()]
