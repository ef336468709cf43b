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
        percent = reported_percent(Path(f"{place}/life_time"))
        if percent is not None:
            return percent
    return None


def reported_percent(file: Path) -> int | None:
    """Return the greater estimate of a file `life_time` of an eMMC; None: it has none."""
    try:
        with open(os.fspath(file), encoding="ascii") as lines:  # noqa: PTH123 -- not tidied
            # 0x00: not defined.
            return 10 * max(int(word, 16) for word in lines.read().split()) or None
    except (OSError, ValueError):
        return None
