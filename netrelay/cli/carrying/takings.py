"""What lies on a medium for this node, or to be carried on: taken by receiver and processor_r."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from netrelay.cli.carrying.receiver_line import ReceiverLine
from netrelay.core.frames import FRAME_HEADER_BYTES, decode_frame_header, expect_messages
from netrelay.core.header import EndToEnd, decode_end_to_end
from netrelay.core.medium_file import MediumHeader, MediumKind
from netrelay.core.message_frames import read_messages
from netrelay.core.segments import CAPACITY_MAX_BYTES
from netrelay.core.sizes import size_text
from netrelay.core.words import MessageType, WireError
from netrelay.disk.medium_folder import MediumFolder
from netrelay.store.admissions import AdmissionQuestion, missing_for
from netrelay.store.database import Database
from netrelay.store.peers import Peer
from netrelay.transfer.medium_reader import (
    MediumFile,
    NotOfMediumError,
    UnknownWriterError,
    opened_medium_file,
)


class _About(NamedTuple):
    source: str
    destination: str
    is_receipt: bool


class Taken(NamedTuple):
    """What became of the files of a medium.

    messages: taken, by writer. sources: of what was taken, who is owed a receipt. refused: how
    many messages, by writer and refusal. staying: files for others, by addressee. strangers: files
    whose writer is no peer. damaged: names of files of which a part is not what was written.
    unreadable: why a file was not read, by name. removed: names of files. unremoved: why one could
    not be removed.
    """

    messages: Counter[str]
    sources: set[str]
    refused: Counter[tuple[str, str]]
    staying: Counter[str]
    strangers: list[str]
    damaged: list[str]
    unreadable: dict[str, str]
    removed: list[str]
    unremoved: list[str]


class Takings:
    """Takes the files of a medium, one after the other.

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
        self._own = str(database.value("SELECT node FROM selfinfo"))
        capacity_bytes = database.value("SELECT capacity FROM selfinfo")
        assert isinstance(capacity_bytes, int)
        self._capacity_bytes = capacity_bytes
        self._lines: dict[str, ReceiverLine] = {}
        self.taken = Taken(Counter(), set(), Counter(), Counter(), [], [], {}, [], [])
        """What became of the files so far."""

    def take_all(self) -> None:
        """Take every file; ReceiverAwayError if the node stops meanwhile: the rest stays."""
        certificates = {node: peer.certificate for node, peer in self._peers.items()}
        try:
            for name in self._folder.names():
                try:
                    with opened_medium_file(self._folder, name, certificates) as file:
                        is_done = self._take(name, file)
                except UnknownWriterError as error:
                    self._note_stranger(name, error)
                except (NotOfMediumError, OSError) as error:
                    self.taken.unreadable[name] = str(error)
                else:
                    if is_done:
                        self._remove(name)
        finally:
            for line in self._lines.values():
                line.close()

    def _note_stranger(self, name: str, error: UnknownWriterError) -> None:
        if error.writer != self._own:
            self.taken.strangers.append(name)

    def _take(self, name: str, file: MediumFile) -> bool:
        """Take a file; return whether it can be removed."""
        header = file.header
        if header.kind is not MediumKind.MESSAGES:
            return False
        if header.message_size_bytes > self._capacity_bytes:
            raise NotOfMediumError(
                f"its pieces have up to {size_text(header.message_size_bytes)}, and this node takes"
                f" {size_text(self._capacity_bytes)} (capacity in netrelay.toml)"
            )
        line = self._line(header.writer)
        count, is_whole, stays = self._send(line, file)
        refused = line.settle()
        self.taken.messages[header.writer] += count - len(refused)
        self.taken.refused.update((header.writer, each.refusal.name) for each in refused)
        if not is_whole:
            self.taken.damaged.append(name)
        if stays:
            self.taken.staying[header.addressee] += 1
        # One that is damaged is of no more use: its writer copies what is missing again.
        is_ours = header.addressee == self._own
        return not refused and not stays and (is_whole or is_ours)

    def _send(self, line: ReceiverLine, file: MediumFile) -> tuple[int, bool, bool]:
        """Send the parts of a file that this node takes.

        Return how many messages they are, whether all parts are what was written, and whether the
        file is for another node, to which this one does not carry it.
        """
        header = file.header
        count, is_whole = 0, True
        for part in file.parts():
            about = None if part is None else _messages_in(part)
            if part is None or about is None:
                is_whole = False
                continue
            if header.addressee != self._own and not self._may_all_come(header, about):
                return count, is_whole, True
            self.taken.sources.update(source for source, _, _ in about)
            count += len(about)
            line.send(part)
            self._progress(len(part))
        return count, is_whole, False

    def _may_all_come(self, header: MediumHeader, about: list[_About]) -> bool:
        """Return whether this node would take all of a part that is addressed to another one."""
        questions = [AdmissionQuestion(header.writer, *each) for each in dict.fromkeys(about)]
        return not any(missing_for(self._database, questions))

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


def _messages_in(frame: bytes) -> list[_About] | None:
    """Return what decides whether the messages of a frame may come in; None if it is no frame.

    receiver would end the connection at one that is none.
    """
    try:
        header, payload = frame[:FRAME_HEADER_BYTES], memoryview(frame)[FRAME_HEADER_BYTES:]
        _, length = decode_frame_header(header, expect_messages(CAPACITY_MAX_BYTES))
        found = [decode_end_to_end(head) for head, _, _ in read_messages(payload)]
    except WireError:
        return None
    if length != len(payload):
        return None
    return [_About(each.source, each.destination, _is_receipt(each)) for each in found]


def _is_receipt(header: EndToEnd) -> bool:
    return header.type is MessageType.RECEIPT
