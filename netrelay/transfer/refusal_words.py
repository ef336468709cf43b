"""A peer's refusal in words for a person at the source, with what would help."""

from netrelay.core.words import Refusal


def refusal_words(refusal: Refusal, peer_name: str, own_name: str) -> str:
    """Say what a refusal means and, where a person can help, what to type and on which node."""
    words = {
        Refusal.NEED_MANIFEST: f"{peer_name} does not have its manifest",
        Refusal.BAD_HASH: f"it did not reach {peer_name} as it was sent",
        Refusal.TOO_LARGE: f"{peer_name} takes less at once than was agreed",
        Refusal.NO_ROOM: f"the disk of {peer_name} is full",
        Refusal.QUOTA: f"our share of the disk of {peer_name} is used up",
        Refusal.NOT_PERMITTED: (
            f"{peer_name} does not permit it; there, type: netrelay peer allow {own_name} deliver"
        ),
        Refusal.CANNOT_OPEN: f"{peer_name} cannot open it",
        Refusal.FINISHED: f"{peer_name} has finished with it",
        Refusal.NO_ROUTE: f"{peer_name} has no route to its destination",
        Refusal.EXPIRED: "its lifetime is over",
        Refusal.LOOP: "it went through too many nodes",
        Refusal.NOT_BUILT: f"the netrelay of {peer_name} does not do that",
    }
    return f"{refusal.name}: " + words.get(refusal, f"{peer_name} says it breaks the protocol")
