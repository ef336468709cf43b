"""The door `arrivals`: messages of peers, judged and stored by the rules of sql/arrivals.sql."""

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import apsw

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
    staging_lost: bool = False
    withdrawn: str | None = None

    def with_file(self, name: str, kind: int, size_bytes: int, mtime_ns: int) -> "Arrival":
        """Return this arrival as a whole that becomes a file here."""
        return self._replace(
            file_name=name, file_kind=kind, file_bytes=size_bytes, mtime_ns=mtime_ns
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
    """Return what an arrival is now; `store_arrivals` asks again under the lock."""
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
    }
    return ArrivalVerdict(
        str(
            database.value(
                "SELECT verdict FROM arrival_verdicts WHERE questions = ?",
                (json.dumps([question]),),
            )
        )
    )


def store_arrivals(database: Database, arrivals: Sequence[Arrival]) -> dict[int, str]:
    """Report arrivals in this order; return why some were refused, by their place.

    Call it inside a transaction. A refused one leaves nothing behind and must not be acknowledged;
    the others are stored, or were there already.
    """
    refused: dict[int, str] = {}
    last = -1

    def rows() -> Iterator[Arrival]:
        nonlocal last
        for last, arrival in enumerate(arrivals):  # noqa: B007 -- read when a row is refused
            yield arrival

    left = rows()
    while True:
        try:
            # Continues behind the row that was refused: apsw takes a row only when it runs it.
            database.execute_many(INSERT_ARRIVAL, left)
        except apsw.ConstraintError as error:
            refused[last] = str(error)
        else:
            return refused
