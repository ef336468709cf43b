"""Who may bring what, and how much: the questions of sql/admissions.sql."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from netrelay.core.words import Refusal
from netrelay.store.arrivals import MessageIdentity
from netrelay.store.database import Database, ReadOnlyDatabase

AnyDatabase = Database | ReadOnlyDatabase


class AdmissionQuestion(NamedTuple):
    """A message at the door: who brings it, whose it is, for whom, and whether it is a receipt."""

    previous_hop: str
    source: str
    destination: str
    is_receipt: bool = False


class Missing(NamedTuple):
    """Why a message may not come in: what is missing, and of which nodes (sql/admissions.sql)."""

    refusal: Refusal
    missing: str
    peer: str | None
    subject: str | None


QUESTION = (
    "SELECT refusal, missing, peer, subject FROM admissions WHERE questions = ? ORDER BY number"
)


def missing_for(
    database: AnyDatabase, questions: Sequence[AdmissionQuestion]
) -> list[Missing | None]:
    """Return for each entry what it lacks, None for one that may come in."""
    return [read_missing(row) for row in database.rows(QUESTION, (asked(questions),))]


def asked(questions: Sequence[AdmissionQuestion]) -> str:
    """Return entries as the view `admissions` is asked for them."""
    return json.dumps([question._asdict() for question in questions])


def read_missing(row: Sequence[object]) -> Missing | None:
    """Return a row of the answer to QUESTION."""
    refusal, missing, peer, subject = row
    if refusal is None:
        return None
    return Missing(
        Refusal[str(refusal)],
        str(missing),
        None if peer is None else str(peer),
        None if subject is None else str(subject),
    )


def kept_bytes(database: AnyDatabase, identity: MessageIdentity) -> int:
    """Return how much a source keeps on this disk outside the inbox, without this whole.

    Another attempt of the whole is this one too. What is dead keeps nothing.
    """
    value = database.value(
        "SELECT coalesce(sum(size_bytes), 0) FROM kept_wholes"
        " WHERE source = ? AND NOT (epoch = ? AND sequence = ?)",
        (identity.source, identity.epoch, identity.sequence),
    )
    assert isinstance(value, int)
    return value
