"""What comes of one message of a peer: stored, or refused with a code."""

from typing import NamedTuple

from netrelay.core.words import Refusal
from netrelay.store.arrivals import Arrival


class RefusedArrival(NamedTuple):
    """Why a message is not accepted, for its sender and for a person here."""

    refusal: Refusal
    reason: str
    retry_after_s: int


class Judgement(NamedTuple):
    """What is to be stored of a message, if anything, and why it is refused, if it is.

    A message that is neither is acknowledged: what it brings is durable here already.
    """

    arrival: Arrival | None
    refused: RefusedArrival | None
