"""Removal of characters from untrusted text that must not reach a terminal, log or folder listing.

The set is fixed rather than taken from Unicode properties, so that every implementation and every
version of Unicode accepts the same text.
"""

from collections.abc import Iterable
from typing import Final

_UNSEEN: Final = (
    *range(0x20),  # C0 controls
    *range(0x7F, 0xA0),  # delete and C1 controls
    0x061C,  # bidirectional marks and overrides: they display "gpj.exe" as "exe.jpg"
    0x200E,
    0x200F,
    0x2028,  # line and paragraph separators
    0x2029,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    0xFEFF,  # byte order mark
)
_UNSEEN_CHARACTERS: Final = frozenset(map(chr, _UNSEEN))
_REPLACED: Final = dict.fromkeys(_UNSEEN, "_")


def is_visible(text: Iterable[str]) -> bool:
    """Return True when the text contains none of these characters."""
    if isinstance(text, str) and text.isascii() and text.isprintable():
        # The same answer without a look at each character: most texts, and receipts have many.
        return True
    return _UNSEEN_CHARACTERS.isdisjoint(text)


def visible(text: str) -> str:
    """Return the text with each of these characters replaced by an underscore."""
    return text.translate(_REPLACED)
