"""Slots for message bodies: one process fills them in place, the other consumes them in place.

Theory: the filling process alone knows which slots are free. It allocates one, fills it, and sends
its number in a record; from then on it must not write to it until the consumer returns the number
in a SlotFree, in any order. The records order these accesses (see channel.py). A slot that the
consumer never returns stays allocated until the generation ends; a new generation starts with all
slots free. layout.py has the format.
"""

import errno
import mmap
from typing import Final

from .layout import SLOT_COUNT_LIMIT, SLOT_LIMIT_BYTES


def slot_size_bytes(wanted_bytes: int) -> int:
    """Return `wanted_bytes` rounded up to whole pages of this system."""
    return -(-wanted_bytes // mmap.PAGESIZE) * mmap.PAGESIZE


def check_slot_geometry(slot_count: int, slot_bytes: int) -> None:
    """Raise ValueError unless both numbers are within their bounds and slots are whole pages."""
    if not 1 <= slot_count <= SLOT_COUNT_LIMIT:
        raise ValueError(f"slot count {slot_count}: must lie in 1..{SLOT_COUNT_LIMIT}")
    if not 1 <= slot_bytes <= SLOT_LIMIT_BYTES or slot_bytes % mmap.PAGESIZE:
        raise ValueError(
            f"slot size {slot_bytes}: must lie in 1..{SLOT_LIMIT_BYTES} "
            f"and be whole pages of {mmap.PAGESIZE} bytes"
        )


def slots_file_bytes(slot_count: int, slot_bytes: int) -> int:
    """Return the size of a slots file: one page for the header, then the slots."""
    return mmap.PAGESIZE + slot_count * slot_bytes


class SlotWindow:
    """The consumer's access to the slots: views by number."""

    def __init__(self, memory: mmap.mmap, slot_count: int, slot_bytes: int) -> None:
        check_slot_geometry(slot_count, slot_bytes)
        self.slot_count: Final = slot_count
        self.slot_bytes: Final = slot_bytes
        self._memory = memory
        self._whole_view = memoryview(memory)

    def view(self, slot: int, length_bytes: int | None = None) -> memoryview:
        """Return a writable view of the slot, or of its first `length_bytes`, without a copy.

        Number and length may come unchecked from a record: raise ValueError when either is out of
        bounds. A view outlives its generation, but then shows memory that no other process reads.
        """
        if not 0 <= slot < self.slot_count:
            raise ValueError(f"slot {slot}: must lie in 0..{self.slot_count - 1}")
        if length_bytes is None:
            length_bytes = self.slot_bytes
        elif not 0 <= length_bytes <= self.slot_bytes:
            raise ValueError(f"slot length {length_bytes}: must lie in 0..{self.slot_bytes}")
        start = self._start(slot)
        return self._whole_view[start : start + length_bytes]

    def _start(self, slot: int) -> int:
        return mmap.PAGESIZE + slot * self.slot_bytes


class SlotPool(SlotWindow):
    """The filling process's access: views, and the allocation of slots."""

    def __init__(self, memory: mmap.mmap, slot_count: int, slot_bytes: int) -> None:
        super().__init__(memory, slot_count, slot_bytes)
        # LIFO: the slot freed last is reused first, so an idle node touches few pages.
        self._free = list(range(slot_count - 1, -1, -1))
        self._allocated = bytearray(slot_count)
        self._touched = bytearray(slot_count)

    @property
    def free_count(self) -> int:
        """Number of slots that can still be allocated."""
        return len(self._free)

    def allocate(self) -> int | None:
        """Allocate a slot and return its number; None when all are allocated.

        Its content is undefined.
        """
        if not self._free:
            return None
        slot = self._free.pop()
        self._allocated[slot] = 1
        self._touched[slot] = 1
        return slot

    def free(self, slot: int) -> None:
        """Free a slot that neither process reads or writes any more.

        Raise ValueError for a number out of bounds and for a slot that is not allocated.
        """
        if not 0 <= slot < self.slot_count:
            raise ValueError(f"slot {slot}: must lie in 0..{self.slot_count - 1}")
        if not self._allocated[slot]:
            raise ValueError(f"slot {slot}: freed, but it is not allocated")
        self._allocated[slot] = 0
        self._free.append(slot)

    def release_memory(self) -> int:
        """Release the memory of free slots to the system; return the number of bytes released.

        For idle times: the next fill of such a slot takes page faults again. Allocated slots keep
        their content. Return 0 where the file system cannot punch holes.
        """
        released_bytes = 0
        for slot in self._free:
            if not self._touched[slot]:
                continue
            try:
                self._memory.madvise(mmap.MADV_REMOVE, self._start(slot), self.slot_bytes)
            except OSError as error:
                if error.errno in (errno.EOPNOTSUPP, errno.EINVAL):
                    return released_bytes
                raise
            self._touched[slot] = 0
            released_bytes += self.slot_bytes
        return released_bytes
