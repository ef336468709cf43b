"""The refusals that a peer was given here, in words, and what a person can do about them."""

from collections.abc import Callable

from netrelay.cli.opening import command_there
from netrelay.cli.queries.refused_messages import RefusedMessages
from netrelay.cli.text import clock_time, counted
from netrelay.core.words import Refusal
from netrelay.transfer.missing_text import missing_text

_ALL_OF_THEM = 'sql "SELECT * FROM refused_here"'


def refused_count(refused: RefusedMessages) -> str:
    """Return how many messages were refused, since when, and when the last one was."""
    first, last = clock_time(refused.first_unix_s), clock_time(refused.last_unix_s)
    if refused.messages == 1:
        return f"1 message was refused at {last}"
    return f"{counted(refused.messages, 'message')} were refused since {first}, the last at {last}"


def refused_cause(refused: RefusedMessages) -> str:
    """Return why the last of them was refused."""
    lacking = refused.lacking
    if lacking is not None and refused.about is not None:
        return missing_text(lacking, str).fact
    return f"{refused.refusal}: {refused.reason}" if lacking is None else refused.reason


def refused_advice(refused: RefusedMessages, typed: Callable[[str], str]) -> str:
    """Return what a person at this node can do; `typed` makes a command of words."""
    lacking = refused.lacking
    match refused.ended_by:
        case "right" | "route" if lacking is not None and refused.about is not None:
            words = missing_text(lacking, str).typed
            return f"{typed(words)} would let them in" if words else _other_route(refused, typed)
        case "right" | "route":
            return f"it names many nodes: {typed(_ALL_OF_THEM)} lists them"
        case "quota" if refused.missing in ("bytes", "fits"):
            return f"{typed(f'peer quota {refused.about} SIZE')} allows more"
        case "quota":
            return "they are let in when what waits here of them is done"
        case "room":
            return "room on the disk of this node lets them in"
    if refused.refusal == Refusal.BAD_HASH.name:
        return f"the line, or memory or card of {refused.peer}, damages what it sends"
    return f"`{command_there('jobs --dead')}` on {refused.about or refused.peer} says more"


def _other_route(refused: RefusedMessages, typed: Callable[[str], str]) -> str:
    return f"{typed(f'peer route {refused.about} --direct')} (or --via NODE) leads elsewhere"
