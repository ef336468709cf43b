"""Judging what came: each message of a frame is taken, known already, or refused with a code.

Taking writes bodies to their place but makes nothing durable; the row is made by `store`, inside
the transaction that follows the flush.
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from blake3 import blake3

from netrelay.core.file_names import safe_name
from netrelay.core.header import EndToEnd, Hop, check_message, decode_end_to_end, decode_hop
from netrelay.core.msgpack_array import INTEGER_MAX, malformed
from netrelay.core.receipt import ReceiptVerdict, decode_receipt
from netrelay.core.single import SingleKind, decode_single, decode_text
from netrelay.core.words import FileKind, MessageType, Refusal, WireError
from netrelay.runtime.clock import unix_s
from netrelay.store import arrivals
from netrelay.store.arrivals import Arrived, MessageIdentity
from netrelay.store.database import Database
from netrelay.store.facts import Facts
from netrelay.store.peers import Peer, has_right
from netrelay.store.refusals import wait_by_code
from netrelay.transfer.carriage import Carriage
from netrelay.transfer.opener import ComingFile, OpenedKey, Opener, identity_of
from netrelay.transfer.staging import Staging

Store = Callable[[], object]
_Subject = tuple[str, str, bytes, int]


class Refused(NamedTuple):
    """Why a message is not taken, for its sender and for a person here."""

    refusal: Refusal
    reason: str
    retry_after_s: int


class Judgement(NamedTuple):
    """What stores a message, if anything, and why it is refused, if it is."""

    store: Store | None
    refused: Refused | None


class Intake:
    """Takes messages for this node; `peers` and the agreed sizes are the caller's to keep fresh."""

    def __init__(
        self,
        node: str,
        database: Database,
        opener: Opener,
        staging: Staging,
        carriage: Carriage,
        facts: Facts,
    ) -> None:
        self._node = node
        self._database = database
        self._opener = opener
        self._staging = staging
        self._carriage = carriage
        self._facts = facts
        self.peers: dict[str, Peer] = {}
        # The form of wholes that were judged and have no row yet: a source may replace a single by
        # manifest and chunks, and both would be written to one staged file.
        self._forms: dict[MessageIdentity, int] = {}
        # Files that were judged and have no row yet, by all of their identity but the attempt.
        self._admitted: dict[_Subject, int] = {}
        self._admitted_bytes: Counter[str] = Counter()
        self._swept_seq = arrivals.last_event(database)
        self._wait_by_code = wait_by_code(database)

    def take(
        self,
        previous_hop: str,
        message_size_bytes: int,
        views: tuple[memoryview, memoryview, memoryview],
    ) -> Judgement:
        """Judge one message; the views are of the slot it lies in and are not used afterwards.

        A body that is not what was sent is refused and stored as well: the engine compares the
        hashes, and the row dies with its reason for people to see.
        """
        end_to_end, hop_bytes, body = views
        try:
            header = decode_end_to_end(end_to_end)
            hop = decode_hop(hop_bytes)
            check_message(header, hop, len(body), message_size_bytes)
            if header.sequence == INTEGER_MAX:
                # What is finished is kept as ranges that end one above.
                raise malformed(f"sequence {header.sequence} is the last number there is")
            self._check_rights(header, previous_hop)
            arrived = _arrived(header, hop, previous_hop, blake3(body).digest())
            if arrived.found != arrived.hash:
                return Judgement(
                    lambda: self._add(arrived),
                    self._refused(WireError(Refusal.BAD_HASH, "the body is not what was sent")),
                )
            return Judgement(self._take(header, hop, bytes(end_to_end), body, arrived), None)
        except WireError as error:
            return Judgement(None, self._refused(error))

    def _refused(self, error: WireError) -> Refused:
        return Refused(error.refusal, str(error), self._wait_by_code[error.refusal])

    def sweep(self) -> None:
        """Remove what lies in the staging folder of files that died since the last call.

        Call it when everything that was taken is stored.
        """
        died, self._swept_seq = arrivals.died_in_staging(self._database, self._swept_seq)
        for name in died:
            self._staging.remove(name)

    def _check_rights(self, header: EndToEnd, previous_hop: str) -> None:
        source = self.peers.get(header.source)
        if source is None:
            raise WireError(
                Refusal.NOT_PERMITTED,
                f"its source {header.source} is no peer here: netrelay peer add CARD",
            )
        if header.destination != self._node:
            self._carriage.check(header, previous_hop, self.peers)
        if not self._may_bring(header, previous_hop):
            neighbour = self.peers.get(previous_hop)
            carrier = previous_hop if neighbour is None else neighbour.name
            raise WireError(
                Refusal.NOT_PERMITTED,
                f"{carrier} may not bring messages of {source.name}:"
                f" netrelay peer allow {carrier} carry {source.name}",
            )
        if header.destination != self._node:
            return
        # A receipt is an answer to what we sent, so it needs no right of its own.
        if header.type is not MessageType.RECEIPT and not has_right(
            self._database, header.source, "deliver"
        ):
            raise WireError(
                Refusal.NOT_PERMITTED,
                f"{source.name} may not deliver here: netrelay peer allow {source.name} deliver",
            )

    def _may_bring(self, header: EndToEnd, previous_hop: str) -> bool:
        """Tell whether a neighbour may bring a message of this source.

        Whom we give messages to carry on may bring the answers: of whom they are for, and of those
        who could not carry them on.
        """
        if header.source == previous_hop:
            return True
        if header.type is MessageType.RECEIPT and any(
            peer.via == previous_hop for peer in self.peers.values()
        ):
            return True
        return has_right(self._database, previous_hop, "carry", header.source)

    def _take(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, arrived: Arrived
    ) -> Store:
        source = self.peers[header.source]
        if header.destination != self._node:
            room_bytes = None
            if source.quota_bytes is not None:
                room_bytes = source.quota_bytes - self._used_bytes(source, arrived)
            carried = self._carriage.take(header, hop, end_to_end, body, arrived, room_bytes)
            if header.type is MessageType.RECEIPT:
                return self._withdrawing(carried, header, end_to_end, body)
            return carried
        if header.type is MessageType.CHUNK:
            return self._take_chunk(header, hop, end_to_end, body, arrived)
        if self._is_another(header, end_to_end, body, arrived):
            raise WireError(
                Refusal.CONFLICT,
                f"{source.name} has given the number {header.sequence} to something else before",
            )
        known = self._known(arrived)
        if known is not None:
            return known
        if header.type is MessageType.MANIFEST:
            return self._take_manifest(header, end_to_end, body, arrived)
        if header.type is MessageType.SINGLE:
            return self._take_single(header, hop, end_to_end, body, arrived)
        words = decode_receipt(self._opener.receipt_payload(end_to_end, body, source))
        info = [
            [w.destination, w.epoch.hex(), w.sequence, w.attempt, w.verdict, w.missing, w.reason]
            for w in words
        ]
        receipt = arrived._replace(info=json.dumps({"words": info}))
        return lambda: self._add(receipt)

    def _withdrawing(
        self, carried: Store, header: EndToEnd, end_to_end: bytes, body: memoryview
    ) -> Store:
        """Carry a receipt on, and end what is carried here of that which its source gives up in it.

        It goes on whatever it says: its destination is the one to judge it.
        """
        source = self.peers[header.source]
        try:
            words = decode_receipt(self._opener.receipt_payload(end_to_end, body, source))
        except WireError:
            return carried
        given_up = {
            MessageIdentity(
                header.source, header.destination, word.epoch, word.sequence, word.attempt
            ): f"{source.name} gave it up: {word.reason}"
            for word in words
            if word.verdict is ReceiptVerdict.WITHDRAWN and word.destination == header.destination
        }

        def store() -> None:
            carried()
            for identity, reason in given_up.items():
                self._carriage.withdraw(identity, reason)

        return store

    def _is_another(
        self, header: EndToEnd, end_to_end: bytes, body: memoryview, arrived: Arrived
    ) -> bool:
        """Tell whether an identity stands for something else here: its word would be mistaken.

        Of what is finished only the size is left to tell by.
        """
        if arrivals.has_other_size(self._database, arrived):
            return True
        return header.type is MessageType.MANIFEST and self._opener.contradicts(
            header, end_to_end, body, self.peers[header.source]
        )

    def _known(self, arrived: Arrived) -> Store | None:
        """Give what a repeat asks for; None for what never came, or has to come again."""
        row = arrivals.find_arrived(
            self._database, arrived.type, arrived.identity, arrived.offset, arrived.size_bytes
        )
        if row is not None and row[1] != "D":
            if arrived.type == MessageType.RECEIPT:
                return _nothing
            message = row[0]
            return lambda: self._repeat(message)
        other = arrivals.find_other_form(self._database, arrived.type, arrived.identity)
        if other is not None:
            return lambda: self._repeat(other)
        if self._forms.get(arrived.identity, arrived.type) != arrived.type:
            raise WireError(Refusal.HELD, "its other form came just before, and is stored first")
        if arrivals.is_finished(self._database, arrived.identity):
            if arrived.type == MessageType.RECEIPT:
                return _nothing
            return lambda: arrivals.owe_complete(self._database, arrived.identity)
        return None

    def _repeat(self, message: int) -> None:
        self._facts.report(message, "again")

    def _take_manifest(
        self, header: EndToEnd, end_to_end: bytes, body: memoryview, arrived: Arrived
    ) -> Store:
        opened = self._opener.open_manifest(header, end_to_end, body, self.peers[header.source])
        kept = bytes(body)
        if isinstance(opened, OpenedKey):
            key = opened

            def store_key() -> None:
                identity = arrived.identity
                arrivals.keep_key(self._database, identity, key.key_id, end_to_end, kept)
                arrivals.finish_below(self._database, header.source, header.epoch, key.low_water)
                self._add(arrived._replace(info='{"kind": "key"}'))

            return store_key
        coming = opened
        try:
            self._admit(arrived)
            self._forms[arrived.identity] = arrived.type
            self._staging.admit(coming.staged, coming.total_bytes, _unpacked_bytes(coming))
        except WireError:
            self._forget_admitted(arrived)
            self._opener.forget_file(header)
            raise

        def store_file() -> None:
            arrivals.finish_below(self._database, header.source, header.epoch, coming.low_water)
            coming.file = self._add_file(
                arrived, coming.name, coming.mtime_ns, coming.total_bytes, coming.kind
            )
            manifest = arrived._replace(
                file=coming.file, envelope=end_to_end, info='{"kind": "file"}'
            )
            coming.message = self._add(manifest)
            if coming.message is not None:
                self._database.execute(
                    "INSERT OR REPLACE INTO bodies VALUES (?, ?)", (coming.message, kept)
                )

        return store_file

    def _take_chunk(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, arrived: Arrived
    ) -> Store:
        coming = self._opener.coming_file(header, self.peers[header.source])
        if coming is not None and coming.total_bytes != header.total_size_bytes:
            # Signed was the manifest, and space was admitted for what it says.
            raise malformed(
                f"a chunk of {header.total_size_bytes} bytes in all,"
                f" its manifest says {coming.total_bytes}"
            )
        message = None if coming is None else coming.message
        if message is not None:
            if arrivals.message_state(self._database, message) != "N-4":
                self._opener.forget_file(header)
                coming = None
            elif arrivals.is_covered(self._database, message, hop.offset, hop.length_bytes):
                return _nothing
        if coming is None:
            if arrivals.is_finished(self._database, arrived.identity):
                return _nothing
            if arrivals.find_other_form(self._database, arrived.type, arrived.identity) is not None:
                return _nothing
            raise WireError(Refusal.NEED_MANIFEST, "its manifest is not here")
        plaintext = self._opener.open_chunk(header, hop, end_to_end, body, coming)
        is_gone = not self._staging.exists(coming.staged)
        if is_gone:
            # Somebody took it out of the staging folder: what came before has to come again.
            self._staging.admit(coming.staged, coming.total_bytes, _unpacked_bytes(coming))
        self._staging.write(coming.staged, hop.offset, plaintext)
        whole = coming

        def store() -> None:
            # What has no row is not acknowledged: rather no commit at all.
            assert whole.message is not None
            if is_gone:
                arrivals.forget_ranges(self._database, whole.message)
            self._add(arrived._replace(parent=whole.message, file=whole.file))

        return store

    def _take_single(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, arrived: Arrived
    ) -> Store:
        if hop.length_bytes != header.total_size_bytes:
            raise malformed(
                f"a part of {hop.length_bytes} bytes of a single of {header.total_size_bytes}:"
                " a single is never cut"
            )
        plaintext = self._opener.open_single(
            header, hop, end_to_end, body, self.peers[header.source]
        )
        single, content = decode_single(plaintext)
        if single.kind is SingleKind.TEXT:
            return self._take_text(arrived, decode_text(content), single.mtime_ns)
        size_bytes = len(content)
        staged = arrivals.staged_name(header.source, header.epoch, header.sequence, header.attempt)
        try:
            self._admit(arrived)
            self._forms[arrived.identity] = arrived.type
            self._staging.write_whole(staged, content)
        except WireError:
            self._forget_admitted(arrived)
            raise

        def store() -> None:
            kind = FileKind(single.kind)
            file = self._add_file(arrived, single.name, single.mtime_ns, size_bytes, kind)
            self._add(arrived._replace(file=file))

        return store

    def _take_text(self, arrived: Arrived, text: str, written_ns: int) -> Store:
        """Give what makes a text and its row: one transaction, no file."""
        try:
            self._admit(arrived)
            self._staging.check_room(arrived.total_bytes)
        except WireError:
            self._forget_admitted(arrived)
            raise

        def store() -> None:
            self._forget_admitted(arrived)
            message = self._add(arrived._replace(info='{"kind": "text"}'))
            if message is not None:
                written_s = written_ns // 1_000_000_000
                arrivals.keep_text(
                    self._database, message, arrived.identity, text, written_s, unix_s()
                )

        return store

    def _admit(self, arrived: Arrived) -> None:
        """Check the quota; what was judged and has no row yet counts too."""
        subject = arrived.identity[:4]
        source = self.peers[arrived.identity.source]
        if source.quota_bytes is None or subject in self._admitted:
            return
        used_bytes = self._used_bytes(source, arrived)
        if used_bytes + arrived.total_bytes > source.quota_bytes:
            raise WireError(
                Refusal.QUOTA,
                f"{source.name} may keep {source.quota_bytes} bytes here, has {used_bytes}"
                f" and sends {arrived.total_bytes}",
            )
        self._admitted[subject] = arrived.total_bytes
        self._admitted_bytes[source.node] += arrived.total_bytes

    def _used_bytes(self, source: Peer, arrived: Arrived) -> int:
        """Count what a source keeps here, for us and for others, but for this file."""
        return (
            arrivals.unclosed_bytes(self._database, arrived.identity)
            + self._admitted_bytes[source.node]
            + self._carriage.kept_bytes(source.node)
        )

    def _forget_admitted(self, arrived: Arrived) -> None:
        self._forms.pop(arrived.identity, None)
        size_bytes = self._admitted.pop(arrived.identity[:4], 0)
        self._admitted_bytes[arrived.identity.source] -= size_bytes

    def _add_file(
        self, arrived: Arrived, name: bytes, mtime_ns: int, size_bytes: int, kind: FileKind
    ) -> int:
        self._forget_admitted(arrived)
        return arrivals.add_coming_file(
            self._database, arrived.identity, safe_name(name), size_bytes, mtime_ns, unix_s(), kind
        )

    def _add(self, arrived: Arrived) -> int | None:
        """Make the row; one that is there already lives again, or answers again."""
        message = arrivals.add_arrived(self._database, arrived)
        if message is not None:
            return message
        row = arrivals.find_arrived(
            self._database, arrived.type, arrived.identity, arrived.offset, arrived.size_bytes
        )
        if row is None:
            return None
        if arrived.type != MessageType.RECEIPT:
            self._repeat(row[0])
        return row[0]


def _unpacked_bytes(coming: ComingFile) -> int:
    """Count what a coming file takes besides itself: a directory is unpacked beside its stream."""
    return coming.total_bytes if coming.kind is FileKind.DIRECTORY else 0


def _nothing() -> None:
    """What is durable already needs nothing more than its acknowledgement."""


def _arrived(header: EndToEnd, hop: Hop, previous_hop: str, found: bytes) -> Arrived:
    is_signed = header.type in (MessageType.MANIFEST, MessageType.RECEIPT)
    return Arrived(
        int(header.type),
        identity_of(header),
        previous_hop,
        hop.offset,
        # What is signed is never cut, and its length is no part of its identity.
        0 if is_signed else hop.length_bytes,
        header.total_size_bytes,
        hop.body_hash,
        found,
        header.priority,
        header.lifetime_s,
        hop.age_s,
        hop.hops,
    )
