"""Writes parcels to a medium, as files of at most 32 MiB each.

A file has all that opens what is in it, so one that is lost costs only its own messages.
"""

import os
from collections.abc import Callable, Iterable
from typing import Final

from blake3 import blake3

from netrelay.core.medium_file import (
    FILE_ID_BYTES,
    MEDIUM_DOMAIN,
    MEDIUM_HEADER_BYTES,
    MEDIUM_PARTS_MAX,
    MediumHeader,
    MediumKind,
    MediumPart,
    encode_medium_header,
)
from netrelay.core.message_frames import MessagesWriter, messages_frame_limit_bytes
from netrelay.core.segments import SEGMENT_BYTES, sealed_bytes
from netrelay.disk.medium_folder import MediumFolder
from netrelay.seal.identity import Identity
from netrelay.transfer.claimed_file import FileChanged, FileUnread
from netrelay.transfer.parcels import Parcel, ParcelKey
from netrelay.transfer.sealer import Sealer

# The rest of a file that is torn is lost: so much is written again.
_FILE_BYTES: Final = 32 * 1024 * 1024
# More than the longest end-to-end header in use.
_HEADER_ALLOWANCE_BYTES: Final = 160


class MediumWriter:
    """Writes the files for one addressee; `finish` completes the last, `discard` removes it.

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
        self._frame = memoryview(bytearray(messages_frame_limit_bytes(capacity_bytes)))
        self._open: _OpenFile | None = None
        self._writer: MessagesWriter | None = None
        self.files = 0
        """How many files are complete."""
        self.written: list[Parcel] = []
        """What is in complete files."""
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
        more = [] if parcel.opened_by is None else [parcel.opened_by]
        if self._open is not None and self._open.is_full(parcel_bytes(parcel)):
            self._complete()
        for each in (*more, parcel):
            if self._open is None or each.name not in self._open.names:
                self._lay(each)

    def _lay(self, parcel: Parcel) -> None:
        opened = self._opened()
        body_bytes = parcel_bytes(parcel)
        if self._writer is not None and not self._writer.has_room(
            _HEADER_ALLOWANCE_BYTES, body_bytes
        ):
            self._end_frame()
        if self._writer is None:
            # A frame of small messages is small: a node of the least capacity takes it too.
            self._writer = MessagesWriter(self._frame, _message_size_bytes(parcel))
        try:
            self._lay_into(self._writer, parcel)
        except (FileChanged, FileUnread) as error:
            self._writer.drop_message()
            self.left_out.append((parcel, str(error)))
            return
        opened.names.add(parcel.name)
        opened.parcels.append(parcel)
        opened.message_size_bytes = max(opened.message_size_bytes, _message_size_bytes(parcel))

    def _lay_into(self, writer: MessagesWriter, parcel: Parcel) -> None:
        if parcel.body is not None:
            self._sealer.lay_signed(writer, parcel.ready, parcel.body)
        elif parcel.ready.envelope is not None:
            self._sealer.lay_carried(writer, parcel.ready)
        elif parcel.key is not None:
            self._sealer.lay_single(writer, parcel.ready, parcel.key)
        else:
            self._sealer.lay_chunk(writer, parcel.ready)

    def _opened(self) -> "_OpenFile":
        if self._open is None:
            file_id = os.urandom(FILE_ID_BYTES)
            self._open = _OpenFile(self._folder.create(file_id), file_id)
        return self._open

    def _end_frame(self) -> None:
        if self._writer is None or not self._writer.count:
            return
        assert self._open is not None
        length_bytes = self._writer.finish()
        self._writer = None
        frame = self._frame[:length_bytes]
        self._open.append(frame)
        self._progress(length_bytes)

    def _complete(self) -> None:
        """Complete the open file, unless nothing is in it."""
        self._end_frame()
        opened = self._open
        if opened is None:
            return
        if not opened.parts:
            self._discard()
            return
        signed = encode_medium_header(
            MediumHeader(
                *(MediumKind.MESSAGES, self._identity.node_id, self._addressee, opened.file_id),
                *(opened.message_size_bytes, tuple(opened.parts)),
            )
        )
        opened.write(0, memoryview(signed + self._identity.sign(MEDIUM_DOMAIN, signed)))
        self._folder.complete(opened.descriptor, opened.file_id, self._addressee)
        self.files += 1
        self.written += opened.parcels
        self._open = None
        os.close(opened.descriptor)

    def _discard(self) -> None:
        opened, self._open, self._writer = self._open, None, None
        if opened is not None:
            os.close(opened.descriptor)
            self._folder.discard(opened.file_id)


class _OpenFile:
    def __init__(self, descriptor: int, file_id: bytes) -> None:
        self.descriptor = descriptor
        self.file_id = file_id
        self.parts: list[MediumPart] = []
        self.names: set[ParcelKey] = set()
        self.parcels: list[Parcel] = []
        self.message_size_bytes = 0
        self._end = MEDIUM_HEADER_BYTES

    def is_full(self, more_bytes: int) -> bool:
        """Return whether so much more belongs into another file."""
        # Of the parts one is being filled, and one may be begun for a manifest and one for this.
        return self._end + more_bytes > _FILE_BYTES or len(self.parts) + 3 > MEDIUM_PARTS_MAX

    def append(self, part: memoryview) -> None:
        """Write a part behind the others."""
        self.write(self._end, part)
        self._end += len(part)
        self.parts.append(MediumPart(len(part), blake3(part).digest()))

    def write(self, offset: int, view: memoryview) -> None:
        """Write all of it at an offset."""
        written = 0
        while written < len(view):
            written += os.pwrite(self.descriptor, view[written:], offset + written)


def _message_size_bytes(parcel: Parcel) -> int:
    """Return the smallest message size that a message fits."""
    return max(-(-parcel.ready.size_bytes // SEGMENT_BYTES), 1) * SEGMENT_BYTES


def parcel_bytes(parcel: Parcel) -> int:
    """Return the length of a message's body."""
    if parcel.body is not None:
        return len(parcel.body)
    return sealed_bytes(parcel.ready.size_bytes)
