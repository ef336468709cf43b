"""receiver: receives the frames of peers with an agreement into slots.

Reads:   network, processor_r--receiver.ring, peers
Writes:  receiver--processor_r.ring and its slots, acknowledgements to the network
Reports: PeerOpened, Frame, Unagreed, all to processor_r
Sleeps:  on sockets, the ring's bell, its own bell
"""

from collections.abc import Iterator
from functools import partial
from time import monotonic

from netrelay.core.frames import (
    PROTOCOL_VERSION,
    Agreement,
    RefusedMessage,
    Verdict,
    VerdictCode,
)
from netrelay.core.pace import UNKNOWN_PLACES, WIND_DOWN_S, unknown_deadline_s
from netrelay.core.words import Refusal
from netrelay.link.connection import Connection
from netrelay.link.contexts import server_context
from netrelay.link.incoming_link import IncomingLink
from netrelay.link.link_closed import LinkClosed
from netrelay.link.listen import accept
from netrelay.ring import records
from netrelay.ring.channel import ChannelConnector
from netrelay.ring.conversation import Conversation
from netrelay.ring.records import (
    AgreementsTold,
    Decided,
    Drop,
    Frame,
    PeerOpened,
    Record,
    RefusedRecord,
    SlotFree,
    Unagreed,
)
from netrelay.ring.slot_shares import SlotShares
from netrelay.runtime.listening import listen_on_ports, remote_address
from netrelay.runtime.log import STRANGER
from netrelay.runtime.loop import Process
from netrelay.runtime.node import Node
from netrelay.runtime.trust import Trust
from netrelay.runtime.wiring import IN

_RECORDS_A_STEP = 256
_MOST_LINKS = 192
# While processor_r restarts, new connections wait this long in the kernel's accept queue; after
# that they get the verdict BUSY.
_PATIENCE_S = 5.0


class _Accepted:
    def __init__(self, link: IncomingLink, address: str) -> None:
        self.link = link
        self.address = address
        self.told = False
        self.refused: list[RefusedMessage] = []


class Receiver(Process):
    """Moves frames from sockets to slots; accepts only connections under a current agreement."""

    name = "receiver"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._trust = Trust(node, server_context)
        self._listeners = listen_on_ports(node.config.address, node.config.dataports, "data")
        self._channel = ChannelConnector(node.home.runtime, *IN)
        self._ring = Conversation(self._channel, node.poller.watch)
        self._agreements: dict[str, Agreement] = {}
        self._links: dict[int, _Accepted] = {}
        # Connections of earlier generations: acknowledgements are still sent, no frame is received.
        self._parting: list[IncomingLink] = []
        self._is_stopping = False
        # Connections wait until then; None once processor_r has sent its table of agreements.
        self._judge_from_s: float | None = monotonic() + _PATIENCE_S
        self._shares: SlotShares | None = None
        self._last_handle = 0
        self._first_served = 0

    def step(self) -> float | None:
        """Process the records of processor_r, accept, serve every connection."""
        now_s = monotonic()
        self._trust.refresh()
        if self._ring.service():
            self._start_anew()
        for record in self._ring.receive(_RECORDS_A_STEP):
            self._obey(record)
        self._accept(now_s)
        more = False
        for handle in self._in_turn():
            more |= self._serve(handle, now_s)
        self._serve_parting(now_s)
        self._ring.flush()
        self._node.counters.set("connections_open", len(self._links))
        self._watch(now_s)
        if more or self._channel.waiting:
            return 0.0
        if self._shares is not None and self._shares.are_all_free:
            self._channel.pool.release_memory()
        return self._sleep_s(now_s)

    def wind_down(self) -> None:
        """Receive no frame; what has arrived will soon be durable, and has to be acknowledged."""
        self._is_stopping = True
        last_s = monotonic() + WIND_DOWN_S
        for handle, accepted in list(self._links.items()):
            if accepted.told:
                accepted.link.drain(last_s)
            else:
                self._end(handle)

    @property
    def is_wound_down(self) -> bool:
        """True if every acknowledgement was sent and every peer has closed."""
        return not self._links and not self._parting

    def close(self) -> None:
        """Close every connection with close_notify."""
        for link in self._all_links():
            link.close()
        self._channel.close()

    def _start_anew(self) -> None:
        """Drain every connection: a new processor_r cannot decide the frames of the former one."""
        for record in self._ring.receive_unread():
            if isinstance(record, Decided | RefusedRecord):
                self._obey(record)
        last_s = monotonic() + WIND_DOWN_S
        for accepted in self._links.values():
            if accepted.told:
                accepted.link.drain(last_s, is_decided=True)
                self._parting.append(accepted.link)
            else:
                accepted.link.close()
        self._links.clear()
        self._agreements.clear()
        self._judge_from_s = monotonic() + _PATIENCE_S
        self._shares = SlotShares(self._channel.pool) if self._channel.is_open else None

    def _obey(self, record: Record) -> None:
        match record:
            case records.AgreementRecord():
                self._agree(record.peer, Agreement(record.message_size_bytes, record.number))
            case AgreementsTold():
                self._judge_from_s = None
            case SlotFree() if self._shares is not None:
                self._shares.free(record.slot)
            case RefusedRecord() if record.handle in self._links:
                self._links[record.handle].refused.append(
                    RefusedMessage(
                        record.frame,
                        record.message_index,
                        Refusal(record.code),
                        record.retry_after_s,
                    )
                )
            case Decided() if record.handle in self._links:
                accepted = self._links[record.handle]
                accepted.link.acknowledge(record.frame, accepted.refused)
                accepted.refused = []
            case Drop() if record.handle in self._links:
                self._end(record.handle)
            case _:
                return

    def _agree(self, peer: str, agreement: Agreement) -> None:
        """Update the table of agreements; close connections under another agreement."""
        if agreement.message_size_bytes:
            self._agreements[peer] = agreement
        else:
            self._agreements.pop(peer, None)
        for handle, accepted in list(self._links.items()):
            link = accepted.link
            if link.peer == peer and link.agreement not in (None, self._agreements.get(peer)):
                self._end(handle)

    def _accept(self, now_s: float) -> None:
        is_ready = self._node.poller.is_ready
        for listener in (each for each in self._listeners if is_ready(each.fileno())):
            for _ in range(UNKNOWN_PLACES):
                connection = accept(listener) if self._may_accept(now_s) else None
                if connection is None:
                    break
                self._last_handle += 1
                address = remote_address(connection)
                link = IncomingLink(
                    Connection.accept(
                        connection,
                        self._trust.context,
                        pins=self._trust.node_of,
                        deadline_s=now_s + unknown_deadline_s(self._unknown()),
                    ),
                    partial(self._judge, address),
                    self._take_slot,
                )
                self._links[self._last_handle] = _Accepted(link, address)

    def _may_accept(self, now_s: float) -> bool:
        if self._is_stopping or (self._judge_from_s is not None and now_s < self._judge_from_s):
            return False
        links = len(self._links) + len(self._parting)
        return self._unknown() < UNKNOWN_PLACES and links < _MOST_LINKS

    def _unknown(self) -> int:
        return sum(not accepted.link.is_open for accepted in self._links.values())

    def _judge(self, address: str, peer: str, stated: Agreement) -> Verdict:
        if not self._channel.is_open:
            return Verdict(VerdictCode.BUSY, 1)
        agreed = self._agreements.get(peer)
        if agreed is not None and stated == agreed and stated.version == PROTOCOL_VERSION:
            return Verdict(VerdictCode.OK)
        self._ring.put(Unagreed(peer, address))
        return Verdict(VerdictCode.NO_AGREEMENT)

    def _take_slot(self, peer: str) -> tuple[int, memoryview] | None:
        """Give a slot, unless this peer has its share or all are in use."""
        if self._shares is None:
            return None
        alone = not any(
            accepted.link.is_open and accepted.link.peer != peer
            for accepted in self._links.values()
        )
        slot = self._shares.allocate(peer, alone=alone)
        return None if slot is None else (slot, self._channel.pool.view(slot))

    def _in_turn(self) -> list[int]:
        """Return the connections round-robin: the first one has the best chance of a free slot."""
        handles = list(self._links)
        self._first_served = (self._first_served + 1) % max(len(handles), 1)
        return handles[self._first_served :] + handles[: self._first_served]

    def _serve(self, handle: int, now_s: float) -> bool:
        """Serve one connection; return True if it has more to do at once."""
        accepted = self._links[handle]
        link = accepted.link
        try:
            arrived = link.service(now_s)
        except LinkClosed as closed:
            if not accepted.told:
                self._node.log.say(STRANGER, address=accepted.address, reason=closed)
            self._end(handle)
            return False
        peer = link.peer
        if link.is_open and not accepted.told and peer is not None:
            accepted.told = True
            self._node.counters.add("connections_opened")
            self._ring.put(PeerOpened(handle, peer, accepted.address))
        for frame, slot, length_bytes in arrived:
            assert peer is not None
            self._node.counters.add("frames_in")
            self._node.counters.add("wire_bytes_in", length_bytes)
            self._ring.put(Frame(handle, peer, frame, slot, length_bytes))
        return link.has_more

    def _serve_parting(self, now_s: float) -> None:
        for link in list(self._parting):
            try:
                link.service(now_s)
            except LinkClosed:
                link.close()
                self._parting.remove(link)

    def _end(self, handle: int) -> None:
        accepted = self._links.pop(handle)
        slot = accepted.link.held_slot()
        if slot is not None and self._shares is not None:
            self._shares.free(slot)
        accepted.link.close()

    def _all_links(self) -> Iterator[IncomingLink]:
        yield from (accepted.link for accepted in self._links.values())
        yield from self._parting

    def _watch(self, now_s: float) -> None:
        accepting = self._may_accept(now_s)
        waits = [(listener.fileno(), accepting, False) for listener in self._listeners]
        waits += [(link.fileno(), link.wants_read, link.wants_write) for link in self._all_links()]
        self._node.poller.set_interests(waits)

    def _sleep_s(self, now_s: float) -> float | None:
        deadlines = [link.deadline_s for link in self._all_links()]
        if self._judge_from_s is not None and self._judge_from_s > now_s:
            deadlines.append(self._judge_from_s)
        soonest = min((d for d in deadlines if d is not None), default=None)
        return None if soonest is None else max(soonest - now_s, 0.0)


PROCESS = Receiver
