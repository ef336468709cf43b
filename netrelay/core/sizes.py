"""Sizes and rates as people write and read them: 500M, 20GiB, 1.5G; 500K, 2MiB/s.

Units are binary. A lower-case "b" is refused, since it stands for bits.
"""

import re
from typing import Final

from netrelay.core.token_bucket import FASTEST_RATE_BYTES_PER_S, SLOWEST_RATE_BYTES_PER_S

_UNITS: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_SIZE: Final = re.compile(r"(\d{1,16}(?:\.\d{1,6})?) ?([KMGTkmgt]?)(?:i?B)?", re.ASCII)
_BITS: Final = re.compile(r"\d.*(bits?|b)(/s|ps)?", re.ASCII)

RATES_ALLOWED: Final = "4K to 10G bytes a second (500K, 2M, 1.5MiB/s; 1K is 1024), or none"


def read_size_bytes(text: str) -> int:
    """Return a size in bytes; raise ValueError that names what is allowed."""
    found = _bytes(text)
    if found is None:
        raise ValueError(f"{text!r} is no size; allowed: 500M, 20G, 1.5GiB, 4096")
    return found


def read_rate_bytes_per_s(text: str) -> int:
    """Return a rate in bytes per second; raise ValueError that names what is allowed.

    The word `none` is handled by the caller.
    """
    found = _bytes(text.removesuffix("/s"))
    if found is None:
        # Providers quote bits per second; read as bytes the limit would be eight times too high.
        hint = "; for bits a second divide by 8" if _BITS.fullmatch(text) else ""
        raise ValueError(f"{text!r} is no rate; allowed: {RATES_ALLOWED}{hint}")
    if not SLOWEST_RATE_BYTES_PER_S <= found <= FASTEST_RATE_BYTES_PER_S:
        hint = "; `netrelay pause` sends nothing" if found < SLOWEST_RATE_BYTES_PER_S else ""
        raise ValueError(f"{text!r} is not allowed: {RATES_ALLOWED}{hint}")
    return found


def size_text(count_bytes: int) -> str:
    """Return a size in binary units, with one decimal where it matters."""
    if count_bytes < 1024:
        return f"{count_bytes} B"
    value = float(count_bytes)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        value /= 1024
        if value < 1023.95 or unit == "TiB":
            break
    return f"{value:.1f}".removesuffix(".0") + f" {unit}"


def exact_size(count_bytes: int) -> str:
    """Return a size that `read_size_bytes` reads as the same bytes, in the largest whole unit."""
    for unit, unit_bytes in reversed(_UNITS.items()):
        if count_bytes and count_bytes % unit_bytes == 0:
            return f"{count_bytes // unit_bytes}{unit}"
    return "0"


def _bytes(text: str) -> int | None:
    found = _SIZE.fullmatch(text)
    return None if found is None else int(float(found[1]) * _UNITS[found[2].upper()])
