"""The slots that bodies lie in: one process fills them in place, the other consumes in place.

Which slots are free is known to the filling process alone; a slot's number travels in a record and
comes back in another when the consumer has finished with it, in any order. A new generation begins
with an empty pool. layout.py has the picture.
"""

import errno
import mmap
from typing import Final

from .layout import SLOT_COUNT_LIMIT, SLOT_LIMIT_BYTES


def slot_size_bytes(wanted_bytes: int) -> int:
    """The bytes a slot for `wanted_bytes` takes: whole pages of this machine."""
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
    """The size of a slots file: a page of header, then the slots."""
    return mmap.PAGESIZE + slot_count * slot_bytes


class SlotWindow:
    """The consumer's face of the slots: views by number, nothing else."""

    def __init__(self, memory: mmap.mmap, slot_count: int, slot_bytes: int) -> None:
        check_slot_geometry(slot_count, slot_bytes)
        self.slot_count: Final = slot_count
        self.slot_bytes: Final = slot_bytes
        self._memory = memory
        self._whole_view = memoryview(memory)

    def view(self, slot: int, length_bytes: int | None = None) -> memoryview:
        """A writable view of the whole slot, or of its first `length_bytes`, without a copy.

        A view outlives its generation: then it shows memory nobody else has. Raises ValueError for
        a number or a length outside, so both may come straight out of a record.
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
    """The filling process's face: views, and which slots are free."""

    def __init__(self, memory: mmap.mmap, slot_count: int, slot_bytes: int) -> None:
        super().__init__(memory, slot_count, slot_bytes)
        # A stack: the slot used last is used next, so a quiet node touches few of them.
        self._free = list(range(slot_count - 1, -1, -1))
        self._taken = bytearray(slot_count)
        self._touched = bytearray(slot_count)

    @property
    def free_count(self) -> int:
        """Slots that take() can still give."""
        return len(self._free)

    def take(self) -> int | None:
        """The number of a slot that is now the caller's to fill; None when all are in use.

        The slot holds whatever it held before.
        """
        if not self._free:
            return None
        slot = self._free.pop()
        self._taken[slot] = 1
        self._touched[slot] = 1
        return slot

    def give_back(self, slot: int) -> None:
        """Make a slot free again, once nobody reads or writes it.

        Raises ValueError for a number outside and for a slot that is already free.
        """
        if not 0 <= slot < self.slot_count:
            raise ValueError(f"slot {slot}: must lie in 0..{self.slot_count - 1}")
        if not self._taken[slot]:
            raise ValueError(f"slot {slot}: given back, but it is not taken")
        self._taken[slot] = 0
        self._free.append(slot)

    def release_memory(self) -> int:
        """Give the memory of free slots back to the system; the bytes of the slots released.

        For idle moments: the next fill of a released slot pays its page faults again. A slot in use
        keeps its content. 0 where the file system cannot punch holes.
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
