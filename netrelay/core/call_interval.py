"""Intervals at which a node calls a peer that cannot dial it, as people write them: "15min"."""

import re
from typing import Final

LEAST_S: Final = 60
MOST_S: Final = 7 * 86_400
_UNITS_S: Final = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_FORM: Final = re.compile(r"([1-9][0-9]{0,5}) ?(s|min|h|d)")


def read_interval_s(text: object) -> int | None:
    """Return the seconds of an interval; None for "". ValueError for anything else, or outside."""
    if text == "":
        return None
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    interval_s = 0 if found is None else int(found[1]) * _UNITS_S[found[2]]
    if not LEAST_S <= interval_s <= MOST_S:
        raise ValueError(f"{text!r} is no interval from 1min to 7d")
    return interval_s
