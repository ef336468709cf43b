"""The root file system of a card: read-only or not, and how full it and the memory over it are."""

import os
from pathlib import Path
from typing import NamedTuple

from netrelay.disk.replacement import replace_file

CARD = Path("/card")
CLOSED, UNLOCKED = "closed", "unlocked"
# The packed content of a damaged partition (mount-folders); only root reads it.
SET_ASIDE = "/card/data/system/set-aside"


class CardRoot(NamedTuple):
    """mode: closed (read-only), unlocked, or open, with `why` then. Parts: 0 is empty, 1 is full.

    damage: what is wrong with the partition for data, "" if nothing is.
    """

    mode: str
    why: str
    memory_part: float
    free_bytes: int
    damage: str

    @property
    def is_read_only(self) -> bool:
        """True when changes of the system are lost at the next boot."""
        return self.mode == CLOSED


def read_card_root(card: Path = CARD) -> CardRoot | None:
    """Return the state of this machine's root, None if it is no card (mount-folders)."""
    try:
        mode, _, why = (card / "mode").read_text(encoding="ascii").strip().partition(": ")
        memory, root = os.statvfs(card), os.statvfs(card / "root")
    except OSError:
        return None
    damage = card / "damage"
    return CardRoot(
        mode,
        why,
        1 - memory.f_bavail / max(1, memory.f_blocks),
        root.f_bavail * root.f_frsize,
        damage.read_text(encoding="ascii").strip() if damage.is_file() else "",
    )


def unlock_once(card: Path = CARD) -> bool:
    """Make the root writable from the next boot to the one after it; return False if it is asked.

    OSError when the partition netrelay cannot be written, or is not mounted.
    """
    data = card / "data"
    if not data.is_mount():
        raise FileNotFoundError(f"{data} is not mounted")
    return replace_file(data / "unlock", b"at the next boot\n", 0o644)
