"""The number of data connections that each peer holds here, and a file that shows it.

receiver counts them and does not write the database; `netrelay status` and `check` read the file,
which is in the runtime directory.
"""

import json
from collections import Counter
from pathlib import Path

_FILE_NAME = "receiver.connections"
# Of a few, each change is shown at once; of more, once a second.
_FEW = 64
_INTERVAL_S = 1.0


class ConnectionHolders:
    """The open connections by node id, and the file, for its one writer; anew with each receiver.

    The file is not durable: it is of no use after the process.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / _FILE_NAME
        self._held: Counter[str] = Counter()
        self.in_all = 0
        """Number of open connections."""
        self._is_changed = True
        self._next_s = 0.0
        self.show(0.0)

    def held_by(self, peer: str) -> int:
        """Return how many connections a peer holds."""
        return self._held[peer]

    def opened(self, peer: str) -> None:
        """Note one more connection of a peer."""
        self._held[peer] += 1
        self.in_all += 1
        self._is_changed = True

    def closed(self, peer: str) -> None:
        """Note the end of a connection of a peer."""
        self._held[peer] -= 1
        if not self._held[peer]:
            del self._held[peer]
        self.in_all -= 1
        self._is_changed = True

    def forget(self) -> None:
        """Note the end of all."""
        self._held.clear()
        self.in_all = 0
        self._is_changed = True

    def show(self, now_s: float) -> None:
        """Write the file if something has changed, and it is time."""
        if not self._is_changed or (self.in_all > _FEW and now_s < self._next_s):
            return
        self._is_changed = False
        self._next_s = now_s + _INTERVAL_S
        unfinished = self._path.with_name(f".{_FILE_NAME}.unfinished")
        unfinished.write_text(json.dumps(self._held), encoding="ascii")
        unfinished.rename(self._path)

    @property
    def due_s(self) -> float | None:
        """Time at which `show` has something to write; None: it has not."""
        return self._next_s if self._is_changed else None


def connection_holders(directory: Path) -> dict[str, int]:
    """Return the number of open connections by node id; empty before receiver's first start.

    What a receiver that has ended showed last remains. PermissionError when the directory is
    another user's.
    """
    try:
        held = json.loads((directory / _FILE_NAME).read_text(encoding="ascii"))
    except FileNotFoundError:
        return {}
    return {str(node): int(number) for node, number in held.items()}
