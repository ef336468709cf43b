"""Judging what came: each message of a frame is to be stored, is known already, or is refused."""

import json

from blake3 import blake3

from netrelay.core.header import EndToEnd, Hop, check_message, decode_end_to_end, decode_hop
from netrelay.core.hello import WANTS_CUSTODY
from netrelay.core.msgpack_array import INTEGER_MAX, malformed
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict, decode_receipt, features_in
from netrelay.core.words import MessageType, Refusal, WireError
from netrelay.store.arrivals import Arrival, MessageIdentity, verdict_of
from netrelay.store.database import Database
from netrelay.store.held_groups import held_groups
from netrelay.store.peers import Peer
from netrelay.store.refusals import wait_by_code
from netrelay.store.relay_custody import store_wishes
from netrelay.transfer.admission import Admission
from netrelay.transfer.carriage import Carriage
from netrelay.transfer.judgement import (
    NEVER_FITS,
    Judgement,
    NotAdmittedError,
    RefusedArrival,
)
from netrelay.transfer.local_arrivals import LocalArrivals
from netrelay.transfer.opener import manifest_payload, receipt_payload

_MISFIT_WAIT_S = 3600


class Intake:
    """Judges messages one by one: headers, admission, hash, then what it is for whom it is for.

    Judging writes bodies to their place but makes nothing durable.
    """

    def __init__(
        self,
        node: str,
        database: Database,
        admission: Admission,
        local: LocalArrivals,
        carriage: Carriage,
    ) -> None:
        self._node = node
        self._database = database
        self._admission = admission
        self._local = local
        self._carriage = carriage
        self._wait_by_code = wait_by_code(database)
        self._groups: frozenset[str] = frozenset()
        # Whether sources of this batch want custody words.
        self._wishes: dict[str, bool] = {}

    def begin_batch(self) -> None:
        """Read which groups this node is a member of: what is for them is opened here."""
        self._groups = held_groups(self._database)

    def take(
        self,
        previous_hop: str,
        message_size_bytes: int,
        views: tuple[memoryview, memoryview, memoryview],
    ) -> Judgement:
        """Judge one message; the views are of the slot it is in and are not used afterwards.

        A body that is not what was sent is refused and stored as well: the engine compares the
        hashes, and the row dies with its reason for people to see.
        """
        end_to_end, hop_bytes, body = views
        source = ""
        try:
            header = decode_end_to_end(end_to_end)
            source = header.source
            hop = decode_hop(hop_bytes)
            check_message(header, hop, len(body), message_size_bytes)
            if header.sequence == INTEGER_MAX:
                # What is finished is kept as ranges that end one above.
                raise malformed(f"sequence {header.sequence} is the last number there is")
            self._admission.check(header, previous_hop)
            arrival = _arrival(header, hop, previous_hop, blake3(body).digest())
            if arrival.found != arrival.hash:
                damaged = WireError(Refusal.BAD_HASH, "the body is not what was sent")
                return Judgement(arrival, self.refused(damaged, source))
            return Judgement(self._take(header, hop, bytes(end_to_end), body, arrival), None)
        except WireError as error:
            return Judgement(None, self._with_misfit(self.refused(error, source), end_to_end))

    @staticmethod
    def _with_misfit(refused: RefusedArrival, end_to_end: memoryview) -> RefusedArrival:
        if refused.missing != NEVER_FITS:
            return refused
        header = decode_end_to_end(end_to_end)
        # Only a person's change lets it in, and then its connection is closed: it is tried at once.
        return refused._replace(
            retry_after_s=_MISFIT_WAIT_S,
            misfit=MessageIdentity(
                *(header.source, header.destination, header.epoch),
                *(header.sequence, header.attempt),
            ),
        )

    def refused(self, error: WireError, source: str) -> RefusedArrival:
        """Return a refusal with the time that its code asks the other node to wait.

        source: of the message; "" when it cannot be read.
        """
        missing, subject = "", source
        if isinstance(error, NotAdmittedError):
            missing, subject = error.missing, error.subject
        wait_s = self._wait_by_code[error.refusal]
        return RefusedArrival(error.refusal, str(error), wait_s, missing, subject)

    def _take(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, arrival: Arrival
    ) -> Arrival | None:
        if header.destination == self._node or header.destination in self._groups:
            return self._local.take(header, hop, end_to_end, body, arrival)
        source = self._admission.peers[header.source]
        withdrawn = None
        match header.type:
            case MessageType.MANIFEST:
                manifest_payload(end_to_end, body, source)
                self._reserve_signed(header.type, arrival)
            case MessageType.RECEIPT:
                payload = receipt_payload(end_to_end, body, source)
                is_new = self._reserve_signed(header.type, arrival)
                entries = _entries(payload)
                withdrawn = self._withdrawn(header, source, entries)
                features = features_in(entries, header.source)
                # A repeat says what its source wanted once.
                if features is not None and is_new:
                    self._wishes[header.source] = bool(features & WANTS_CUSTODY)
        carried = self._carriage.take(header, hop, end_to_end, body, arrival)
        return carried if withdrawn is None else carried and carried._replace(withdrawn=withdrawn)

    def _reserve_signed(self, type_: MessageType, arrival: Arrival) -> bool:
        """Count what is to be carried on, and return True, unless it has been here already."""
        is_new = verdict_of(self._database, arrival).needs_body
        if is_new:
            self._admission.reserve_signed(type_, arrival.identity, arrival.previous_hop)
        return is_new

    def store_wishes(self) -> None:
        """Store the wishes of this batch and forget it; call it inside its transaction."""
        store_wishes(self._database, self._wishes)
        self._wishes.clear()

    @staticmethod
    def _withdrawn(header: EndToEnd, source: Peer, entries: list[ReceiptEntry]) -> str | None:
        """Return what a receipt for another node gives up, as the door `arrivals` reads it."""
        given_up = [
            [e.epoch.hex(), e.sequence, e.attempt, f"{source.name} gave it up: {e.reason}"]
            for e in entries
            if e.verdict is ReceiptVerdict.WITHDRAWN and e.destination == header.destination
        ]
        return json.dumps(given_up) if given_up else None


def _entries(payload: bytes) -> list[ReceiptEntry]:
    """Return the entries of a receipt for another node, which is carried whatever it says.

    Its destination is the one to judge it.
    """
    try:
        return decode_receipt(payload)
    except WireError:
        return []


def _arrival(header: EndToEnd, hop: Hop, previous_hop: str, found: bytes) -> Arrival:
    is_signed = header.type in (MessageType.MANIFEST, MessageType.RECEIPT)
    return Arrival(
        actor="processor_r",
        type=int(header.type),
        source=header.source,
        destination=header.destination,
        epoch=header.epoch,
        sequence=header.sequence,
        attempt=header.attempt,
        previous_hop=previous_hop,
        offset=hop.offset,
        # A signed message is never fragmented; its length is not part of its identity.
        size_bytes=0 if is_signed else hop.length_bytes,
        total_bytes=header.total_size_bytes,
        hash=hop.body_hash,
        found=found,
        priority=header.priority,
        lifetime_s=header.lifetime_s,
        age_s=hop.age_s,
        hops=hop.hops,
    )
