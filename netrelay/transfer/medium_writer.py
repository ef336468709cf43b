"""Writes parcels to a medium, as files of at most 32 MiB each.

A file has all that opens what is in it, so one that is lost costs only its own messages.
"""

from collections.abc import Callable, Iterable
from typing import Final

from netrelay.core.medium_file import MediumKind
from netrelay.core.message_frames import MessagesWriter, messages_frame_limit_bytes
from netrelay.core.message_names import MessageName
from netrelay.core.segments import SEGMENT_BYTES, sealed_bytes
from netrelay.disk.medium_folder import MediumFolder
from netrelay.seal.identity import Identity
from netrelay.transfer.claimed_file import FileChanged, FileUnread
from netrelay.transfer.medium_output import MediumOutput
from netrelay.transfer.parcels import Parcel
from netrelay.transfer.sealer import Sealer

# More than the longest end-to-end header in use.
_HEADER_ALLOWANCE_BYTES: Final = 160


class MediumWriter:
    """Writes the files for one addressee.

    capacity_bytes: no message is larger. progress: called with the bytes of each part.
    """

    def __init__(
        self,
        folder: MediumFolder,
        identity: Identity,
        sealer: Sealer,
        addressee: str,
        capacity_bytes: int,
        progress: Callable[[int], None],
    ) -> None:
        self._folder = folder
        self._identity = identity
        self._sealer = sealer
        self._addressee = addressee
        self._progress = progress
        self._capacity_bytes = capacity_bytes
        self._frame = memoryview(bytearray(messages_frame_limit_bytes(capacity_bytes)))
        # The file that is being written, the frame that is being filled, and what is in both.
        self._output: MediumOutput | None = None
        self._writer: MessagesWriter | None = None
        # Two carriers may have brought different bytes of one message: its destination decides.
        self._parcels: dict[tuple[MessageName, str | None], Parcel] = {}
        self.written: list[Parcel] = []
        """Parcels in complete files."""
        self.left_out: list[tuple[Parcel, str]] = []
        """Messages whose file could not be read, or has changed, and why."""

    def write_all(self, parcels: Iterable[Parcel]) -> None:
        """Write parcels in their order; durable on return. OSError leaves complete files only."""
        try:
            for parcel in parcels:
                self._write(parcel)
            self._complete()
        except BaseException:
            self._discard()
            raise

    def _write(self, parcel: Parcel) -> None:
        if self._output is not None and self._output.is_full(parcel_bytes(parcel)):
            self._complete()
        before = [] if parcel.opened_by is None else [parcel.opened_by]
        for each in (*before, parcel):
            if (each.name, each.ready.previous_hop) not in self._parcels:
                self._lay(each)

    def _lay(self, parcel: Parcel) -> None:
        size_bytes = _message_size_bytes(parcel)
        if size_bytes > self._capacity_bytes:
            self.left_out.append((parcel, "it is larger than what this node takes now (capacity)"))
            return
        if self._output is None:
            self._output = MediumOutput(self._folder, self._identity, self._addressee)
        if self._writer is not None and not self._writer.has_room(
            _HEADER_ALLOWANCE_BYTES, parcel_bytes(parcel)
        ):
            self._end_frame(self._output)
        if self._writer is None:
            # A frame of small messages is small: a node of the least capacity takes it too.
            self._writer = MessagesWriter(self._frame, size_bytes)
        try:
            self._lay_into(self._writer, parcel)
        except (FileChanged, FileUnread) as error:
            self._writer.drop_message()
            self.left_out.append((parcel, str(error)))
            return
        self._parcels[parcel.name, parcel.ready.previous_hop] = parcel
        self._output.message_size_bytes = max(self._output.message_size_bytes, size_bytes)

    def _lay_into(self, writer: MessagesWriter, parcel: Parcel) -> None:
        if parcel.body is not None:
            self._sealer.lay_signed(writer, parcel.ready, parcel.body)
        elif parcel.ready.envelope is not None:
            self._sealer.lay_carried(writer, parcel.ready)
        elif parcel.key is not None:
            self._sealer.lay_single(writer, parcel.ready, parcel.key)
        else:
            self._sealer.lay_chunk(writer, parcel.ready)

    def _end_frame(self, output: MediumOutput) -> None:
        writer, self._writer = self._writer, None
        if writer is not None and writer.count:
            length_bytes = writer.finish()
            output.append(self._frame[:length_bytes])
            self._progress(length_bytes)

    def _complete(self) -> None:
        """Complete the file that is being written, unless nothing is in it."""
        if self._output is None:
            return
        self._end_frame(self._output)
        if not self._output.parts:
            self._discard()
            return
        self._output.complete(MediumKind.MESSAGES)
        self._output = None
        self.written += self._parcels.values()
        self._parcels.clear()

    def _discard(self) -> None:
        output, self._output, self._writer = self._output, None, None
        self._parcels.clear()
        if output is not None:
            output.discard()


def _message_size_bytes(parcel: Parcel) -> int:
    """Return the smallest message size that a message fits."""
    return max(-(-parcel.ready.size_bytes // SEGMENT_BYTES), 1) * SEGMENT_BYTES


def parcel_bytes(parcel: Parcel) -> int:
    """Return the length of a message's body."""
    if parcel.body is not None:
        return len(parcel.body)
    return sealed_bytes(parcel.ready.size_bytes)
