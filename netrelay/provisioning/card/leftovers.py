"""Removal of the pieces of files that a power cut leaves on a FAT.

fsck.vfat makes a file FSCKnnnn.REC of each chain of clusters that no name leads to, and calls the
second of two files of one name FSCKnnnn.nnn. Most hold an earlier report of this card. One that a
person was writing may hold anything, a Wi-Fi password too.
"""

import re
from contextlib import suppress
from pathlib import Path

from netrelay.provisioning.card import boot_folder

# As report_files.py and seal/card.py begin them.
_REPORTS = (
    b"This card is the node ",
    b"netrelay.toml was not applied:",
    b"-----BEGIN NETRELAY CARD-----",
)
_UNFINISHED = re.compile(r"\.(?:netrelay-error\.txt|netrelay-node\.txt|.+\.card)\.unfinished")


def remove_leftovers(boot: Path) -> None:
    """Remove replacements that did not end, and pieces that are empty or hold a report.

    Other pieces stay: `boot_folder.read_files` returns them. On a partition that cannot be written
    all stay.
    """
    for path in sorted(boot.iterdir()):
        name = path.name.lower()
        is_piece = boot_folder.PIECE.fullmatch(name) is not None
        if not (is_piece or _UNFINISHED.fullmatch(name)) or not path.is_file():
            continue
        if not is_piece or _is_worthless(path):
            with suppress(OSError):
                boot_folder.remove(boot, path.name)


def _is_worthless(path: Path) -> bool:
    """Return True for a report of this card or zero bytes, such as of a file that was wiped."""
    content = boot_folder.read_file(path)
    if content.startswith(_REPORTS):
        return True
    return not content.strip(b"\0") and path.stat().st_size == len(content)
