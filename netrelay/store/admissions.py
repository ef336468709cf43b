"""Admission of messages by rights, routes and quotas: the views of sql/admissions.sql."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from netrelay.core.words import Refusal
from netrelay.store.arrivals import MessageIdentity
from netrelay.store.database import Database, ReadOnlyDatabase

AnyDatabase = Database | ReadOnlyDatabase


class AdmissionQuestion(NamedTuple):
    """The fields of a message on which its admission depends."""

    previous_hop: str
    source: str
    destination: str
    is_receipt: bool = False


class Missing(NamedTuple):
    """The reason to refuse a message: what is missing, and its nodes (sql/admissions.sql)."""

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
    """Return, in order, what each message lacks; None for one that is admitted."""
    return [read_missing(row) for row in database.rows(QUESTION, (asked(questions),))]


def asked(questions: Sequence[AdmissionQuestion]) -> str:
    """Return the parameter of QUESTION for these messages."""
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


# As in the view `kept_wholes`.
_BLOCK_BYTES = 4096
_LEAST_BYTES = 2 * _BLOCK_BYTES


def counted_bytes(size_bytes: int) -> int:
    """Return how much a whole of a size counts against its source's quota."""
    return max(-(-size_bytes // _BLOCK_BYTES) * _BLOCK_BYTES, _LEAST_BYTES)


def kept_bytes(database: AnyDatabase, source: str, brought_by: str) -> int:
    """Return how much of a source, as one peer brings it, is on this disk outside the inbox.

    What is for this node counts as brought by its source. What is dead keeps nothing.
    """
    return _integer(
        database.value(
            "SELECT coalesce(sum(size_bytes), 0) FROM kept_wholes"
            " WHERE source = ? AND brought_by = ?",
            (source, brought_by),
        )
    )


def whole_bytes(database: AnyDatabase, identity: MessageIdentity, brought_by: str) -> int:
    """Return how much of that is for one attempt of a whole."""
    return _integer(
        database.value(
            "SELECT coalesce(sum(size_bytes), 0) FROM kept_wholes"
            " WHERE source = ? AND destination = ? AND epoch = ? AND sequence = ? AND attempt = ?"
            " AND brought_by = ?",
            (*identity, brought_by),
        )
    )


def count_signed(database: AnyDatabase, source: str, type_: int, brought_by: str) -> int:
    """Return how many manifests (3) or receipts (7) of a source wait here, as one peer brings them.

    Its source signed each, but maybe long ago: who carried it then can bring it again.
    """
    return _integer(
        database.value(
            "SELECT count(*) FROM messages WHERE source = ? AND type = ? AND envelope IS NOT NULL"
            " AND salt IS NULL AND parent = 0 AND state NOT IN ('F', 'D') AND previous_hop = ?",
            (source, type_, brought_by),
        )
    )


def _integer(value: object) -> int:
    assert isinstance(value, int)
    return value
