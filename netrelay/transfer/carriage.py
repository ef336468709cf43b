"""Messages that this node relays: bodies in the spool, and the fields of their rows."""

from collections.abc import Iterable
from contextlib import suppress

from netrelay.core.header import EndToEnd, Hop
from netrelay.core.msgpack_array import INTEGER_MAX
from netrelay.core.segments import sealed_bytes
from netrelay.core.words import MessageType, Refusal, WireError
from netrelay.store.arrivals import Arrival
from netrelay.store.carried import (
    CarriedWhole,
    HeldRange,
    brought_by_others,
    carried_since,
    carried_whole,
    held_ranges,
    is_carried,
    not_carried,
    spool_name,
    was_carried,
    whole_of_spool,
)
from netrelay.store.database import Database
from netrelay.store.database_errors import DiskFullError
from netrelay.store.relay_custody import note_custody
from netrelay.transfer.admission import Admission
from netrelay.transfer.spool import is_spool_name, sealed_offset
from netrelay.transfer.staging import COMPARED_AFTER_S, Staging


class Carriage:
    """Writer of relayed messages: bodies before rows.

    A sealed body is written to the spool when its message is judged, flushed before the commit that
    inserts its row, and removed when every piece of its whole was sent on or died (`sweep`). What
    each neighbour brings has a file of its own, since nobody here can tell whether its source made
    it. Bytes in a file belong to one sealing: while a range waits, another sealing of a part of it
    is refused, and one of all of it is acknowledged without being stored. A spool file without a
    row after the commit is removed then (`end_batch`); the first `sweep` removes those of a power
    cut.
    """

    def __init__(self, database: Database, spool: Staging, admission: Admission) -> None:
        self._database = database
        self._spool = spool
        self._admission = admission
        self._rename_shared()
        self._size_by_name = {n: size for n, size in spool.sizes().items() if is_spool_name(n)}
        # Ranges written in this batch; their rows are not inserted yet.
        self._written: dict[CarriedWhole, list[HeldRange]] = {}
        # Wholes of which this batch made or wrote a file.
        self._touched: set[CarriedWhole] = set()
        # Wholes that came, or were given on, since custody was noted last.
        self._arrived: set[CarriedWhole] = set()
        self._swept_seq: int | None = None
        self._compared_s = 0.0

    def take(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, arrival: Arrival
    ) -> Arrival | None:
        """Write a body; return the fields of its row, None if the spool has the range already."""
        is_signed = header.type in (MessageType.MANIFEST, MessageType.RECEIPT)
        arrival = arrival._replace(
            envelope=end_to_end, salt=None if is_signed else hop.salt, has_body=True
        )
        if header.type is not MessageType.MANIFEST and was_carried(self._database, arrival):
            # A manifest that is repeated over more relays looks the same: its hops end a loop.
            raise WireError(
                Refusal.LOOP, "it has been here before: the route to its destination leads back"
            )
        if is_signed:
            return arrival._replace(body=bytes(body))
        whole = carried_whole(arrival)
        if self._is_held(whole, arrival):
            return None
        self._touched.add(whole)
        self._arrived.add(whole)
        self._admit(whole, arrival.total_bytes)
        self._spool.write(spool_name(whole), sealed_offset(hop.offset), body)
        held = HeldRange(arrival.offset, arrival.size_bytes)
        self._written.setdefault(whole, []).append(held)
        return arrival

    def _rename_shared(self) -> None:
        """Name files of an earlier version, which wrote what all neighbours brought into one.

        Where several had a part in it, the source repeats the parts of all but one.
        """
        for whole in brought_by_others(self._database):
            source = CarriedWhole(whole.identity, whole.identity.source)
            if not is_carried(self._database, source):
                self._spool.rename(spool_name(source), spool_name(whole))

    def end_batch(self) -> None:
        """Remove the files that this batch wrote and that no row needs, and forget the batch."""
        self._remove_carried(self._touched)
        self._written.clear()
        self._touched.clear()

    def _is_held(self, whole: CarriedWhole, arrival: Arrival) -> bool:
        """Return whether all of a range waits here to be sent on, under any sealing.

        WireError if only a part of it does: its bytes must not be overwritten.
        """
        begin, end = arrival.offset, arrival.offset + arrival.size_bytes
        touching = held_ranges(self._database, whole, arrival.offset, arrival.size_bytes)
        touching += [
            held
            for held in self._written.get(whole, [])
            if held.offset < end and held.offset + held.size_bytes > begin
        ]
        if any(h.offset <= begin and h.offset + h.size_bytes >= end for h in touching):
            return True
        if touching:
            raise WireError(
                Refusal.HELD, "an earlier sealing of a part of it has to be carried on first"
            )
        return False

    def _admit(self, whole: CarriedWhole, total_bytes: int) -> None:
        name, size_bytes = spool_name(whole), sealed_bytes(total_bytes)
        stored_bytes = self._size_by_name.get(name)
        if stored_bytes == size_bytes and self._spool.exists(name):
            return
        if stored_bytes is not None:
            if whole in self._written or is_carried(self._database, whole):
                if stored_bytes == size_bytes:
                    raise WireError(
                        Refusal.HELD, "what came before of it was taken out of the spool"
                    )
                # No reason to give it up for good: nobody signed the earlier piece.
                raise WireError(
                    Refusal.HELD,
                    f"{size_bytes} sealed bytes in all, an earlier piece said {stored_bytes}",
                )
            # Not swept yet: of a single that its source replaced by chunks, or of an ended whole.
            self._spool.remove(name)
            del self._size_by_name[name]
        reserved_bytes = self._admission.reserve(whole.identity, size_bytes, whole.brought_by)
        try:
            self._spool.admit(name, size_bytes)
        except WireError:
            self._admission.release(whole.identity, reserved_bytes, whole.brought_by)
            raise
        self._size_by_name[name] = size_bytes

    def sweep(self) -> None:
        """Remove the files of which the last piece was sent on or died since the last call.

        Call it after the rows of all judged messages are stored. The first call, and one each hour,
        checks all files: the history may have been pruned of something before it was swept.
        """
        before = self._swept_seq
        after = INTEGER_MAX if before is None else before
        done, self._swept_seq = carried_since(self._database, after)
        now_s = self._database.now_s()
        is_due = now_s >= self._compared_s + COMPARED_AFTER_S
        if before is None or self._swept_seq < before or is_due:
            self._compared_s = now_s
            done = {whole_of_spool(name) for name in self._size_by_name}
        # Before the files go: the names of wholes of a power cut are those of their files.
        self._arrived |= done
        # While the disk is full they wait: to remove files is what helps then.
        with suppress(DiskFullError):
            note_custody(self._database, self._arrived)
            self._arrived.clear()
        self._remove_carried(done)

    def _remove_carried(self, wholes: Iterable[CarriedWhole]) -> None:
        here = [each for each in wholes if spool_name(each) in self._size_by_name]
        for whole in not_carried(self._database, here):
            name = spool_name(whole)
            self._spool.remove(name)
            del self._size_by_name[name]
