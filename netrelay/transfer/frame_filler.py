"""Outgoing frames: the most urgent messages for a peer, sealed into slots.

A slot is filled before its messages are committed as handed, and sent after the commit: nothing
slow runs under the write lock, and no frame is on the wire before its messages are in S-4W.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from itertools import islice
from typing import NamedTuple

from netrelay.core.budget import wire_estimate_bytes
from netrelay.core.message_frames import MessagesWriter
from netrelay.core.packed_frames import pack_frame
from netrelay.core.segments import sealed_bytes
from netrelay.core.words import MessageType
from netrelay.store.budgets import LEAST_ORDINARY_PRIORITY
from netrelay.store.database import Database
from netrelay.store.outgoing import Ready, low_water, read_body, ready_messages
from netrelay.store.peers import Peer
from netrelay.transfer.claimed_file import FileChanged, FileUnread
from netrelay.transfer.flight import Flight
from netrelay.transfer.sealer import Sealer
from netrelay.transfer.single_keys import SingleKeys

_MESSAGES_A_FILL = 1024
# Half of the usual number of slots: the other half is sent meanwhile.
_FRAMES_A_FILL = 8
_LEAST_URGENT = 9
# More than the longest end-to-end header in use: a frame is closed early and never overflows.
_HEADER_ALLOWANCE_BYTES = 160


class LaidFrame(NamedTuple):
    """A complete frame in a slot; its length is 0 if it has no message."""

    slot: int
    length_bytes: int
    messages: list[Ready]


class Slot(NamedTuple):
    """A free slot, lent to the filler."""

    number: int
    view: memoryview


class Filled(NamedTuple):
    """The frames of one fill, and what has to be committed with them.

    made_bodies: (message id, body). changed: messages whose file or spool has changed, and how.
    keys_wanted: destinations whose singles wait for a new key. unread: a message of each file that
    cannot be read for now, and why, by the row of the file.
    """

    frames: list[LaidFrame]
    made_bodies: list[tuple[int, bytes]]
    changed: list[tuple[Ready, FileChanged]]
    keys_wanted: set[str]
    unread: dict[int, tuple[Ready, FileUnread]]


class FrameFiller:
    """Seals ready messages into frames; it has no state of its own besides the peers."""

    def __init__(self, database: Database, sealer: Sealer, keys: SingleKeys) -> None:
        self._database = database
        self._sealer = sealer
        self._keys = keys
        self._own_id = str(database.value("SELECT node FROM selfinfo"))
        self.peers: dict[str, Peer] = {}

    def fill(
        self,
        flight: Flight,
        allocate_slot: Callable[[], Slot | None],
        passed_over: Collection[int] = (),
    ) -> Filled:
        """Seal the messages ready for one connection, as far as its window and the slots allow.

        passed_over: messages that are in flight, though their rows do not say so yet. Reads files,
        so it is slow: call it outside a transaction.
        """
        filled = Filled([], [], [], set(), {})
        with closing(ready_messages(self._database, flight.peer)) as ready:
            waiting = (message for message in ready if message.id not in passed_over)
            self._fill(flight, islice(waiting, _MESSAGES_A_FILL), allocate_slot, filled)
        return filled

    def _fill(
        self,
        flight: Flight,
        ready: Iterable[Ready],
        allocate_slot: Callable[[], Slot | None],
        filled: Filled,
    ) -> None:
        room_bytes = flight.room_bytes
        laid_bytes = 0
        frame: _OpenFrame | None = None
        # Of a message after which more of the same urgency can be laid, when this fill is stored.
        opens_for = _LEAST_URGENT
        chunks_left = flight.chunks_to_take
        for message in ready:
            if message.priority > opens_for:
                break
            if flight.is_beside and not _may_go_beside(message):
                continue  # it keeps its order on the other connection
            if chunks_left is not None and _may_go_beside(message):
                if not chunks_left:
                    break
                chunks_left -= 1
            if message.size_bytes > flight.message_size_bytes or message.file in filled.unread:
                continue  # cut for a newer agreement: it waits for a connection under that one
            body = self._made_body(message, flight.message_size_bytes, filled)
            if body is None and message.type in (MessageType.MANIFEST, MessageType.RECEIPT):
                continue
            needed_bytes = sealed_bytes(message.size_bytes) if body is None else len(body)
            if room_bytes < needed_bytes or _is_used_up(flight, message, laid_bytes):
                break
            if frame is not None and (
                not frame.writer.has_room(_HEADER_ALLOWANCE_BYTES, needed_bytes)
                or flight.is_enough(frame.writer.length_bytes)
            ):
                filled.frames.append(self._closed(frame, flight.peer))
                frame = None
            if frame is None:
                slot = allocate_slot() if len(filled.frames) < _FRAMES_A_FILL else None
                if slot is None:
                    return
                frame = _OpenFrame(slot, flight.message_size_bytes)
            if self._lay(frame.writer, message, body, filled):
                frame.messages.append(message)
                room_bytes -= needed_bytes
                laid_bytes += wire_estimate_bytes(needed_bytes)
            if self._opens_for_more(message, filled):
                opens_for = message.priority
        if frame is not None:
            filled.frames.append(self._closed(frame, flight.peer))

    def _opens_for_more(self, message: Ready, filled: Filled) -> bool:
        """Return True after an urgent file's manifest, and an urgent single that waits for its key.

        Chunks of the file, and the single, are ready as soon as this fill is stored.
        """
        if message.priority >= LEAST_ORDINARY_PRIORITY:
            return False
        wants_key = message.destination in filled.keys_wanted and message.destination in self.peers
        is_of_file = message.type == MessageType.MANIFEST and message.total_bytes > 0
        return is_of_file or wants_key

    def _closed(self, frame: "_OpenFrame", receiver: str) -> LaidFrame:
        """Return a complete frame, packed if its receiver takes that and it becomes shorter."""
        laid = frame.close()
        peer = self.peers.get(receiver)
        if not laid.messages or peer is None or not peer.takes_packed:
            return laid
        length_bytes = pack_frame(frame.slot.view, laid.length_bytes, self._own_id, receiver)
        return laid._replace(length_bytes=length_bytes)

    def _made_body(self, message: Ready, message_size_bytes: int, filled: Filled) -> bytes | None:
        """Return the signed body of a manifest or receipt, None for other types.

        The manifest of a file is made when it is first sent. None also while it cannot be made, or
        when its body is no longer needed.
        """
        if message.type not in (MessageType.MANIFEST, MessageType.RECEIPT):
            return None
        body = read_body(self._database, message.id)
        if body is not None or message.type == MessageType.RECEIPT or message.path is None:
            return body
        peer = self.peers.get(message.destination)
        if peer is None:
            return None
        body = self._sealer.make_manifest(
            message,
            peer.sealing_key,
            message_size_bytes,
            low_water(self._database, message.source, message.destination, message.epoch),
        )
        filled.made_bodies.append((message.id, body))
        return body

    def _lay(
        self, writer: MessagesWriter, message: Ready, body: bytes | None, filled: Filled
    ) -> bool:
        try:
            if body is not None:
                self._sealer.lay_signed(writer, message, body)
            elif message.envelope is not None:
                self._sealer.lay_carried(writer, message)
            elif message.type == MessageType.CHUNK:
                self._sealer.lay_chunk(writer, message)
            else:
                key = self._keys.current(message.destination, self._database.now_s())
                if key is None:
                    filled.keys_wanted.add(message.destination)
                    return False
                self._sealer.lay_single(writer, message, key)
        except FileChanged as change:
            filled.changed.append((message, change))
            return False
        except FileUnread as error:
            assert message.file is not None
            filled.unread[message.file] = message, error
            return False
        return True


def _may_go_beside(message: Ready) -> bool:
    """Return whether a message may go by any way of its peer."""
    return message.type == MessageType.CHUNK and message.priority >= LEAST_ORDINARY_PRIORITY


def _is_used_up(flight: Flight, message: Ready, laid_bytes: int) -> bool:
    """Return True if the budget is used up for a message: the last one may exceed it."""
    if flight.budget is None:
        return False
    return laid_bytes >= flight.budget.for_message(message.type, message.priority)


class _OpenFrame:
    def __init__(self, slot: Slot, message_size_bytes: int) -> None:
        self.slot = slot
        self.writer = MessagesWriter(slot.view, message_size_bytes)
        self.messages: list[Ready] = []

    def close(self) -> LaidFrame:
        """Return the frame; its length is 0 when it has no message."""
        length_bytes = self.writer.finish() if self.messages else 0
        return LaidFrame(self.slot.number, length_bytes, self.messages)
