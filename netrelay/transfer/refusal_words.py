"""A peer's refusal in words for a person here, with what would help."""

from typing import NamedTuple

from netrelay.core.header import HOPS_MAX
from netrelay.core.words import Refusal


class Hop(NamedTuple):
    """Who sent to whom, and for whom it was, as people here call them."""

    here: str
    peer: str
    source: str
    destination: str


def refusal_words(refusal: Refusal, hop: Hop) -> str:
    """Say what a refusal means and, where a person can help, what to type and on which node."""
    peer = hop.peer
    words = {
        Refusal.NEED_MANIFEST: f"{peer} does not have its manifest",
        Refusal.BAD_HASH: f"it did not reach {peer} as it was sent",
        Refusal.TOO_LARGE: f"{peer} takes less at once than was agreed",
        Refusal.NO_ROOM: f"the disk of {peer} is full",
        Refusal.QUOTA: f"{_whose(hop)} share of the disk of {peer} is used up",
        Refusal.NOT_PERMITTED: f"{peer} does not permit it; there, type: {_allow(hop)}",
        Refusal.CONFLICT: (
            f"{peer} knows something else by its number; given anew it gets another"
        ),
        Refusal.CANNOT_OPEN: f"{peer} cannot open it",
        Refusal.FINISHED: f"{peer} has finished with it",
        Refusal.NO_ROUTE: (
            f"{peer} has no route to {hop.destination}, or one that leads back here; there, type:"
            f" netrelay peer route {hop.destination} --direct (or --via NODE)"
        ),
        Refusal.EXPIRED: "its lifetime is over",
        Refusal.LOOP: (
            f"{peer} has carried it before, or over {HOPS_MAX} nodes have: the routes to"
            f" {hop.destination} lead round in a circle; netrelay peer ls shows those of each node"
        ),
        Refusal.HELD: f"a part of it lies at {peer} under an earlier seal, and goes on first",
        Refusal.NOT_BUILT: f"the netrelay of {peer} does not do that",
    }
    return f"{refusal.name}: " + words.get(refusal, f"{peer} says it breaks the protocol")


def _whose(hop: Hop) -> str:
    return "our" if hop.source == hop.here else f"{hop.source}'s"


def _allow(hop: Hop) -> str:
    """Give the commands for the other node: what the source may do there, and what we may."""
    verb = "deliver" if hop.destination == hop.peer else "relay"
    allow = f"netrelay peer allow {hop.source} {verb}"
    if hop.source == hop.here:
        return allow
    return f"{allow}; netrelay peer allow {hop.here} carry {hop.source}"
