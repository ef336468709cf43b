"""What a relay does: takes sealed bodies for another node, keeps them, gives them on.

    spool/<identity>      one file for each whole that passes: sealed bytes at their sealed offset

A body is kept as it came, with its salt and its end-to-end header; cutting it again between
segments needs no key. A manifest or receipt is small and lies in the table of bodies.
"""

import os
from collections import Counter
from pathlib import Path

from netrelay.core.header import EndToEnd, Hop
from netrelay.core.msgpack_array import INTEGER_MAX
from netrelay.core.segments import SEAL_BYTES, SEGMENT_BYTES, sealed_bytes
from netrelay.core.words import MessageType, Refusal, WireError
from netrelay.store import arrivals
from netrelay.store.arrivals import Arrived, MessageIdentity
from netrelay.store.carried import (
    HeldRange,
    carried_messages,
    carried_since,
    held_ranges,
    identity_of_spool,
    is_carried,
    spool_name,
    was_carried,
)
from netrelay.store.database import Database
from netrelay.store.facts import Facts
from netrelay.store.outgoing import keep_body
from netrelay.store.peers import Peer, has_right
from netrelay.transfer.claimed_file import FileChanged
from netrelay.transfer.staging import Staging


def is_spool_name(name: str) -> bool:
    """Tell whether a file of the spool is one of ours."""
    try:
        return spool_name(identity_of_spool(name)) == name
    except ValueError:
        return False


def sealed_offset(offset: int) -> int:
    """Give where a plaintext offset (a whole number of segments) lies among sealed segments."""
    return offset // SEGMENT_BYTES * (SEGMENT_BYTES + SEAL_BYTES)


class SpoolReader:
    """Reads sealed ranges of the spool, for processor_s."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read_into(self, name: str, offset: int, view: memoryview) -> None:
        """Fill the view from a plaintext offset on; FileChanged when the bytes are not there."""
        # Opened each time: processor_r may have removed the file and made it anew.
        try:
            with (self._folder / name).open("rb", buffering=0) as file:
                filled = os.preadv(file.fileno(), [view], sealed_offset(offset))
        except OSError as error:
            raise FileChanged(f"its sealed bytes are gone: {error.strerror}") from error
        if filled != len(view):
            raise FileChanged(f"{filled} of {len(view)} of its sealed bytes are left")


class Carriage:
    """Takes messages for other nodes; its calls mirror those of Intake."""

    def __init__(self, database: Database, spool: Staging, facts: Facts) -> None:
        self._database = database
        self._spool = spool
        self._facts = facts
        self._kept = {n: size for n, size in spool.sizes().items() if is_spool_name(n)}
        self._kept_bytes: Counter[str] = Counter()
        for name, size_bytes in self._kept.items():
            self._kept_bytes[identity_of_spool(name).source] += size_bytes
        # Bodies that were written and have no row yet.
        self._taken: dict[MessageIdentity, list[HeldRange]] = {}
        self._swept_seq: int | None = None

    def kept_bytes(self, source: str) -> int:
        """Count the bytes in the spool that a source has sent for others."""
        return self._kept_bytes[source]

    def check(self, header: EndToEnd, previous_hop: str, peers: dict[str, Peer]) -> None:
        """Raise WireError unless this node may and can carry a message of a known source on."""
        source = peers[header.source]
        if not has_right(self._database, header.source, "relay") and not (
            # It answers what was let through here.
            header.type is MessageType.RECEIPT
            and has_right(self._database, header.destination, "relay")
        ):
            raise WireError(
                Refusal.NOT_PERMITTED,
                f"{source.name} may not relay through here:"
                f" netrelay peer allow {source.name} relay",
            )
        destination = peers.get(header.destination)
        if destination is None or destination.via is None:
            name = header.destination if destination is None else destination.name
            raise WireError(Refusal.NO_ROUTE, f"no route from here to {name}")
        if destination.via == previous_hop:
            raise WireError(
                Refusal.NO_ROUTE,
                f"the route from here to {destination.name} leads back to"
                f" {peers[previous_hop].name}, who brought it",
            )

    def take(
        self,
        header: EndToEnd,
        hop: Hop,
        end_to_end: bytes,
        body: memoryview,
        arrived: Arrived,
        room_bytes: int | None,
    ) -> "Carried":
        """Keep the body; gives what makes the row, after the flush.

        room_bytes: how much more its source may keep here; None when nobody counts.
        """
        is_signed = header.type in (MessageType.MANIFEST, MessageType.RECEIPT)
        arrived = arrived._replace(envelope=end_to_end, salt=None if is_signed else hop.salt)
        if header.type is not MessageType.MANIFEST and was_carried(self._database, arrived):
            # A manifest that its source repeats, on a longer way, looks the same: hops count those.
            raise WireError(
                Refusal.LOOP, "it has been here before: the route to its destination leads back"
            )
        known = arrivals.find_arrived(
            self._database, arrived.type, arrived.identity, arrived.offset, arrived.size_bytes
        )
        if is_signed:
            return Carried(self, arrived, bytes(body), known)
        if not self._is_held(arrived):
            self._admit(arrived, room_bytes)
            self._spool.write(spool_name(arrived.identity), sealed_offset(hop.offset), body)
            held = HeldRange(arrived.offset, arrived.size_bytes)
            self._taken.setdefault(arrived.identity, []).append(held)
            return Carried(self, arrived, None, known)
        return Carried(self, None, None, known)

    def _is_held(self, arrived: Arrived) -> bool:
        """Tell whether a range is here and waits to be carried on, under whatever sealing.

        WireError when a part of it is: other bytes must not take the place of those.
        """
        begin, end = arrived.offset, arrived.offset + arrived.size_bytes
        touching = held_ranges(self._database, arrived.identity, arrived.offset, arrived.size_bytes)
        touching += [
            held
            for held in self._taken.get(arrived.identity, [])
            if held.offset < end and held.offset + held.size_bytes > begin
        ]
        if any(h.offset <= begin and h.offset + h.size_bytes >= end for h in touching):
            return True
        if touching:
            raise WireError(
                Refusal.HELD, "an earlier sealing of a part of it has to be carried on first"
            )
        return False

    def _admit(self, arrived: Arrived, room_bytes: int | None) -> None:
        name, size_bytes = spool_name(arrived.identity), sealed_bytes(arrived.total_bytes)
        kept = self._kept.get(name)
        if kept == size_bytes:
            return
        if kept is not None:
            raise WireError(
                Refusal.CONFLICT, f"{size_bytes} sealed bytes in all, an earlier piece said {kept}"
            )
        if room_bytes is not None and size_bytes > room_bytes:
            raise WireError(
                Refusal.QUOTA,
                f"its source may keep {max(room_bytes, 0)} bytes more here and sends {size_bytes}",
            )
        self._spool.admit(name, size_bytes)
        self._kept[name] = size_bytes
        self._kept_bytes[arrived.identity.source] += size_bytes

    def withdraw(self, identity: MessageIdentity, reason: str) -> None:
        """End what is carried of a whole that its source gave up; inside the transaction."""
        for message in carried_messages(self._database, identity):
            self._facts.report(message, "withdrawn", reason)

    def sweep(self) -> None:
        """Remove the files of which everything was carried on, or died, since the last call.

        Call it when everything that was taken is stored.
        """
        before = self._swept_seq
        # At a start all files are looked at, and none of the old events.
        after = INTEGER_MAX if before is None else before
        done, self._swept_seq = carried_since(self._database, after)
        if before is None or self._swept_seq < before:
            done = {identity_of_spool(name) for name in self._kept}
        for identity in done:
            name = spool_name(identity)
            if name in self._kept and not is_carried(self._database, identity):
                self._spool.remove(name)
                self._kept_bytes[identity.source] -= self._kept.pop(name)

    def store(self, carried: "Carried") -> None:
        """Make the row, or let one that is over walk once more; inside the transaction."""
        arrived, known = carried.arrived, carried.known
        if arrived is None:
            return
        self._taken.pop(arrived.identity, None)
        message = arrivals.add_arrived(self._database, arrived) if known is None else known[0]
        if message is None:
            return
        is_over = known is not None and known[1] in ("F", "D")
        if known is not None and (not is_over or arrived.type == MessageType.RECEIPT):
            return
        if carried.body is not None:
            keep_body(self._database, message, carried.body)
        if known is None:
            return
        arrivals.renew(self._database, message, arrived)
        is_carried_again = known[1] == "F" and arrived.type != MessageType.CHUNK
        self._facts.report(message, "carry" if is_carried_again else "again")


class Carried:
    """A message for another node whose body is kept; calling it makes its row.

    arrived: None for what is on its way already.
    """

    def __init__(
        self,
        carriage: Carriage,
        arrived: Arrived | None,
        body: bytes | None,
        known: tuple[int, str] | None,
    ) -> None:
        self._carriage = carriage
        self.arrived = arrived
        self.body = body
        self.known = known

    def __call__(self) -> None:
        self._carriage.store(self)
