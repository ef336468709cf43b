"""The source's keys for singles: one for each destination.

A key is sent in a manifest of kind key, so that a small file needs neither a key encapsulation nor
a signature of its own. It outlives a start: the database has its id, and the key is derived of that
(`Sealer.single_key`).
"""

from typing import NamedTuple

# A day or a million singles, whichever comes first, bounds what a leaked key opens. A run does not
# know how many the runs before have sealed: each of ten may seal a part.
_LONGEST_S = 86_400.0
_MOST_SINGLES = 100_000
_MOST_STARTS = 9


class SingleKey(NamedTuple):
    """A content key and the id under which singles name it."""

    key_id: bytes
    content_key: bytes


class SingleKeys:
    """The keys in use, by destination.

    The life of a key: it is drawn; its manifest is committed; `use`, or `go_on` in a later run;
    `current` for each single until its time or number is used up; or `forget`, when the destination
    cannot open it.
    """

    def __init__(self) -> None:
        self._keys: dict[str, tuple[SingleKey, float]] = {}
        self._used: dict[str, int] = {}

    def current(self, destination: str, now_s: float) -> SingleKey | None:
        """Return the key for one more single; None if a new key has to be sent first.

        Each call counts as one single under the key.
        """
        key, born_s = self._keys.get(destination, (None, 0.0))
        if key is None or now_s - born_s > _LONGEST_S or self._used[destination] >= _MOST_SINGLES:
            return None
        self._used[destination] += 1
        return key

    def use(self, destination: str, key: SingleKey, now_s: float) -> None:
        """Make a key the current one; its manifest has to be durable, and is sent first."""
        self._keys[destination] = key, now_s
        self._used[destination] = 0

    def go_on(self, destination: str, key: SingleKey, born_s: float, starts: int) -> None:
        """Make a key of an earlier run the current one; starts: how many have gone on with it."""
        if starts <= _MOST_STARTS:
            self.use(destination, key, born_s)

    def forget(self, destination: str) -> None:
        """Stop using the key of a destination that cannot open it."""
        self._keys.pop(destination, None)
