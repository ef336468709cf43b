"""Files that are dropped one after the other, each durably."""

import random
import threading
import time
from collections.abc import Callable

from tests.story.nodes import DEADLINE_S, KIB, RunningNode
from tests.story.relays import NodeRow

_MOST_UNDER_WAY = 8
_LOOK_S = 0.002


def chance_files(prefix: str, chance: random.Random) -> list[tuple[str, int]]:
    """Return names and sizes: most files are singles, some have several chunks."""
    sizes = [chance.randint(0, 8 * KIB) for _ in range(22)]
    sizes += [chance.randint(32 * KIB, 60 * KIB) for _ in range(2)]
    sizes += [chance.randint(70 * KIB, 600 * KIB) for _ in range(4)]
    chance.shuffle(sizes)
    return [(f"{prefix}-{number}", size_bytes) for number, size_bytes in enumerate(sizes)]


def _content(name: str, size_bytes: int) -> bytes:
    return random.Random(name).randbytes(size_bytes)


class Feeder:
    """Drops files one after the other, a few at a time, until the power of the source is cut.

    given: files that were durable before; maybe: the one that perhaps was not.
    """

    def __init__(
        self,
        row: NodeRow,
        files: list[tuple[str, int]],
        is_cut: Callable[[RunningNode | None], bool],
    ) -> None:
        """Start at once; is_cut: True if the power is cut, at this node or (None) at any."""
        self.given: dict[str, bytes] = {}
        self.maybe: dict[str, bytes] = {}
        self.is_done = False
        self._has_given_up = False
        self._row = row
        self._files = files
        self._is_cut = is_cut
        self._thread = threading.Thread(target=self._feed)
        self._thread.start()

    def join(self) -> None:
        """Block until it has ended; a drop may block on the disk."""
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()

    def give_up(self) -> None:
        """Stop dropping."""
        self._has_given_up = True
        self.join()

    def count_under_way(self) -> int:
        """Return the number of dropped files that have not arrived."""
        arrived = self._row.destination.inbox_names(self._row.source.name)
        return len(self.given) - len(arrived)

    def _feed(self) -> None:
        try:
            for name, size_bytes in self._files:
                while self._has_to_wait():
                    time.sleep(_LOOK_S)
                if self._has_given_up or not self._drop(name, size_bytes):
                    return
        finally:
            self.is_done = True

    def _drop(self, name: str, size_bytes: int) -> bool:
        """Drop one file; return False if the power was cut before it was certainly durable."""
        content = random.Random(name).randbytes(size_bytes)
        self.maybe = {name: content}
        self._row.source.drop(self._row.destination.name, name, content)
        if self._is_cut(self._row.source):
            return False
        self.given[name] = content
        self.maybe = {}
        return True

    def _has_to_wait(self) -> bool:
        """Return True while too many files are in transfer, unless the power is cut."""
        if self._has_given_up or self._is_cut(None):
            return False
        return self.count_under_way() >= _MOST_UNDER_WAY
