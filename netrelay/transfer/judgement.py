"""The outcome for one message of a peer: stored, or refused with a code."""

from typing import NamedTuple

from netrelay.core.words import Refusal, WireError
from netrelay.store.arrivals import Arrival, MessageIdentity

# The value of `missing` for a whole that is larger than its source's whole quota.
NEVER_FITS = "fits"


class NotAdmittedError(WireError):
    """A message that a right, a route or a quota does not admit.

    missing, subject: what is missing and the node that it is about, for people here; as in the
    table `refusals_given`.
    """

    def __init__(self, refusal: Refusal, reason: str, missing: str, subject: str) -> None:
        super().__init__(refusal, reason)
        self.missing = missing
        self.subject = subject


class RefusedArrival(NamedTuple):
    """The refusal of a message: code for its sender, reason for a person here.

    missing, subject: as in the table `refusals_given`. misfit: the whole that can never fit, whose
    source is told so, else None.
    """

    refusal: Refusal
    reason: str
    retry_after_s: int
    missing: str = ""
    subject: str = ""
    misfit: MessageIdentity | None = None


class Judgement(NamedTuple):
    """The row to store for a message, or its refusal.

    A message with neither is acknowledged: its content is durable here already (idempotent).
    """

    arrival: Arrival | None
    refused: RefusedArrival | None
