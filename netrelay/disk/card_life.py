"""The wear that the card under a folder reports."""

import os
from pathlib import Path
from typing import Final

WORN_PERCENT: Final = 90
"""From here on a card is to be replaced: 0x09 of JEDEC eMMC 5.1, EXT_CSD 268 and 269."""


def used_life_percent(folder: Path) -> int | None:
    """Return up to how much of its life the device has used; None where it reports nothing.

    An eMMC does, in steps of ten; SD cards and disks report none here. OSError if the folder cannot
    be looked at.
    """
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    for place in (f"/sys/dev/block/{number}/../device", f"/sys/dev/block/{number}/device"):
        try:
            with open(f"{place}/life_time", encoding="ascii") as file:  # noqa: PTH123 -- not tidied
                return 10 * max(int(word, 16) for word in file.read().split())
        except (OSError, ValueError):
            continue
    return None
