"""Groups, their members and who has what, in words."""

from netrelay.cli.queries.group_states import WayToGroup
from netrelay.cli.text import duration


def way_words(way: WayToGroup) -> str:
    """Return how things stand with one way to a group."""
    if way.left_for_s is not None:
        left = f"gave no receipt in time {duration(way.left_for_s)} ago: the others go first"
        return f"{left}, and this is used now" if way.is_used else left
    if way.reason:
        return f"is not reached: {way.reason}"
    if not way.is_used:
        return "stands by"
    if way.waits_for_s is None:
        return "is used now"
    return f"is used now; no receipt has come for {duration(way.waits_for_s)}"
