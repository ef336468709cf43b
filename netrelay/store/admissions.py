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


def kept_bytes(database: AnyDatabase, identity: MessageIdentity) -> int:
    """Return the bytes of a source that are stored here outside the inbox, without this message.

    Other attempts of the message count as this one. Dead messages count nothing.
    """
    value = database.value(
        "SELECT coalesce(sum(size_bytes), 0) FROM kept_wholes"
        " WHERE source = ? AND NOT (epoch = ? AND sequence = ?)",
        (identity.source, identity.epoch, identity.sequence),
    )
    assert isinstance(value, int)
    return value
