"""A file that is being uploaded: in the home, outside of any drop folder, until it is whole."""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from netrelay.cli.page.control_acts import ActRefused, checked_name, checked_peer
from netrelay.cli.text import size
from netrelay.runtime.home import Home

FILE_NAME: Final = "page.upload"
MOST_BYTES: Final = 4 << 30
# Another upload takes the place of one that has been silent for so long.
STALLED_S: Final = 60.0
# An upload is refused if less than this would be free beside the staged file and the copy of it.
_KEPT_FREE_BYTES: Final = 64 << 20


class Staged(NamedTuple):
    """One slice more: the id of its upload, how much is there, and whether that is all."""

    upload: str
    done_bytes: int
    is_whole: bool


class _Under(NamedTuple):
    upload: str
    person: str
    peer: str
    name: str
    total_bytes: int


class StagedUpload:
    """At most one upload at a time, in one file of the home, which importer never sees."""

    def __init__(self, home: Home) -> None:
        self.path: Path = home.path / FILE_NAME
        self._home = home
        self._under: _Under | None = None
        self._done_bytes = 0
        self._heard_s = 0.0
        self.remove()

    def begin(self, person: str, peer: str, name: str, total_bytes: int, now_s: float) -> Staged:
        """Begin an upload; ActRefused for a name, a size, or because another one is under way."""
        checked_peer(peer)
        checked_name(name)
        if not 0 <= total_bytes <= MOST_BYTES:
            raise ActRefused(f"{size(total_bytes)} are too many; allowed: {size(MOST_BYTES)}")
        if not (self._home.drop / peer).is_dir():
            raise ActRefused(f"there is no drop folder of {peer}")
        if self._under is not None and now_s - self._heard_s < STALLED_S:
            raise ActRefused(f"{self._under.person} is sending a file: try again when that is done")
        self.remove()
        free_bytes = shutil.disk_usage(self._home.path).free
        if 2 * total_bytes + _KEPT_FREE_BYTES > free_bytes:
            raise ActRefused(
                f"{size(total_bytes)} need twice as much room for a moment, and {size(free_bytes)}"
                " are free"
            )
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(self.path, flags, 0o600))
        self._under = _Under(secrets.token_hex(16), person, peer, name, total_bytes)
        self._done_bytes, self._heard_s = 0, now_s
        return Staged(self._under.upload, 0, total_bytes == 0)

    def add(self, person: str, upload: str, offset: int, content: bytes, now_s: float) -> Staged:
        """Add a slice, which has to follow on what is there; ActRefused otherwise."""
        under = self._under
        if under is None or (under.upload, under.person) != (upload, person):
            raise ActRefused("this upload is not under way any more: begin anew")
        if offset != self._done_bytes or offset + len(content) > under.total_bytes:
            raise ActRefused(f"the next byte of this upload is {self._done_bytes}, not {offset}")
        with self.path.open("ab") as file:
            file.write(content)
        self._done_bytes, self._heard_s = offset + len(content), now_s
        return Staged(upload, self._done_bytes, self._done_bytes == under.total_bytes)

    def whole(self) -> tuple[str, str, int]:
        """Return peer, name and size of the upload, once `add` has said that it is whole."""
        assert self._under is not None
        return self._under.peer, self._under.name, self._under.total_bytes

    def remove(self) -> None:
        """End the upload, and remove what is there of it."""
        self._under = None
        with suppress(FileNotFoundError):
            self.path.unlink()
