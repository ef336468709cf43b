"""Messages for this node: opened, their bytes written to staging, and what makes their rows."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from netrelay.core.custody_word import (
    CUSTODY_DOMAIN,
    CustodySubject,
    custody_in,
    decode_custody,
    signed_custody,
    split_custody,
)
from netrelay.core.file_names import safe_name
from netrelay.core.header import EndToEnd, Hop
from netrelay.core.msgpack_array import malformed
from netrelay.core.plain_content import PlainContent, check_is_smaller
from netrelay.core.receipt import (
    ReceiptEntry,
    ReceiptVerdict,
    decode_receipt,
    features_in,
)
from netrelay.core.signed_body import signed_data
from netrelay.core.single import SingleKind, decode_single, decode_text
from netrelay.core.words import FileKind, MessageType, Refusal, WireError
from netrelay.runtime.clock import unix_s
from netrelay.seal.signature import verify
from netrelay.store.arrivals import Arrival, ArrivalVerdict, MessageIdentity, verdict_of
from netrelay.store.coming_files import (
    died_in_staging,
    expected_in_staging,
    has_ranges,
    not_coming,
    note_hashed,
    report_lost,
)
from netrelay.store.database import Database
from netrelay.store.events import last_event
from netrelay.store.peers import Peer
from netrelay.store.receipts import relevant_words, store_features
from netrelay.store.relay_custody import TakenWord, store_words
from netrelay.transfer.admission import Admission
from netrelay.transfer.opener import ComingFile, OpenedKey, Opener, receipt_payload
from netrelay.transfer.running_hashes import RunningHashes
from netrelay.transfer.staging import COMPARED_AFTER_S, Staging

_WORDS_A_RECEIPT: Final = 256
# The figures are in sql/epochs.sql.
_CROWDED: Final = {
    ArrivalVerdict.EPOCHS: "begins too many epochs: it starts more often than `seen` may grow",
    ArrivalVerdict.GAPS: "leaves too many gaps in its numbers: the ones between have to come first",
}


class LocalArrivals:
    """Opens what is for this node.

    Bytes are written to the staging folder under the identity of their whole when a message is
    judged; a flush makes them durable before the commit that makes the rows. What has no row after
    the commit is removed then (`end_batch`), what a power cut left by the next start. A file is
    made only while no row says that bytes of it are here: one that somebody removed is not made
    anew before its ranges are deleted, or zeros would count as its bytes after a crash. A chunk
    is stored in its whole's file and its range in `ranges`; the manifest waits in N-4 until
    exporter finds all ranges. A whole may come in two forms (a single, or a manifest and chunks):
    the first of a batch is stored, the other one is a repeat.
    """

    def __init__(
        self,
        database: Database,
        opener: Opener,
        staging: Staging,
        admission: Admission,
        *,
        wants_custody: bool = False,
    ) -> None:
        self._database = database
        self._wants_custody = wants_custody
        self._opener = opener
        self._staging = staging
        self._admission = admission
        # Wholes that were opened in this batch and have no row yet.
        self._opened: dict[MessageIdentity, MessageType] = {}
        # Wholes of which this batch wrote a file, or found that somebody took it away.
        self._staged: set[MessageIdentity] = set()
        self._lost: set[MessageIdentity] = set()
        # The features that receipts of this batch name, by their source.
        self._features: dict[str, int] = {}
        # The custody words in the receipts of this batch.
        self._words: list[TakenWord] = []
        self._hashes = RunningHashes()
        self._swept_seq = last_event(database)
        self._compared_s = database.now_s()

    def take(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, arrival: Arrival
    ) -> Arrival | None:
        """Open a message and write its bytes; return what makes its row.

        A repeat is neither opened nor written: its row is answered. A receipt that is about nothing
        here leaves no row: None.
        """
        source = self._admission.peers[header.source]
        match header.type:
            case MessageType.CHUNK:
                return self._take_chunk(header, hop, end_to_end, body, arrival)
            case MessageType.SINGLE if hop.length_bytes != header.total_size_bytes:
                raise malformed(
                    f"a part of {hop.length_bytes} bytes of a single of {header.total_size_bytes}:"
                    " a single is one message"
                )
            case MessageType.MANIFEST if self._opener.contradicts(
                header, end_to_end, body, source, is_new=self._is_opened_manifest(arrival)
            ):
                raise _conflict(source, header)
        if arrival.identity in self._opened:
            return arrival
        verdict = verdict_of(self._database, arrival)
        if verdict is ArrivalVerdict.CONFLICT:
            raise _conflict(source, header)
        if verdict in _CROWDED:
            raise WireError(Refusal.QUOTA, f"{source.name} {_CROWDED[verdict]}")
        if not verdict.needs_body:
            return arrival
        match header.type:
            case MessageType.MANIFEST:
                return self._take_manifest(header, end_to_end, body, arrival)
            case MessageType.SINGLE:
                return self._take_single(header, hop, end_to_end, body, arrival)
        entries = decode_receipt(receipt_payload(end_to_end, body, source))
        features = features_in(entries, header.source)
        if features is not None:
            self._features[header.source] = features
        if self._wants_custody:
            self._words += self._custody_words(entries, source, header.destination)
        words = relevant_words(self._database, header.source, _words(entries))
        if not words:
            return None
        return arrival._replace(
            info=json.dumps({"words": words}),
            has_body=True,
            signed=signed_data(end_to_end, body),
        )

    @staticmethod
    def _custody_words(entries: list[ReceiptEntry], relay: Peer, own: str) -> Iterator[TakenWord]:
        """Yield what a relay has signed of messages of this node, of the first entries that say so.

        Each costs a verification of 0.1 ms; a relay sends no more of them in a receipt.
        """
        said_entries = (each for each in entries if custody_in(each.reason) is not None)
        for entry in islice(said_entries, _WORDS_A_RECEIPT):
            if entry.verdict is not ReceiptVerdict.COMPLETE or entry.destination == relay.node:
                continue
            signed = custody_in(entry.reason)
            word = None if signed is None else decode_custody(signed)
            if signed is None or word is None:
                continue
            identity = MessageIdentity(own, *entry[:4])
            said, signature = split_custody(signed)
            data = signed_custody(CustodySubject(*identity), said)
            if verify(relay.certificate, CUSTODY_DOMAIN, data, signature):
                yield TakenWord(relay.node, identity, signed, word)

    def store_found(self) -> set[str]:
        """Store what was found besides the arrivals: features, words, hashes, lost wholes.

        Return the sources of these wholes.

        Call it inside the transaction of the batch.
        """
        store_features(self._database, self._features)
        store_words(self._database, self._words)
        note_hashed(self._database, self._hashes.found)
        if self._lost:
            report_lost(self._database, self._lost)
        return {identity.source for identity in self._lost}

    def end_batch(self) -> None:
        """Remove the files that this batch wrote and that no row needs, and forget the batch.

        A row is missing when the batch was refused, when the door refused it, or when another
        process has ended its whole since it was judged.
        """
        for identity in not_coming(self._database, self._opened):
            self._opener.forget_file(identity)
        for identity in not_coming(self._database, self._staged):
            self._staging.remove(self._opener.staged_name(identity))
        self._opened.clear()
        self._staged.clear()
        self._lost.clear()
        self._features.clear()
        self._words.clear()
        self._hashes.end_batch()

    def sweep(self) -> None:
        """Remove from the staging folder what died since the last call, and each hour all else.

        Call it when everything that was judged is stored.
        """
        died, self._swept_seq = died_in_staging(self._database, self._swept_seq)
        for name in died:
            self._staging.remove(name)
        now_s = self._database.now_s()
        if now_s >= self._compared_s + COMPARED_AFTER_S:
            # The history may have been pruned of something before it was swept.
            self._compared_s = now_s
            self._staging.keep_only(expected_in_staging(self._database))

    def _reserve_file(self, arrival: Arrival) -> int:
        self._admission.reserve_signed(MessageType.MANIFEST, arrival.identity, arrival.previous_hop)
        return self._reserve(arrival, None)

    def _reserve(self, arrival: Arrival, plain: PlainContent | None) -> int:
        """Count a whole, by what it unpacks to: whoever brought it, its source made it."""
        size_bytes = arrival.total_bytes if plain is None else plain.size_bytes
        return self._admission.reserve(
            arrival.identity, size_bytes, arrival.source, is_packed=plain is not None
        )

    def _is_opened_manifest(self, arrival: Arrival) -> bool:
        return self._opened.get(arrival.identity) is MessageType.MANIFEST

    def _take_manifest(
        self, header: EndToEnd, end_to_end: bytes, body: memoryview, arrival: Arrival
    ) -> Arrival:
        source = self._admission.peers[header.source]
        reserved_bytes = 0
        try:
            if arrival.total_bytes > 0:
                # A manifest without room is refused before it is opened, in a third of the time:
                # its source may send thousands.
                reserved_bytes = self._reserve_file(arrival)
            opened = self._opener.open_manifest(header, end_to_end, body, source)
            arrival = arrival._replace(
                envelope=end_to_end, body=bytes(body), low_water=opened.low_water, has_body=True
            )
            if isinstance(opened, OpenedKey):
                return arrival._replace(key_id=opened.key_id, info='{"kind": "key"}')
            check_is_smaller(opened.plain, opened.total_bytes)
            reserved_bytes += self._reserve(arrival, opened.plain)
            self._staging.admit(opened.staged, opened.total_bytes, _unpacked_bytes(opened))
        except WireError:
            self._admission.release(arrival.identity, reserved_bytes, arrival.source)
            self._opener.forget_file(arrival.identity)
            raise
        self._opened[arrival.identity] = MessageType.MANIFEST
        self._staged.add(arrival.identity)
        return arrival._replace(info='{"kind": "file"}', unix_s=int(unix_s())).with_file(
            *(safe_name(opened.name), int(opened.kind), opened.total_bytes, opened.mtime_ns),
            opened.plain,
        )

    def _take_chunk(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, arrival: Arrival
    ) -> Arrival:
        verdict = ArrivalVerdict.NEW
        if not self._is_opened_manifest(arrival):
            verdict = verdict_of(self._database, arrival)
        if verdict is ArrivalVerdict.UNOPENED:
            self._opener.forget_file(arrival.identity)
            raise WireError(Refusal.NEED_MANIFEST, "its manifest is not here")
        coming = self._opener.coming_file(arrival.identity, self._admission.peers[header.source])
        if coming is not None and coming.total_bytes != header.total_size_bytes:
            # The manifest is signed, and space was reserved for its size.
            raise malformed(
                f"a chunk of {header.total_size_bytes} bytes in all,"
                f" its manifest says {coming.total_bytes}"
            )
        if coming is None or not verdict.needs_body:
            return arrival
        plaintext = self._opener.open_chunk(header, hop, end_to_end, body, coming)
        if not self._staging.exists(coming.staged):
            self._make_anew(arrival.identity, coming)
        if coming.plain is None and coming.kind is FileKind.FILE:
            # Before the write: one that fails may have changed bytes that were hashed.
            self._hashes.add(arrival.identity, hop.offset, coming.total_bytes, plaintext)
        self._staging.write(coming.staged, hop.offset, plaintext)
        return arrival._replace(has_body=True)

    def _make_anew(self, identity: MessageIdentity, coming: ComingFile) -> None:
        """Make the file of a whole that somebody took away; WireError while it has ranges."""
        self._lost.add(identity)
        if self._staging.is_unflushed(coming.staged) or has_ranges(self._database, identity):
            raise WireError(
                Refusal.HELD, "its file was taken out of the staging folder: it is asked for again"
            )
        self._staging.admit(coming.staged, coming.total_bytes, _unpacked_bytes(coming))
        self._staged.add(identity)

    def _take_single(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, arrival: Arrival
    ) -> Arrival:
        plaintext = self._opener.open_single(
            header, hop, end_to_end, body, self._admission.peers[header.source]
        )
        single, content = decode_single(plaintext)
        check_is_smaller(single.plain, len(content))
        is_text = single.kind is SingleKind.TEXT
        text = decode_text(content) if is_text else None
        reserved_bytes = self._reserve(arrival, single.plain)
        try:
            if is_text:
                # One transaction, no file.
                self._staging.check_room(arrival.total_bytes)
            else:
                if single.plain is not None:
                    self._staging.check_room(len(content) + single.plain.size_bytes)
                self._staged.add(arrival.identity)
                staged = self._opener.staged_name(arrival.identity)
                self._staging.write_whole(staged, content)
        except WireError:
            self._admission.release(arrival.identity, reserved_bytes, arrival.source)
            raise
        self._opened[arrival.identity] = MessageType.SINGLE
        arrival = arrival._replace(has_body=True, unix_s=int(unix_s()))
        if text is not None:
            return arrival._replace(
                info='{"kind": "text"}',
                text=text,
                written_unix_s=single.mtime_ns // 1_000_000_000,
            )
        return arrival.with_file(
            *(safe_name(single.name), int(single.kind), len(content), single.mtime_ns),
            single.plain,
        )


def _conflict(source: Peer, header: EndToEnd) -> WireError:
    return WireError(
        Refusal.CONFLICT,
        f"{source.name} has given the number {header.sequence} to something else before",
    )


def _words(entries: list[ReceiptEntry]) -> list[list[object]]:
    """Return the entries as sql/receipts.sql reads them.

    Of those about one attempt with one verdict the first counts: an honest node has one, and the
    time for an entry grows with the pieces of its file.
    """
    first = {
        (e.destination, e.epoch, e.sequence, e.attempt, e.verdict): e for e in reversed(entries)
    }
    return [
        [e.destination, e.epoch.hex(), e.sequence, e.attempt, e.verdict, e.missing, e.reason]
        for e in reversed(first.values())
    ]


def _unpacked_bytes(coming: ComingFile) -> int:
    """Return the space an incoming file needs besides itself: to decompress it, for a directory."""
    plain_bytes = 0 if coming.plain is None else coming.plain.size_bytes
    if coming.kind is FileKind.DIRECTORY:
        return plain_bytes + (plain_bytes or coming.total_bytes)
    return plain_bytes
