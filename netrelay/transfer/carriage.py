"""What a relay does: takes sealed bodies for another node, keeps them, gives them on.

    spool/<identity>      one file for each whole that passes: sealed bytes at their sealed offset

A body is kept as it came, with its salt and its end-to-end header; cutting it again between
segments needs no key. A manifest or receipt is small and lies in the table of bodies.
"""

import os
from pathlib import Path

from netrelay.core.header import EndToEnd, Hop
from netrelay.core.segments import SEAL_BYTES, SEGMENT_BYTES, sealed_bytes
from netrelay.core.words import MessageType, Refusal, WireError
from netrelay.store import arrivals
from netrelay.store.arrivals import Arrived
from netrelay.store.database import Database
from netrelay.store.facts import Facts
from netrelay.store.outgoing import keep_body
from netrelay.store.peers import Peer, has_right
from netrelay.transfer.claimed_file import FileChanged
from netrelay.transfer.staging import Staging


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
            raise FileChanged(f"the spool cannot be read: {error.strerror}") from error
        if filled != len(view):
            raise FileChanged(f"the spool ends after {filled} of {len(view)} bytes")


class Carriage:
    """Takes messages for other nodes; its calls mirror those of Intake."""

    def __init__(self, database: Database, spool: Staging, facts: Facts) -> None:
        self._database = database
        self._spool = spool
        self._facts = facts

    def check(self, header: EndToEnd, previous_hop: str, peers: dict[str, Peer]) -> None:
        """Raise WireError unless this node may and can carry the message on."""
        source = peers.get(header.source)
        if source is None or not has_right(self._database, header.source, "relay"):
            name = header.source if source is None else source.name
            raise WireError(
                Refusal.NOT_PERMITTED,
                f"{name} may not relay through here: netrelay peer allow {name} relay",
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
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, arrived: Arrived
    ) -> "Carried":
        """Keep the body; gives what makes the row, after the flush."""
        arrived = arrived._replace(envelope=end_to_end, salt=hop.salt)
        known = arrivals.find_arrived(
            self._database, arrived.type, arrived.identity, arrived.offset, arrived.size_bytes
        )
        if header.type in (MessageType.MANIFEST, MessageType.RECEIPT):
            return Carried(self, arrived, bytes(body), known)
        if known is None or known[1] in ("F", "D"):
            name = arrivals.spool_name(arrived.identity)
            if known is None:
                self._spool.admit(name, sealed_bytes(header.total_size_bytes))
            self._spool.write(name, sealed_offset(hop.offset), body)
        return Carried(self, arrived, None, known)

    def sweep(self) -> None:
        """Remove the files of which everything was carried on, or died."""
        for name in self._spool.names():
            if not arrivals.is_carried(self._database, arrivals.identity_of_spool(name)):
                self._spool.remove(name)

    def store(self, carried: "Carried") -> None:
        """Make the row, or let one that is over walk once more; inside the transaction."""
        arrived, known = carried.arrived, carried.known
        message = arrivals.add_arrived(self._database, arrived) if known is None else known[0]
        if message is None:
            return
        if carried.body is not None:
            keep_body(self._database, message, carried.body)
        if known is None or known[1] not in ("F", "D") or arrived.type == MessageType.RECEIPT:
            return
        arrivals.renew(self._database, message, arrived)
        is_carried_again = known[1] == "F" and arrived.type != MessageType.CHUNK
        self._facts.report(message, "carry" if is_carried_again else "again")


class Carried:
    """A message for another node whose body is kept; calling it makes its row."""

    def __init__(
        self,
        carriage: Carriage,
        arrived: Arrived,
        body: bytes | None,
        known: tuple[int, str] | None,
    ) -> None:
        self._carriage = carriage
        self.arrived = arrived
        self.body = body
        self.known = known

    def __call__(self) -> None:
        self._carriage.store(self)
