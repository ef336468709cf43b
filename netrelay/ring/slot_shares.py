"""Who holds how many slots of a pool, so that one slow holder leaves some for all others."""

from collections import Counter

from netrelay.ring.slots import SlotPool


class SlotShares:
    """The slots of one generation, taken and given back in the name of a holder.

    A holder with others beside it gets no more slots than it leaves free, alone no more than three
    quarters: whoever comes later, and however many hold on to theirs, finds some. For 16 slots one
    that gives none back keeps 8 (12 if it was alone), a second 4, a third 2.
    """

    def __init__(self, pool: SlotPool) -> None:
        self._pool = pool
        self._held: Counter[str] = Counter()
        self._holders: dict[int, str] = {}

    @property
    def are_all_free(self) -> bool:
        """True while nobody holds a slot."""
        return not self._holders

    def held_by(self, holder: str) -> int:
        """Count the slots of a holder."""
        return self._held[holder]

    def take(self, holder: str, *, alone: bool) -> int | None:
        """Give a slot that is now the holder's to fill; None while it has its share."""
        free, held = self._pool.free_count, self._held[holder]
        if alone and free <= self._pool.slot_count // 4:
            return None
        if not alone and 0 < held >= free:
            return None
        slot = self._pool.take()
        if slot is not None:
            self._holders[slot] = holder
            self._held[holder] += 1
        return slot

    def give_back(self, slot: int) -> None:
        """Make a slot free again; ValueError for one that nobody holds."""
        self._pool.give_back(slot)
        holder = self._holders.pop(slot)
        self._held[holder] -= 1
        if not self._held[holder]:
            del self._held[holder]
