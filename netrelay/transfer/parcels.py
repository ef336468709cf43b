"""Parcels: messages that are copied to a medium, each with the manifest that opens it.

A file of this node is cut for the medium, whether or not it is cut for a next hop: no agreement is
needed. It goes as a single where the engine would make one for a far destination.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from netrelay.core.message_names import MessageName
from netrelay.core.segments import CAPACITY_DEFAULT_BYTES, CAPACITY_MIN_BYTES
from netrelay.core.words import MessageType
from netrelay.store.database import Database
from netrelay.store.media import CarriableMessage, Piece, pieces_of, waiting_for
from netrelay.store.outgoing import Ready, low_water, read_body
from netrelay.store.peers import Peer
from netrelay.transfer.sealer import Sealer
from netrelay.transfer.single_keys import SingleKey

# A single is never cut on its way, and this is the least that a node takes (docs/protocol.md).
_LARGEST_SINGLE_BYTES: Final = CAPACITY_MIN_BYTES


class Parcel(NamedTuple):
    """A message to be copied; whole: the row that people know it by.

    body: of a signed message. key: under which a single is sealed. opened_by: the manifest without
    which it is refused; it comes first in each file.
    """

    ready: Ready
    whole: int
    body: bytes | None = None
    key: SingleKey | None = None
    opened_by: "Parcel | None" = None

    @property
    def name(self) -> MessageName:
        """The name by which it is told on a medium."""
        ready = self.ready
        place = (0, 0) if self.body is not None else (ready.offset, ready.size_bytes)
        return MessageName(
            *(ready.type, ready.source, ready.destination, ready.epoch, ready.sequence),
            *(ready.attempt, *place),
        )


class KeyParcel(NamedTuple):
    """A key for singles, and its manifest."""

    key: SingleKey
    manifest: Parcel


class Parcels:
    """The parcels for one destination; make_key is called where a single needs a key."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        peer: Peer,
        capacity_bytes: int,
        make_key: Callable[[], KeyParcel],
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._peer = peer
        self._piece_bytes = min(capacity_bytes, CAPACITY_DEFAULT_BYTES)
        self._make_key = make_key
        self._key: KeyParcel | None = None

    def waiting(self) -> Iterator[Parcel]:
        """Yield what waits for the destination, urgent messages first."""
        for waiting in waiting_for(self._database, self._peer.node):
            ready = waiting.ready
            if ready.type == MessageType.JOB:
                yield from self._of_job(waiting)
            elif ready.type == MessageType.MANIFEST and ready.envelope is None:
                continue  # a key of this node: it goes with the singles that need it
            elif ready.type in (MessageType.MANIFEST, MessageType.RECEIPT):
                body = read_body(self._database, ready.id)
                if body is not None:
                    yield Parcel(ready, ready.id, body)
            elif ready.envelope is not None:
                # Carried for another; its manifest is a message of its own.
                yield Parcel(ready, ready.id)
            elif ready.text is not None:
                yield self._single(ready, ready.id)

    def _of_job(self, waiting: CarriableMessage) -> Iterator[Parcel]:
        job = waiting.ready
        pieces = pieces_of(self._database, job)
        whole_bytes = job.total_bytes + waiting.inner_bytes
        is_cut = any(piece.type != MessageType.SINGLE for piece in pieces)
        if not is_cut and any(piece.is_taken for piece in pieces):
            return  # as a single; it waits for its receipt
        if not is_cut and whole_bytes <= _LARGEST_SINGLE_BYTES:
            single = job._replace(
                type=int(MessageType.SINGLE), size_bytes=whole_bytes, total_bytes=whole_bytes
            )
            yield self._single(single, job.id)
            return
        wanted = list(self._wanted_ranges(job, pieces, waiting.cut_bytes if is_cut else 0))
        manifests = [each for each in pieces if each.type == MessageType.MANIFEST]
        if not wanted and all(each.is_taken for each in manifests):
            return
        manifest = self._manifest(job)
        yield manifest
        for offset, size_bytes in wanted:
            chunk = job._replace(type=int(MessageType.CHUNK), offset=offset, size_bytes=size_bytes)
            yield Parcel(chunk, job.id, opened_by=manifest)

    def _wanted_ranges(
        self, job: Ready, pieces: list[Piece], cut_bytes: int
    ) -> Iterator[tuple[int, int]]:
        """Yield the ranges that the next hop lacks, in the medium's own pieces.

        These begin at multiples of their size, so that the next copy has the same ones.
        """
        size_bytes = self._piece_bytes
        ranges = [(cut_bytes, job.total_bytes)]
        ranges += [
            (each.offset, each.offset + each.size_bytes)
            for each in pieces
            if each.type == MessageType.CHUNK and not each.is_taken
        ]
        lacking: set[int] = set()
        for first, last in ranges:
            if first < last:
                lacking.update(range(first // size_bytes, -(-last // size_bytes)))
        for number in sorted(lacking):
            offset = number * size_bytes
            yield offset, min(size_bytes, job.total_bytes - offset)

    def _manifest(self, job: Ready) -> Parcel:
        manifest = job._replace(type=int(MessageType.MANIFEST), offset=0, size_bytes=0)
        body = self._sealer.make_manifest(
            manifest,
            self._peer.sealing_key,
            self._piece_bytes,
            low_water(self._database, job.source, job.destination, job.epoch),
        )
        return Parcel(manifest, job.id, body)

    def _single(self, ready: Ready, whole: int) -> Parcel:
        if self._key is None:
            self._key = self._make_key()
        return Parcel(ready, whole, key=self._key.key, opened_by=self._key.manifest)
