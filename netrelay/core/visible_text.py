"""Characters that must not reach a terminal, a log line or a folder listing from a stranger.

The list is closed, so that every implementation and every version of Unicode judges alike.
"""

from collections.abc import Iterable
from typing import Final

_UNSEEN: Final = (
    *range(0x20),  # C0 controls
    *range(0x7F, 0xA0),  # delete and C1 controls
    0x061C,  # marks, embeddings and overrides of direction: they disguise "gpj.exe" as "exe.jpg"
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
    """True when no character of the text is one of those."""
    return _UNSEEN_CHARACTERS.isdisjoint(text)


def visible(text: str) -> str:
    """The text with an underscore for each of those characters."""
    return text.translate(_REPLACED)
