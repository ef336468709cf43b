"""Groups, their members and who has what, in words."""

from netrelay.cli.queries.group_states import MemberState, WayToGroup, member_of, ways_to_groups
from netrelay.cli.text import counted, duration
from netrelay.store.database import ReadOnlyDatabase


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


def ways_said(database: ReadOnlyDatabase, group: str) -> list[str]:
    """Return a sentence with the ways to a group, by its name; nothing for any other peer."""
    ways = [f"by {way.hop}: {way_words(way)}" for way in ways_to_groups(database, group)]
    return [f"It is a group, one member of which takes it ({'; '.join(ways)})."] if ways else []


def member_line(state: MemberState) -> str:
    """Return what `status` says of a group that this node is a member of."""
    waits = f", {counted(state.waiting, 'file')} of it wait here" if state.waiting else ""
    return f"member of the group {state.name}{waits}"


def member_said(database: ReadOnlyDatabase, job: int) -> list[str]:
    """Return who took, or brings the receipt of, a job for a group; nothing for any other job."""
    found = member_of(database, job)
    if found is None:
        return []
    group, taken_by, receipt_by, is_waiting = found
    if receipt_by is not None:
        return [f"{receipt_by} brought the receipt of the group {group}."]
    if taken_by is None:
        return []
    said = [f"{taken_by} was given it, a way to the group {group}."]
    others = [way.hop for way in ways_to_groups(database, group) if way.hop != taken_by]
    if is_waiting and others:
        said.append(f"If no receipt comes in time, it is offered to {' or '.join(others)}.")
    return said
