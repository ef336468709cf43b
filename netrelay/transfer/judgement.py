"""The outcome for one message of a peer: stored, or refused with a code."""

from typing import NamedTuple

from netrelay.core.words import Refusal
from netrelay.store.arrivals import Arrival


class RefusedArrival(NamedTuple):
    """The refusal of a message: code for its sender, reason for a person here."""

    refusal: Refusal
    reason: str
    retry_after_s: int


class Judgement(NamedTuple):
    """The row to store for a message, or its refusal.

    A message with neither is acknowledged: its content is durable here already (idempotent).
    """

    arrival: Arrival | None
    refused: RefusedArrival | None
