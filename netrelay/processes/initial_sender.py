"""initial_sender: sends consensus messages (S-5) to the commsport of their peers.

Reads:   work_initial_sender, peers
Writes:  network, wire_reports; the reply that comes back on the connection of a hello (type 5)
Reports: sent, unsent, expired, arrived, answered
Sleeps:  on sockets, its bell, and until the next message or greeting is due
"""

import random
from contextlib import suppress
from time import monotonic

from netrelay.core.hello import (
    CALLS,
    HELLO_BYTES,
    SHORT_HELLO_BYTES,
    Hello,
    HelloAnswer,
    common_version,
    encode_hello,
    goes_on_as_data,
)
from netrelay.core.msgpack_array import malformed
from netrelay.core.pace import GREETING_EVERY_S, GREETING_FIRST_S
from netrelay.core.serial.line_streams import LinePort
from netrelay.core.words import MessageType, WireError
from netrelay.link.contexts import client_context
from netrelay.link.dialler import Dialler
from netrelay.link.hello_exchange import HelloReceiver, HelloSender
from netrelay.link.line_door import LineDoor
from netrelay.link.link_closed import LinkClosed
from netrelay.runtime.hello_store import HelloStore
from netrelay.runtime.kept_greetings import KeptGreetings
from netrelay.runtime.log import HELLO_FAILED, NO_MOVE
from netrelay.runtime.loop import Process
from netrelay.runtime.node import Node
from netrelay.runtime.trust import Trust
from netrelay.store.consensus import (
    DueHello,
    arrived_hello,
    composed,
    due_hellos,
    is_awaited,
    next_hello_s,
    superseded_hellos,
)
from netrelay.store.contacts import greet_unmet, renew_agreements
from netrelay.store.facts import Facts
from netrelay.transfer.wire_account import WireAccount

# Peers that are dialled at once. One that does not answer holds its place for 20 s an address.
_AT_ONCE = 16


class InitialSender(Process):
    """Connects to the commsport of each peer with a due hello, and sends that one record.

    All state is one pass through `_under_way` (message id to hello): dialled, then sending
    (`_sending`), for a hello then waiting for the reply on the same connection, or its end
    (`_replying`), then an outcome, which the end of the step commits (`_report`). A peer is under
    way at most once, so that none takes the places of the others. After a crash nothing is lost:
    the row is still in S-5, and the hello is sent again; a peer handles a repeated hello
    idempotently.
    """

    name = "initial_sender"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        self._trust = Trust(node, client_context)
        self._dialler = Dialler(
            self._trust.context,
            self._trust.node_of,
            node.config.dial_source,
            door=LineDoor(node.home.lines, LinePort.COMMS),
        )
        self._facts = Facts(node.database, lambda error: node.log.write(NO_MOVE, error=error))
        self._under_way: dict[int, DueHello] = {}
        self._sending: dict[int, HelloSender] = {}
        self._replying: dict[int, HelloReceiver] = {}
        # Features of the hellos that are sent, not of replies.
        self._said: dict[int, int] = {}
        self._addresses: dict[int, str] = {}
        self._kept = KeptGreetings(node, self._trust)
        self._is_stopping = False
        self._store_rows = HelloStore(node, self._trust).store
        self._outcomes: list[tuple[DueHello, str | None]] = []
        self._account = WireAccount(node.database)
        renew_agreements(node.database)
        self._greets_s = monotonic() + GREETING_FIRST_S

    def step(self) -> float | None:
        """Dial for due hellos, continue the open exchanges, report those that ended."""
        now_s = monotonic()
        if self._trust.refresh():
            # A peer that was added is greeted soon, too.
            self._greets_s = min(self._greets_s, now_s + GREETING_FIRST_S)
        self._account.metered = self._trust.metered
        self._give_up_superseded()
        if now_s >= self._greets_s:
            greet_unmet(self._database)
            self._greets_s = now_s + GREETING_EVERY_S
        if not self._is_stopping:
            self._begin()
        for reached in self._dialler.service(now_s):
            hello = self._under_way[reached.key]
            if reached.connection is None:
                self._note(hello, reached.reason)
            else:
                record = composed(self._database, hello)
                if record.type == MessageType.HELLO:
                    self._said[reached.key] = record.features
                self._addresses[reached.key] = reached.address
                self._sending[reached.key] = HelloSender(
                    reached.connection, encode_hello(record), now_s
                )
        for message in list(self._sending):
            self._serve(message, now_s)
        for message in list(self._replying):
            self._hear_reply(message, now_s)
        self._report()
        self._kept.service(now_s)
        self._node.poller.set_interests(
            [
                *self._dialler.interests(),
                *(sending.interest() for sending in self._sending.values()),
                *(replying.interest() for replying in self._replying.values()),
                *self._kept.interests(),
            ]
        )
        return self._sleep_s(now_s)

    def wind_down(self) -> None:
        """Send no further hello; end the connections of greetings that carry nothing.

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

    def _give_up_superseded(self) -> None:
        """Free the places of what need not be sent now: no peer waits behind its own stale dial."""
        if not self._under_way:
            return
        for message in superseded_hellos(self._database, self._under_way):
            del self._under_way[message]
            self._forget(message)
            self._dialler.cancel(message)
            exchange = self._sending.pop(message, None) or self._replying.pop(message, None)
            if exchange is not None:
                exchange.close()

    def _begin(self) -> None:
        for hello in due_hellos(self._database, self._busy(), _AT_ONCE):
            if hello.expired or hello.in_vain:
                self._outcomes.append((hello, "expired"))
            elif len(self._under_way) < _AT_ONCE:
                self._under_way[hello.message] = hello
                self._dialler.start(hello.message, hello.peer, hello.hosts, hello.commsport)

    def _busy(self) -> list[str]:
        """Return the peers that are dialled: each holds one place at most."""
        return [hello.peer for hello in self._under_way.values()]

    def _serve(self, message: int, now_s: float) -> None:
        sending = self._sending[message]
        peer = self._under_way[message].peer
        try:
            answer = sending.service(now_s)
        except LinkClosed as closed:
            self._note(self._under_way[message], str(closed))
        else:
            if answer is None:
                return
            if answer is HelloAnswer.OK and message in self._said:
                self._replying[message] = self._sending.pop(message).turn(
                    HELLO_BYTES if self._said[message] & CALLS else SHORT_HELLO_BYTES
                )
                return
            refused = None if answer is HelloAnswer.OK else f"it answers {answer.name}"
            self._note(self._under_way[message], refused)
        self._end(peer, self._sending.pop(message))

    def _end(self, peer: str, exchange: HelloSender | HelloReceiver) -> None:
        self._account.add(peer, exchange.wire_bytes())
        exchange.close()

    def _hear_reply(self, message: int, now_s: float) -> None:
        """Receive a reply, store it, and answer once it is durable.

        A node that dials to reply closes instead; it cannot dial one that calls.
        """
        replying = self._replying[message]
        hello = self._under_way[message]
        reason = None
        goes_on = False
        try:
            reply = replying.service(now_s)
            if reply is not None:
                _check_reply(reply)
                self._store_rows([arrived_hello(hello.peer, self._addresses[message], reply)], {})
                with suppress(LinkClosed):  # it is stored: the other side sends it again
                    replying.answer(HelloAnswer.OK)
                    said = self._said[message]
                    goes_on = self._may_go_on(replying, said, reply.features)
            elif not replying.is_answered:
                return
        except (LinkClosed, WireError) as error:
            if self._said[message] & CALLS:
                reason = f"no reply came back on the connection: {error}"
            elif isinstance(error, WireError):
                reason = f"its reply is none: {error}"
        address = self._addresses[message]
        self._note(hello, reason)
        exchange = self._replying.pop(message)
        if goes_on:
            self._account.add(hello.peer, exchange.wire_bytes())
            self._kept.keep(hello.peer, address, exchange.release(), now_s)
        else:
            self._end(hello.peer, exchange)

    def _may_go_on(self, replying: HelloReceiver, said: int, features: int) -> bool:
        """Return whether data may follow on the connection of a greeting."""
        is_wanted = self._node.config.small_data_on_commsport and replying.is_answered
        return is_wanted and goes_on_as_data(said, features)

    def _note(self, hello: DueHello, reason: str | None) -> None:
        del self._under_way[hello.message]
        self._forget(hello.message)
        self._outcomes.append((hello, reason))

    def _forget(self, message: int) -> None:
        self._addresses.pop(message, None)
        self._said.pop(message, None)

    def _report(self) -> None:
        """Report ended exchanges in one commit; the engine sets when a hello is due again."""
        if not self._outcomes:
            return
        with self._database.transaction():
            for hello, reason in self._outcomes:
                if reason == "expired":
                    self._facts.report(hello.message, "expired")
                else:
                    event = "sent" if reason is None else "unsent"
                    jitter = random.random()  # noqa: S311 -- spreads retries over time
                    self._facts.report_greeting(hello.message, event, jitter, reason)
            self._account.store()
        self._account.stored()
        for hello, reason in self._outcomes:
            # A greeting for which nothing waits fails every hour, as long as its peer is away.
            if reason not in (None, "expired") and is_awaited(self._database, hello.peer):
                self._node.log.write(
                    HELLO_FAILED,
                    message=hello.message,
                    peer=hello.peer,
                    peer_name=hello.peer_name,
                    reason=reason,
                )
        self._outcomes.clear()

    def _sleep_s(self, now_s: float) -> float:
        deadlines = [sending.deadline_s for sending in self._sending.values()]
        deadlines += [replying.deadline_s for replying in self._replying.values()]
        deadlines += self._kept.deadlines_s()
        deadlines.append(self._dialler.next_deadline_s())
        deadlines.append(self._greets_s)
        waits_s = [deadline - now_s for deadline in deadlines if deadline is not None]
        if len(self._under_way) < _AT_ONCE and not self._is_stopping:
            due_s = next_hello_s(self._database, self._busy())
            if due_s is not None:
                waits_s.append(due_s)
        return max(min(waits_s), 0.0)


def _check_reply(reply: Hello) -> None:
    """Raise WireError unless a record is a reply of a version of this node."""
    if reply.type is not MessageType.HELLO_REPLY:
        raise malformed("it is a hello of its own")
    if common_version(reply) is None:
        raise malformed(f"it speaks protocol versions {reply.version_min} to {reply.version_max}")


PROCESS = InitialSender
