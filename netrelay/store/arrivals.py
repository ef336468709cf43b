"""Messages of peers, judged and stored by the view `arrivals` (sql/arrivals.sql)."""

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import apsw

from netrelay.core.plain_content import PlainContent
from netrelay.core.words import Refusal
from netrelay.store.database import Database


class MessageIdentity(NamedTuple):
    """The identity of a file, text or receipt, the same on every node it passes."""

    source: str
    destination: str
    epoch: bytes
    sequence: int
    attempt: int


class ArrivalVerdict(StrEnum):
    """The verdicts of the view `arrival_verdicts`, which sql/arrivals.sql explains."""

    NEW = "new"
    REVIVED = "revived"
    REPEATED = "repeated"
    FINISHED = "finished"
    KNOWN = "known"
    UNOPENED = "unopened"
    EPOCHS = "epochs"
    GAPS = "gaps"
    CONFLICT = "conflict"

    @property
    def needs_body(self) -> bool:
        """True when the body has to be stored before the row."""
        return self in (ArrivalVerdict.NEW, ArrivalVerdict.REVIVED)


class Arrival(NamedTuple):
    """A message as it arrived: a row of the view `arrivals`, whose columns these fields are.

    hash, found: BLAKE3-256 as the previous hop claimed and as computed here; the engine compares
    them. size_bytes: 0 for a manifest or receipt, whose length is not part of its identity.
    """

    actor: str
    type: int
    source: str
    destination: str
    epoch: bytes
    sequence: int
    attempt: int
    previous_hop: str
    offset: int = 0
    size_bytes: int = 0
    total_bytes: int = 0
    hash: bytes | None = None
    found: bytes | None = None
    priority: int = 4
    lifetime_s: int = 0
    age_s: int = 0
    hops: int = 0
    envelope: bytes | None = None
    salt: bytes | None = None
    info: str | None = None
    has_body: bool = False
    body: bytes | None = None
    file_name: str | None = None
    file_kind: int | None = None
    file_bytes: int | None = None
    mtime_ns: int | None = None
    unix_s: int | None = None
    key_id: bytes | None = None
    low_water: int | None = None
    text: str | None = None
    written_unix_s: int | None = None
    withdrawn: str | None = None
    plain_hash: bytes | None = None
    signed: bytes | None = None

    def with_file(
        self,
        name: str,
        kind: int,
        size_bytes: int,
        mtime_ns: int,
        plain: PlainContent | None = None,
    ) -> "Arrival":
        """Return this arrival as a whole that becomes a file here; plain: if it is compressed."""
        return self._replace(
            file_name=name,
            file_kind=kind,
            file_bytes=size_bytes if plain is None else plain.size_bytes,
            mtime_ns=mtime_ns,
            plain_hash=None if plain is None else plain.hash,
        )

    @property
    def identity(self) -> MessageIdentity:
        """The identity of the whole."""
        return MessageIdentity(
            self.source, self.destination, self.epoch, self.sequence, self.attempt
        )


_COLUMNS = ", ".join(f'"{name}"' for name in Arrival._fields)
_MARKS = ", ".join("?" * len(Arrival._fields))
INSERT_ARRIVAL = f"INSERT INTO arrivals ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 -- names of ours


def verdict_of(database: Database, arrival: Arrival) -> ArrivalVerdict:
    """Return the present verdict on an arrival; `store_arrivals` judges again under the lock."""
    question = {
        "type": arrival.type,
        "source": arrival.source,
        "destination": arrival.destination,
        "epoch": arrival.epoch.hex(),
        "sequence": arrival.sequence,
        "attempt": arrival.attempt,
        "offset": arrival.offset,
        "size_bytes": arrival.size_bytes,
        "total_bytes": arrival.total_bytes,
        "previous_hop": arrival.previous_hop,
    }
    return ArrivalVerdict(
        str(
            database.value(
                "SELECT verdict FROM arrival_verdicts WHERE questions = ?",
                (json.dumps([question]),),
            )
        )
    )


class DoorRefusal(NamedTuple):
    """The reason why an arrival is not stored; HELD when it may be stored later."""

    refusal: Refusal
    reason: str


def store_arrivals(database: Database, arrivals: Sequence[Arrival]) -> dict[int, DoorRefusal]:
    """Store arrivals in this order; return the reason of each that was refused, by its index.

    Call it inside a transaction. Nothing of a refused arrival is stored, and it must not be
    acknowledged; the others are stored, or were stored already.
    """
    refused: dict[int, DoorRefusal] = {}
    last = -1

    def rows() -> Iterator[Arrival]:
        nonlocal last
        for last, arrival in enumerate(arrivals):  # noqa: B007 -- read when a row is refused
            yield arrival

    left = rows()
    while True:
        try:
            # Continues after the row that was refused: apsw fetches a row only when it executes it.
            database.execute_many(INSERT_ARRIVAL, left)
        except apsw.ConstraintError as error:
            refused[last] = _door_refusal(str(error))
        else:
            return refused


def _door_refusal(text: str) -> DoorRefusal:
    """Return what an error of the door says: the name of a refusal before its reason, or none."""
    name, _, reason = text.partition(": ")
    if name in Refusal.__members__:
        return DoorRefusal(Refusal[name], reason)
    return DoorRefusal(Refusal.HELD, text)
