"""Budgets of bytes as people write them (500M/month), and the shares of one.

A budget has three shares. Most of it is for all data. Its reserve is for data of priority 0 to 2.
Its last hundredth, the trickle, is for receipts and consensus, and data never uses it.
"""

import re
from typing import Final, NamedTuple

from netrelay.core.calendar import Period
from netrelay.core.sizes import read_size_bytes, size_text

SMALLEST_BYTES: Final = 1 << 20
LARGEST_BYTES: Final = 1 << 60
# As in the view `budget_levels`.
TRICKLE_PARTS: Final = 100
# While data may not come from a peer, frames of at most this size may: they hold receipts.
TRICKLE_FRAME_BYTES: Final = 16 * 1024
# How long a peer is told to wait that sends longer ones.
HELD_S: Final = 3600
ALLOWED: Final = (
    "a size of 1M or more and a period, day, week or month: 500M/month, 20M/day; or off"
)
_BUDGET: Final = re.compile(r"([^/]*)/([A-Za-z]+)", re.ASCII)


class Budget(NamedTuple):
    """The bytes that may cross the wire to and from a peer in each period."""

    limit_bytes: int
    period: Period
    reserve_bytes: int = 0


def read_budget(text: str) -> Budget:
    """Return a budget without a reserve; raise ValueError that names what is allowed."""
    found = _BUDGET.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no budget; allowed: {ALLOWED}")
    period = found[2].lower()
    if period not in list(Period):
        raise ValueError(f"{found[2]!r} in {text!r} is no period; allowed: day, week, month")
    limit_bytes = read_size_bytes(found[1])
    if not SMALLEST_BYTES <= limit_bytes <= LARGEST_BYTES:
        hint = "; `netrelay pause` sends nothing" if limit_bytes < SMALLEST_BYTES else ""
        raise ValueError(f"a budget of {found[1]} is not allowed: 1M to 1048576T{hint}")
    return Budget(limit_bytes, Period(period))


def with_reserve(budget: Budget, reserve_bytes: int) -> Budget:
    """Return the budget with a reserve; raise ValueError if nothing would be left beside it."""
    most_bytes = budget.limit_bytes - trickle_bytes(budget.limit_bytes) - 1
    if reserve_bytes > most_bytes:
        raise ValueError(
            f"a reserve of {size_text(reserve_bytes)} leaves nothing of"
            f" {size_text(budget.limit_bytes)} for other data; allowed: 0 to less than"
            f" {size_text(most_bytes + 1)}, since a hundredth is kept for receipts"
        )
    return budget._replace(reserve_bytes=reserve_bytes)


def trickle_bytes(limit_bytes: int) -> int:
    """Return the share of a budget that data never uses."""
    return limit_bytes // TRICKLE_PARTS


def wire_estimate_bytes(frame_bytes: int) -> int:
    """Return at least the bytes that a frame puts on the wire, its acknowledgement included.

    TLS adds 22 bytes to each record of 16 KiB, TCP and IP at most 80 to each segment of 1,220 bytes
    or more, and what acknowledges two segments has 80: 10 % together. A frame alone has a record
    and a segment of its own, and an answer.
    """
    return frame_bytes + frame_bytes // 8 + 512
