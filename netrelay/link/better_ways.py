"""Ways that come before the one by which a peer was reached: when each peer's are tried again."""

from collections.abc import Sequence

from netrelay.core.pace import BETTER_WAY_FIRST_S, BETTER_WAY_LONGEST_S
from netrelay.core.way import way_of


def better_ways(ways: Sequence[str], reached: str, given: Sequence[str]) -> tuple[str, ...]:
    """Return the given ways that come before the reached one.

    Only given ones: the address from which a peer has called last is no choice of a person.
    """
    names = [str(way_of(each)) for each in ways]
    if reached not in names:
        return ()
    return tuple(each for each in ways[: names.index(reached)] if each in given)


class BetterWays:
    """Times of the next tries, by peer, monotonic.

    The wait doubles with each try, also with one that was reached: a way that answers for a moment
    each time is not taken back each minute.
    """

    def __init__(self) -> None:
        self._waits_s: dict[str, float] = {}

    def begin(self, peer: str) -> None:
        """Begin with the first wait: a connection was dialled because none was open."""
        self._waits_s.pop(peer, None)

    def wait_s(self, peer: str) -> float:
        """Return how long a peer's connection has to be where it is before the next try."""
        return self._waits_s.get(peer, BETTER_WAY_FIRST_S)

    def tried(self, peer: str) -> None:
        """Note a try."""
        self._waits_s[peer] = min(2 * self.wait_s(peer), BETTER_WAY_LONGEST_S)
