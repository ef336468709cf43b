"""Files of a medium for this node, or to be carried on: given to receiver and processor_r."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from netrelay.cli.carrying.receiver_line import ReceiverLine
from netrelay.core.frames import FRAME_HEADER_BYTES, decode_frame_header, expect_messages
from netrelay.core.header import decode_end_to_end, decode_hop
from netrelay.core.medium_file import MediumHeader, MediumKind
from netrelay.core.message_frames import read_messages
from netrelay.core.message_names import MessageName, decode_names, name_of
from netrelay.core.segments import CAPACITY_MAX_BYTES
from netrelay.core.smaller_frames import smaller_frames
from netrelay.core.words import MessageType, Refusal, WireError
from netrelay.disk.medium_folder import MediumFolder
from netrelay.store.admissions import AdmissionQuestion, missing_for
from netrelay.store.database import Database
from netrelay.store.media import own_limits, store_acknowledged
from netrelay.store.peers import Peer
from netrelay.transfer.medium_acknowledgements import needs_acknowledgement
from netrelay.transfer.medium_reader import (
    MediumFile,
    NotOfMediumError,
    UnknownWriterError,
    opened_medium_file,
)


class TakenFiles(NamedTuple):
    """The outcome for the files of a medium.

    messages: how many were taken, by writer. sources: who may be owed a receipt. unacknowledged:
    what was taken, by writer, where only this node can tell the writer. acknowledged: how many of
    this node's messages others have, by who says so. refused: how many messages, by writer and
    refusal. staying: files for others, by addressee. strangers: files whose writer is no peer.
    damaged: names of files of which a part is not what was written. unreadable: why a file was not
    read, by name. removed: names of files. unremoved: why one could not be removed.
    """

    messages: Counter[str]
    sources: set[str]
    unacknowledged: defaultdict[str, list[MessageName]]
    acknowledged: Counter[str]
    refused: Counter[tuple[str, str]]
    staying: Counter[str]
    strangers: list[str]
    damaged: list[str]
    unreadable: dict[str, str]
    removed: list[str]
    unremoved: list[str]


class _Message(NamedTuple):
    name: MessageName
    total_bytes: int


class _PlaceInFile(NamedTuple):
    """Where a message is in its file: the number of its part, and its position there."""

    part: int
    position: int


class _SentFile(NamedTuple):
    """The messages of a file that was sent, and its state.

    messages: by place; None: one that this version cannot read, which processor_r refuses.
    frames: the places of the messages of each frame that was sent. is_whole: no part was damaged.
    stays: the file is for another node, to which this one does not carry it. trouble: why the rest
    of it cannot be read.
    """

    messages: dict[_PlaceInFile, _Message | None]
    frames: list[list[_PlaceInFile]]
    is_whole: bool
    stays: bool
    trouble: str | None = None


class Takings:
    """Hands the files of a medium to this node, one after the other.

    What is acknowledged is durable here, and its file is removed. What is refused, or for others,
    stays. A file that is damaged gives what of it is whole.
    """

    def __init__(
        self,
        folder: MediumFolder,
        database: Database,
        runtime: Path,
        peers: Mapping[str, Peer],
        progress: Callable[[int], None],
    ) -> None:
        self._folder = folder
        self._database = database
        self._runtime = runtime
        self._peers = peers
        self._progress = progress
        self._own, self._capacity_bytes = own_limits(database)
        self._lines: dict[str, ReceiverLine] = {}
        self.taken = TakenFiles(
            Counter(),
            set(),
            defaultdict(list),
            Counter(),
            Counter(),
            Counter(),
            *([], [], {}, [], []),
        )
        """The outcome so far."""

    def take_all(self) -> None:
        """Hand every file over; ReceiverAwayError if the node stops meanwhile: the rest stays."""
        certificates = {node: peer.certificate for node, peer in self._peers.items()}
        try:
            for name in self._folder.names():
                try:
                    with opened_medium_file(self._folder, name, certificates) as file:
                        is_done = self._take(name, file)
                except UnknownWriterError as error:
                    if error.writer != self._own:
                        self.taken.strangers.append(name)
                except (NotOfMediumError, OSError) as error:
                    self.taken.unreadable[name] = str(error)
                else:
                    if is_done:
                        self._remove(name)
        finally:
            for line in self._lines.values():
                line.close()

    def _take(self, name: str, file: MediumFile) -> bool:
        """Hand a file over; return whether it can be removed."""
        header = file.header
        if header.kind is MediumKind.ACKNOWLEDGEMENTS:
            return header.addressee == self._own and self._hear(file)
        line = self._line(header.writer)
        first = line.sent + 1
        sent = self._send(line, file)
        refusals = {
            sent.frames[each.frame - first][each.position]: each.refusal for each in line.settle()
        }
        whole = {place for frame in sent.frames for place in frame}
        refusals |= {place: Refusal.TOO_LARGE for place in sent.messages if place not in whole}
        self.taken.refused.update((header.writer, each.name) for each in refusals.values())
        for place, message in sent.messages.items():
            if message is not None and place not in refusals:
                self._note(header.writer, message)
        if not sent.is_whole:
            self.taken.damaged.append(name)
        if sent.stays:
            self.taken.staying[header.addressee] += 1
        if sent.trouble is not None:
            self.taken.unreadable[name] = sent.trouble
            return False
        # One that is damaged is of no more use: its writer copies what is missing again.
        is_ours = header.addressee == self._own
        return not refusals and not sent.stays and (sent.is_whole or is_ours)

    def _note(self, writer: str, message: _Message) -> None:
        """Note a message that is durable here."""
        self.taken.messages[writer] += 1
        self.taken.sources.add(message.name.source)
        if needs_acknowledgement(message.name, message.total_bytes, writer, self._own):
            self.taken.unacknowledged[writer].append(message.name)

    def _hear(self, file: MediumFile) -> bool:
        """Report acknowledgements; return whether all of them could be read."""
        signer = file.header.writer
        is_whole = True
        for part in file.parts():
            try:
                names = decode_names(part or b"")
            except WireError:
                is_whole = False
                continue
            with self._database.transaction():
                count = store_acknowledged(self._database, signer, names, lambda _error: None)
            self.taken.acknowledged[signer] += count
        return is_whole

    def _send(self, line: ReceiverLine, file: MediumFile) -> _SentFile:
        """Send the parts of a file that this node takes."""
        header = file.header
        sent = _SentFile({}, [], True, False)
        try:
            for number, part in enumerate(file.parts()):
                messages = None if part is None else _messages_in(part)
                if part is None or messages is None:
                    sent = sent._replace(is_whole=False)
                    continue
                if header.addressee != self._own and not self._may_all_come(header, messages):
                    return sent._replace(stays=True)
                for position, message in enumerate(messages):
                    sent.messages[_PlaceInFile(number, position)] = message
                for frame, places in self._fitting(header, part, len(messages)):
                    line.send(frame)
                    sent.frames.append([_PlaceInFile(number, position) for position in places])
                self._progress(len(part))
        except OSError as error:
            return sent._replace(trouble=error.strerror or str(error))
        return sent

    def _fitting(
        self, header: MediumHeader, part: bytes, count: int
    ) -> Iterable[tuple[bytes, Sequence[int]]]:
        """Return frames that this node takes, with the positions that their messages had."""
        if header.message_size_bytes <= self._capacity_bytes:
            return [(part, range(count))]
        return smaller_frames(memoryview(part)[FRAME_HEADER_BYTES:], self._capacity_bytes)

    def _may_all_come(self, header: MediumHeader, messages: list[_Message | None]) -> bool:
        """Return whether this node would take all of a part that is addressed to another one."""
        names = [message.name for message in messages if message is not None]
        questions = dict.fromkeys(
            AdmissionQuestion(
                *(header.writer, name.source, name.destination),
                name.type == MessageType.RECEIPT,
            )
            for name in names
        )
        is_read = len(names) == len(messages)
        return is_read and not any(missing_for(self._database, list(questions)))

    def _line(self, writer: str) -> ReceiverLine:
        if writer not in self._lines:
            self._lines[writer] = ReceiverLine(self._runtime, writer, self._capacity_bytes)
        return self._lines[writer]

    def _remove(self, name: str) -> None:
        try:
            self._folder.remove(name)
        except OSError as error:
            self.taken.unremoved.append(error.strerror or str(error))
        else:
            self.taken.removed.append(name)


def _messages_in(frame: bytes) -> list[_Message | None] | None:
    """Return the messages of a frame, None if it is none: receiver would end the connection."""
    try:
        start, payload = frame[:FRAME_HEADER_BYTES], memoryview(frame)[FRAME_HEADER_BYTES:]
        _, length = decode_frame_header(start, expect_messages(CAPACITY_MAX_BYTES))
        views = read_messages(payload)
    except WireError:
        return None
    return [_message(head, hop) for head, hop, _ in views] if length == len(payload) else None


def _message(end_to_end: memoryview, hop: memoryview) -> _Message | None:
    try:
        header = decode_end_to_end(end_to_end)
        return _Message(name_of(header, decode_hop(hop)), header.total_size_bytes)
    except WireError:
        return None
