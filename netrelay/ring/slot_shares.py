"""Fair sharing of a pool of slots between peers."""

from collections import Counter

from netrelay.ring.slots import SlotPool


class SlotShares:
    """The allocator of one generation's slots on behalf of holders: peers, or connections.

    Theory: a holder gets no more slots than remain free; alone it gets at most three quarters. A
    holder that frees none therefore cannot starve the others, however many do so: of 16 slots a
    stuck holder keeps 8 (12 if it was alone), the next 4, the next 2. netrelay/README.md has the
    measurement.

    An owner is a peer whose connections are the holders: by several of them it leaves a quarter
    free, so that those of others have slots, too.
    """

    def __init__(self, pool: SlotPool) -> None:
        self._pool = pool
        self._held: Counter[str] = Counter()
        self._owned: Counter[str] = Counter()
        self._holders: dict[int, tuple[str, str]] = {}

    @property
    def are_all_free(self) -> bool:
        """True while no slot is allocated."""
        return not self._holders

    def held_by(self, holder: str) -> int:
        """Return the number of slots of a holder."""
        return self._held[holder]

    def allocate(self, holder: str, *, alone: bool, owner: str = "") -> int | None:
        """Allocate a slot for a holder; return None when it has its share or none is free.

        `alone` means that no other peer is connected. owner: whose the holder is; "": its own.
        """
        owner = owner or holder
        free, held = self._pool.free_count, self._held[holder]
        if (alone or self._owned[owner] > held) and free <= self._pool.slot_count // 4:
            return None
        if not alone and 0 < held >= free:
            return None
        slot = self._pool.allocate()
        if slot is not None:
            self._holders[slot] = holder, owner
            self._held[holder] += 1
            self._owned[owner] += 1
        return slot

    def free(self, slot: int) -> None:
        """Free a slot; raise ValueError when it is not allocated."""
        self._pool.free(slot)
        holder, owner = self._holders.pop(slot)
        for counter, key in ((self._held, holder), (self._owned, owner)):
            counter[key] -= 1
            if not counter[key]:
                del counter[key]
