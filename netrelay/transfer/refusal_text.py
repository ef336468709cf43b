"""The text of a peer's refusal for a person at this node, with the command that helps."""

from typing import NamedTuple

from netrelay.core.header import HOPS_MAX
from netrelay.core.words import Refusal


class Parties(NamedTuple):
    """The nodes of a refused message, by the names that they have at this node.

    here: this node. peer: the node that refused.
    """

    here: str
    peer: str
    source: str
    destination: str


def refusal_text(refusal: Refusal, parties: Parties) -> str:
    """Return the meaning of a refusal and, where a person can help, the command and its node."""
    peer, destination = parties.peer, parties.destination
    meanings = {
        Refusal.NEED_MANIFEST: f"{peer} does not have its manifest",
        Refusal.BAD_HASH: f"it arrived damaged at {peer}: its hash differs",
        Refusal.TOO_LARGE: f"{peer} takes less at once than was agreed",
        Refusal.NO_ROOM: f"the disk of {peer} is full",
        Refusal.QUOTA: f"{_whose(parties)} share of the disk of {peer} is used up",
        Refusal.NOT_PERMITTED: f"{peer} does not permit it; there, type: {_allow(parties)}",
        Refusal.CONFLICT: (
            f"{peer} has another message under its number; a file dropped again gets a new one"
        ),
        Refusal.CANNOT_OPEN: f"{peer} cannot open it",
        Refusal.FINISHED: f"{peer} has finished with it",
        Refusal.NO_ROUTE: (
            f"{peer} has no route to {destination}, or one that leads back here; there, type:"
            f" netrelay peer route {destination} --direct (or --via NODE)"
        ),
        Refusal.EXPIRED: "its lifetime is over",
        Refusal.LOOP: (
            f"{peer} has carried it before, or over {HOPS_MAX} nodes have: the routes to"
            f" {destination} lead round in a circle; netrelay peer ls shows those of each node"
        ),
        Refusal.HELD: f"{peer} holds a part of it under an earlier seal, and passes that on first",
        Refusal.NOT_BUILT: f"the netrelay of {peer} does not support it",
    }
    return f"{refusal.name}: " + meanings.get(
        refusal, f"{peer} reports that it breaks the protocol"
    )


def _whose(parties: Parties) -> str:
    return "our" if parties.source == parties.here else f"{parties.source}'s"


def _allow(parties: Parties) -> str:
    """Return the commands for the other node: the right of the source, and ours to carry."""
    verb = "deliver" if parties.destination == parties.peer else "relay"
    allow = f"netrelay peer allow {parties.source} {verb}"
    if parties.source == parties.here:
        return allow
    return f"{allow}; netrelay peer allow {parties.here} carry {parties.source}"
