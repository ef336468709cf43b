"""A next hop that stands in for another one, in words."""

from collections.abc import Sequence

from netrelay.cli.queries.stand_ins import StandIn, Takeover
from netrelay.cli.text import duration

NO_RECEIPT = "no receipt came in time"
"""The reason why a member of a group is passed over that is reached (`route_overview`)."""


def stand_in_words(stand_in: StandIn) -> str:
    """Return which way is used, and why, as the end of a sentence."""
    way = "straight there" if stand_in.hop is None else f"by {stand_in.hop}"
    before = stand_in.instead_of
    if stand_in.reason is None:
        return f"goes {way}; {before} is back, and is used again when that has lasted half a minute"
    used = f" for {duration(stand_in.used_s)}" if stand_in.used_s >= 1 else ""
    if stand_in.reason == NO_RECEIPT:
        return f"goes {way}{used}, since {before} gave no receipt in time"
    return f"goes {way}{used}, since {before} is not reached: {stand_in.reason}"


def takeover_words(peer: str, found: Takeover) -> str:
    """Return what becomes of a next hop that is not reached now, as a sentence."""
    hop = found.hop or peer
    if found.is_last:
        return (
            f"No other next hop of {peer} is reached either: the first one that is takes what is"
            " for it."
        )
    way = "goes straight there" if found.by is None else f"goes by {found.by}"
    when = f"in {duration(found.in_s)}" if found.in_s >= 1 else "now"
    return f"If {hop} is not reached before, what is for {peer} {way} {when}."


def awaited_words(hop: str, peers: Sequence[str]) -> str:
    """Return why a next hop is dialled for which nothing waits."""
    named = " and ".join(filter(None, [", ".join(peers[:-1]), peers[-1]]))
    is_itself = list(peers) == [hop]
    way = "straight there" if is_itself else f"by {hop}"
    return f"it is dialled until it is back, since what is for {named} is to go {way}"
