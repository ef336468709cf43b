"""Which of several ways takes the next piece: the one by which it is expected to arrive first.

waiting  [ ][ ][ ][ ][ ]
fast     [#][#]           arrives after (held + waiting) / rate, if it takes all of them
slow     [#]              takes one only if it arrives by this way before that
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

LOOK_AHEAD: Final = 256
"""Pieces that are counted of those that wait: as many are cut at once (sql/engine.sql). A way that
is slower by more than this factor takes none."""


class WayLoad(NamedTuple):
    """The bytes that a way holds, and its measured rate; 0: not measured yet."""

    held_bytes: int
    rate_bytes_per_s: float


def pieces_to_take(own: WayLoad, others: Iterable[WayLoad], waiting: int, piece_bytes: int) -> int:
    """Return how many of the pieces that wait a way takes now, at most all of them.

    One, to be measured, where its rate is not known, and those of others are.
    """
    measured = [each for each in others if each.rate_bytes_per_s > 0]
    if not measured:
        return waiting
    if own.rate_bytes_per_s <= 0:
        return 0 if own.held_bytes else min(waiting, 1)
    others_rate = sum(each.rate_bytes_per_s for each in measured)
    others_held = sum(each.held_bytes for each in measured)
    # The k-th piece arrives by this way after (held + k * piece) / rate; were it left to the
    # others, they would have all that wait but the k - 1 before it.
    ahead = (others_held + (waiting + 1) * piece_bytes) * own.rate_bytes_per_s
    ahead -= own.held_bytes * others_rate
    most = int(ahead / (piece_bytes * (own.rate_bytes_per_s + others_rate)))
    # One piece goes by one way, however fast the others are together.
    best_s = min(_arrival_s(each, piece_bytes) for each in measured)
    if _arrival_s(own, piece_bytes) <= best_s:
        most = max(most, 1)
    return min(max(most, 0), waiting)


def _arrival_s(way: WayLoad, piece_bytes: int) -> float:
    return (way.held_bytes + piece_bytes) / way.rate_bytes_per_s
