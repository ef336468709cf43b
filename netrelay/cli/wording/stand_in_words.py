"""A next hop that stands in for another one, in words."""

from netrelay.cli.queries.stand_ins import StandIn
from netrelay.cli.text import duration


def stand_in_words(stand_in: StandIn) -> str:
    """Return which way is used, and why, as the end of a sentence."""
    way = "straight there" if stand_in.hop is None else f"by {stand_in.hop}"
    before = stand_in.instead_of
    if stand_in.reason is None:
        return f"goes {way}; {before} is back, and is used again when that has lasted half a minute"
    used = f" for {duration(stand_in.used_s)}" if stand_in.used_s >= 1 else ""
    return f"goes {way}{used}, since {before} is not reached: {stand_in.reason}"
