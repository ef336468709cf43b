"""initial_receiver: receives consensus messages of pinned peers on the commsport.

Reads:   network, peers, connections that came by a serial line
Writes:  messages of types 4 and 5 (the engine settles and adopts), answers to the network, replies
         to peers that call, wire_reports
Reports: arrived, again, answered, sent
Sleeps:  on sockets, its bell
"""

from socket import socket
from time import monotonic
from typing import NamedTuple

from netrelay.core.frames import PROTOCOL_VERSION
from netrelay.core.hello import (
    CALLS,
    HEARS_REPLY,
    HELLO_BYTES,
    SHORT_HELLO_BYTES,
    Hello,
    HelloAnswer,
    common_version,
    encode_hello,
    goes_on_as_data,
)
from netrelay.core.hello_pace import HelloPace
from netrelay.core.host import corroborated
from netrelay.core.pace import UNKNOWN_PLACES, unknown_deadline_s
from netrelay.core.serial.line_settings import slowness
from netrelay.core.words import MessageType, WireError
from netrelay.link.connection import Connection
from netrelay.link.connection_shares import CROWDED_OUT, crowded_out, source_of
from netrelay.link.contexts import server_context
from netrelay.link.hello_exchange import HelloReceiver, HelloSender
from netrelay.link.link_closed import LinkClosed
from netrelay.link.listen import accept
from netrelay.runtime.arrived_by_line import ArrivedByLine
from netrelay.runtime.hello_store import HelloStore
from netrelay.runtime.kept_greetings import KeptGreetings
from netrelay.runtime.listening import listen_on_ports, remote_address
from netrelay.runtime.log import (
    HELLO_ADDRESS_REFUSED,
    HELLO_FAILED,
    HELLO_REFUSED,
    HELLOS_TOO_MANY,
    NO_MOVE,
)
from netrelay.runtime.loop import Process
from netrelay.runtime.node import Node
from netrelay.runtime.trust import Trust
from netrelay.store.consensus import (
    DueHello,
    arrived_hello,
    composed,
    note_dialled,
    reply_here,
)
from netrelay.store.facts import Facts
from netrelay.store.peers import try_now_by
from netrelay.transfer.wire_account import WireAccount


class _Taking(NamedTuple):
    exchange: HelloReceiver
    address: str
    source: str


class _Owed(NamedTuple):
    hello: DueHello
    record_bytes: int
    features: int  # of the hello that it answers


class _Reply(NamedTuple):
    sending: HelloSender
    hello: DueHello
    address: str
    goes_on: bool


class InitialReceiver(Process):
    """Receives one record per connection, stores those of a step in one commit, then answers.

    A peer gets its reply on the same connection if it cannot be dialled, or if it waits for it and
    was reached before where its hello comes from.
    """

    name = "initial_receiver"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        self._trust = Trust(node, server_context)
        (self._listener,) = listen_on_ports(
            node.config.address, (node.config.commsport,), "comms", node.home.path
        )
        self._lines = ArrivedByLine(node)
        self._takings: list[_Taking] = []
        self._paces: dict[str, HelloPace] = {}
        # Replies on the connections of their hellos: owed once the hello is answered, then sent.
        self._owed: dict[_Taking, _Owed] = {}
        self._replies: dict[str, _Reply] = {}
        self._account = WireAccount(node.database)
        self._kept = KeptGreetings(node, self._trust)
        self._is_stopping = False
        self._store_rows = HelloStore(node, self._trust).store
        self._facts = Facts(node.database, lambda error: node.log.write(NO_MOVE, error=error))

    def step(self) -> float | None:
        """Accept connections, read records, store hellos and answer them."""
        now_s = monotonic()
        self._trust.refresh()
        self._account.metered = self._trust.metered
        self._accept(now_s)
        for came in self._lines.receive(self._may_accept):
            self._take(came.wire, came.line, now_s)
        for line in self._lines.take_up(now_s):
            try_now_by(self._database, line)
        arrived: list[tuple[_Taking, Hello]] = []
        for taking in list(self._takings):
            hello = self._serve(taking, now_s)
            if hello is not None and self._admits(taking, now_s):
                arrived.append((taking, hello))
        if arrived:
            self._store(arrived)
        for taking in [each for each in self._takings if each.exchange.is_answered]:
            if taking in self._owed:
                self._turn(taking, self._owed.pop(taking), now_s)
            else:
                self._end(taking)
        for peer in list(self._replies):
            self._serve_reply(peer, now_s)
        self._kept.service(now_s)
        self._database.store_found(self._account.work)
        self._account.stored()
        waits = [taking.exchange.interest() for taking in self._takings]
        waits += [reply.sending.interest() for reply in self._replies.values()]
        waits += self._kept.interests()
        waits.append((self._listener.fileno(), self._may_accept(), False))
        self._node.poller.set_interests(waits)
        deadlines = [taking.exchange.deadline_s for taking in self._takings]
        deadlines += [reply.sending.deadline_s for reply in self._replies.values()]
        deadlines += self._kept.deadlines_s()
        soonest = min((d for d in deadlines if d is not None), default=None)
        return None if soonest is None else max(soonest - now_s, 0.0)

    def wind_down(self) -> None:
        """Accept no further hello; end the connections of greetings that carry nothing.

        The others end with sender and receiver.
        """
        self._is_stopping = True
        self._kept.wind_down()

    @property
    def is_wound_down(self) -> bool:
        """True when no connection of a greeting is left."""
        return self._kept.is_wound_down

    def close(self) -> None:
        """Close the connections of greetings with close_notify."""
        self._kept.close()

    def _accept(self, now_s: float) -> None:
        if not self._node.poller.is_ready(self._listener.fileno()):
            return
        for _ in range(UNKNOWN_PLACES):
            connection = accept(self._listener) if self._may_accept() else None
            if connection is None:
                return
            self._take(connection, remote_address(connection), now_s)

    def _take(self, connection: socket, address: str, now_s: float) -> None:
        """Begin with a connection of somebody unknown; address: or the line by which it came."""
        self._make_place()
        slow = slowness(address)
        exchange = HelloReceiver(
            Connection.accept(
                connection,
                self._trust.context,
                pins=self._trust.node_of,
                deadline_s=now_s + unknown_deadline_s(len(self._takings)) * slow,
                slowness=slow,
            )
        )
        self._takings.append(_Taking(exchange, address, source_of(address)))

    def _may_accept(self) -> bool:
        if self._is_stopping:
            return False
        return len(self._takings) < UNKNOWN_PLACES or self._crowded_out() is not None

    def _crowded_out(self) -> _Taking | None:
        place = crowded_out([taking.source for taking in self._takings])
        return None if place is None else self._takings[place]

    def _make_place(self) -> None:
        """End a connection of the source that has most if all places are taken."""
        if len(self._takings) < UNKNOWN_PLACES:
            return
        taking = self._crowded_out()
        assert taking is not None, "asked before it was accepted"
        self._node.log.write(HELLO_REFUSED, address=taking.address, reason=CROWDED_OUT)
        self._end(taking)

    def _serve(self, taking: _Taking, now_s: float) -> Hello | None:
        try:
            hello = taking.exchange.service(now_s)
            if hello is not None and common_version(hello) is None:
                spoken = f"{hello.version_min} to {hello.version_max}"
                reason = f"it speaks protocol versions {spoken}; allowed: {PROTOCOL_VERSION}"
                self._refuse(taking, HelloAnswer.NO_COMMON_VERSION, reason)
                return None
        except WireError as error:
            self._refuse(taking, HelloAnswer.MALFORMED, str(error))
            return None
        except LinkClosed as closed:
            if not taking.exchange.was_silent:  # `peer ping` sends nothing
                self._node.log.write(HELLO_REFUSED, address=taking.address, reason=closed)
            self._end(taking)
            return None
        return hello

    def _admits(self, taking: _Taking, now_s: float) -> bool:
        """Return whether a hello may be stored; answer it if it comes too soon after others.

        A peer of good faith sends it again after a second or more, and needs no row here for that.
        """
        peer = str(taking.exchange.peer)
        if self._paces.setdefault(peer, HelloPace(now_s)).admits(now_s):
            return True
        self._node.log.write(HELLOS_TOO_MANY, peer=peer, peer_name=self._trust.name_of(peer))
        self._answer(taking, HelloAnswer.BUSY)
        return False

    def _refuse(self, taking: _Taking, answer: HelloAnswer, reason: str) -> None:
        self._node.log.write(HELLO_REFUSED, address=taking.address, reason=reason)
        self._answer(taking, answer)

    def _answer(self, taking: _Taking, answer: HelloAnswer) -> None:
        try:
            taking.exchange.answer(answer)
        except LinkClosed:
            self._end(taking)

    def _store(self, arrived: list[tuple[_Taking, Hello]]) -> None:
        """Store the hellos, and answer once they are durable."""
        self._store_rows(
            [
                arrived_hello(str(taking.exchange.peer), taking.address, hello)
                for taking, hello in arrived
            ],
            {str(taking.exchange.peer): taking.address for taking, _ in arrived},
        )
        note_dialled(self._database, {str(taking.exchange.peer) for taking, _ in arrived})
        for taking, hello in arrived:
            self._log_refused_addresses(taking, hello)
            if hello.type == MessageType.HELLO and hello.features & (CALLS | HEARS_REPLY):
                reply = reply_here(self._database, str(taking.exchange.peer), hello.agreement)
                if reply is not None:
                    is_short = bool(hello.features & HEARS_REPLY)
                    record_bytes = SHORT_HELLO_BYTES if is_short else HELLO_BYTES
                    self._owed[taking] = _Owed(reply, record_bytes, hello.features)
            self._answer(taking, HelloAnswer.OK)

    def _turn(self, taking: _Taking, owed: _Owed, now_s: float) -> None:
        """Begin to send a reply on the connection of its hello; a peer has one, the newest."""
        reply = owed.hello
        self._takings.remove(taking)
        self._end_reply(reply.peer)
        record = composed(self._database, reply)
        sent = encode_hello(record)[: owed.record_bytes]
        may_go_on = self._node.config.small_data_on_commsport
        goes_on = may_go_on and goes_on_as_data(owed.features, record.features)
        self._replies[reply.peer] = _Reply(
            taking.exchange.turn(sent, now_s), reply, taking.address, goes_on
        )

    def _serve_reply(self, peer: str, now_s: float) -> None:
        sending, reply, address, goes_on = self._replies[peer]
        try:
            answer = sending.service(now_s)
            if answer is None:
                return
            if answer is not HelloAnswer.OK:
                raise LinkClosed(f"it answers {answer.name}")
        except LinkClosed as closed:
            self._node.log.write(
                HELLO_FAILED,
                message=reply.message,
                peer=peer,
                peer_name=reply.peer_name,
                reason=closed,
            )
        else:
            with self._database.transaction():
                self._facts.report(reply.message, "sent")
            if goes_on:
                self._account.add(peer, sending.wire_bytes())
                self._kept.keep(peer, address, sending.release(), now_s)
                del self._replies[peer]
        self._end_reply(peer)

    def _end_reply(self, peer: str) -> None:
        ended = self._replies.pop(peer, None)
        if ended is not None:
            self._account.add(peer, ended.sending.wire_bytes())
            ended.sending.close()

    def _log_refused_addresses(self, taking: _Taking, hello: Hello) -> None:
        """Log the stated addresses that the peer is not known at, so is not dialled at."""
        peer = self._trust.peers.get(str(taking.exchange.peer))
        if peer is None:
            return
        dialled = corroborated(hello.addresses, (taking.address, *peer.addresses))
        for stated in hello.addresses:
            if stated not in dialled:
                self._node.log.write(
                    HELLO_ADDRESS_REFUSED,
                    peer=peer.node,
                    peer_name=peer.name,
                    stated=stated,
                    address=taking.address,
                )

    def _end(self, taking: _Taking) -> None:
        self._account.add(str(taking.exchange.peer), taking.exchange.wire_bytes())
        taking.exchange.close()
        self._owed.pop(taking, None)
        if taking in self._takings:
            self._takings.remove(taking)


PROCESS = InitialReceiver
