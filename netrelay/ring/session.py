"""One generation of a channel: both rings and the slots, created by the listener.

Files in the runtime directory, for listener A and connector B:

    A--B.ring    records from A to B
    B--A.ring    records from B to A
    A--B.slots   the bodies, filled by one of them
"""

import os
from mmap import mmap
from pathlib import Path
from typing import NamedTuple, Self

from .layout import RECORD_BYTES, RING_FILE_BYTES, RING_MAGIC, RING_RECORDS, SLOTS_MAGIC
from .ring import RingReader, RingWriter
from .shared_file import (
    SharedFileError,
    SharedHeader,
    create_shared_file,
    open_shared_file,
)
from .slots import SlotPool, SlotWindow, check_slot_geometry, slots_file_bytes


class ChannelNames(NamedTuple):
    """The two processes of a channel, which of them fills the slots, and the runtime directory."""

    directory: Path
    listener: str
    connector: str
    filled_by: str

    def check(self) -> Self:
        """Return itself; raise ValueError unless one of two different processes fills."""
        if self.listener == self.connector:
            raise ValueError(f"channel of {self.listener} with itself")
        if self.filled_by not in (self.listener, self.connector):
            raise ValueError(
                f"slots filled by {self.filled_by}: must be {self.listener} or {self.connector}"
            )
        return self

    @property
    def bell(self) -> str:
        """Name of the bell socket in the directory."""
        return f"{self.listener}--{self.connector}.bell"

    @property
    def listener_ring(self) -> Path:
        """Path of the ring that the listener writes."""
        return self.directory / f"{self.listener}--{self.connector}.ring"

    @property
    def connector_ring(self) -> Path:
        """Path of the ring that the connector writes."""
        return self.directory / f"{self.connector}--{self.listener}.ring"

    @property
    def slots(self) -> Path:
        """Path of the slots file."""
        return self.directory / f"{self.listener}--{self.connector}.slots"


class Session:
    """One endpoint's mapping of one generation.

    `sent_appended` and `sent_consumed` are the counts of the last COUNTS packet that was sent.
    """

    def __init__(
        self,
        generation: int,
        outgoing: mmap,
        incoming: mmap,
        slots: SlotWindow,
    ) -> None:
        self.generation = generation
        self.writer = RingWriter(outgoing)
        self.reader = RingReader(incoming)
        self.slots = slots
        self.sent_appended = 0
        self.sent_consumed = 0


def create_session(names: ChannelNames, slot_count: int, slot_bytes: int) -> Session:
    """Create the files of a new generation; return the listener's endpoint.

    Ring files are allocated now, slots as they are filled. Raise OSError that names the file when
    the file system has no room for all of them: filling would otherwise end in SIGBUS.
    """
    generation = _new_generation()
    ring_header = SharedHeader(RING_MAGIC, generation, RING_RECORDS, RECORD_BYTES)
    slots_header = SharedHeader(SLOTS_MAGIC, generation, slot_count, slot_bytes)
    slots_bytes = slots_file_bytes(slot_count, slot_bytes)
    # New files rather than truncated ones: a process that still maps the old ones writes where
    # nobody reads. Removed first: the files of a killed listener must not count as used space.
    remove_files(names)
    outgoing = create_shared_file(names.listener_ring, ring_header, RING_FILE_BYTES, reserve=True)
    incoming = create_shared_file(names.connector_ring, ring_header, RING_FILE_BYTES, reserve=True)
    _check_room(names.slots, slots_bytes)
    memory = create_shared_file(names.slots, slots_header, slots_bytes, reserve=False)
    slots = _slots(memory, slots_header, filled_here=names.filled_by == names.listener)
    return Session(generation, outgoing, incoming, slots)


def open_session(names: ChannelNames, generation: int) -> Session:
    """Open the generation that the listener announced; return the connector's endpoint.

    Raise SharedFileError when the files belong to another generation: a newer connection replaced
    ours.
    """
    outgoing = _open_ring(names.connector_ring, generation)
    incoming = _open_ring(names.listener_ring, generation)
    memory, header = open_shared_file(names.slots, SLOTS_MAGIC, generation)
    try:
        check_slot_geometry(header.place_count, header.place_bytes)
    except ValueError as error:
        raise SharedFileError(f"{names.slots}: {error}") from error
    _check_length(names.slots, memory, slots_file_bytes(header.place_count, header.place_bytes))
    slots = _slots(memory, header, filled_here=names.filled_by == names.connector)
    return Session(generation, outgoing, incoming, slots)


def remove_files(names: ChannelNames) -> None:
    """Unlink the files of a generation; existing mappings stay valid and become private."""
    for path in (names.listener_ring, names.connector_ring, names.slots):
        path.unlink(missing_ok=True)


def _new_generation() -> int:
    # 63 bits fit an SQLite integer; the lowest is set, so it is never 0. Random, so that it differs
    # from earlier generations without a clock or stored state.
    return int.from_bytes(os.urandom(8), "little") >> 1 | 1


def _slots(memory: mmap, header: SharedHeader, *, filled_here: bool) -> SlotWindow:
    face = SlotPool if filled_here else SlotWindow
    return face(memory, header.place_count, header.place_bytes)


def _open_ring(path: Path, generation: int) -> mmap:
    memory, header = open_shared_file(path, RING_MAGIC, generation)
    if (header.place_count, header.place_bytes) != (RING_RECORDS, RECORD_BYTES):
        raise SharedFileError(
            f"{path}: {header.place_count} records of {header.place_bytes} bytes, "
            f"expected {RING_RECORDS} of {RECORD_BYTES}"
        )
    _check_length(path, memory, RING_FILE_BYTES)
    return memory


def _check_length(path: Path, memory: mmap, expected_bytes: int) -> None:
    if len(memory) != expected_bytes:
        raise SharedFileError(f"{path}: {len(memory)} bytes, expected {expected_bytes}")


def _check_room(path: Path, needed_bytes: int) -> None:
    file_system = os.statvfs(path.parent)
    free_bytes = file_system.f_bavail * file_system.f_frsize
    if free_bytes < needed_bytes:
        raise OSError(f"{path}: {needed_bytes} bytes of slots, but {free_bytes} bytes are free")
