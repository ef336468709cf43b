"""The number of data connections that each peer holds here: a file of the runtime directory.

receiver writes it and does not write the database; `netrelay status` and `check` read it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

_FILE_NAME = "receiver.connections"


class ConnectionHolders:
    """The file, for its one writer; made anew with each receiver."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _FILE_NAME
        self._shown: dict[str, int] | None = None
        self.show({})

    def show(self, held: Mapping[str, int]) -> None:
        """Replace what is shown: number of open connections by node id; cheap without a change.

        Not durable: the file is of no use after the process.
        """
        if held == self._shown:
            return
        self._shown = dict(held)
        unfinished = self._path.with_name(f".{_FILE_NAME}.unfinished")
        unfinished.write_text(json.dumps(self._shown), encoding="ascii")
        unfinished.rename(self._path)


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
