"""Two machines with one identity, in words."""

from netrelay.cli.opening import command_there
from netrelay.cli.queries.identities import Accuser, Twin


def twin_words(twin: Twin) -> str:
    """Return that two machines use the identity of a peer, since when, and where they are."""
    one, other = twin.addresses
    places = f"at {one} and {other}" if one != other else f"both at {one}"
    return f"two machines use the identity of {twin.peer}{_since(twin.since_at)}, {places}"


def twin_advice(name: str) -> str:
    """Return what to do about two machines with the identity of a node of this name."""
    init = command_there("init")
    return (
        f"switch off the one that is the copy and start the other {name} anew; the copy becomes a"
        f" node of its own with `{init}` in an empty home. What is for it meanwhile is delivered to"
        " either; nothing is lost, and jobs wait until their receipt comes"
    )


def accuser_words(accuser: Accuser) -> str:
    """Return that a peer says that it hears the identity of this node from two machines."""
    return (
        f"{accuser.peer} says that it hears the identity of this node from two machines"
        f"{_since(accuser.since_at)}"
    )


def _since(at: str | None) -> str:
    return "" if at is None else f" since {at} (UTC)"
