"""Names that systems leave behind in folders, which importer neither sends nor reports."""

import re
from collections.abc import Iterable
from fnmatch import translate
from typing import Final

IGNORED_DEFAULT: Final = (
    # Windows
    "desktop.ini",
    "Thumbs.db",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "$RECYCLE.BIN",
    "System Volume Information",
    # macOS
    ".DS_Store",
    "._*",
    "Icon\r",
    ".Trashes",
    ".Spotlight-V100",
    ".fseventsd",
    ".TemporaryItems",
    ".DocumentRevisions-V100",
    ".VolumeIcon.icns",
    ".LSOverride",
    ".apdisk",
    ".AppleDouble",
    ".AppleDB",
    ".AppleDesktop",
    "Network Trash Folder",
    "Temporary Items",
    # desktops of Linux
    ".directory",
    ".Trash-*",
)
PATTERNS_MAX: Final = 256
PATTERN_MAX_BYTES: Final = 255


def is_pattern(pattern: object) -> bool:
    """Return True for a pattern of names; one that fits every name is none."""
    return (
        isinstance(pattern, str)
        and 0 < len(pattern.encode("utf-8", "replace")) <= PATTERN_MAX_BYTES
        and "/" not in pattern
        and "\0" not in pattern
        and pattern.strip("*?") != ""
    )


class IgnoredNames:
    """Patterns as in a shell (* ? [abc]), compared with a whole name, without case."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = [
            (pattern, re.compile(translate(pattern), re.IGNORECASE)) for pattern in patterns
        ]
        expressions = "|".join(translate(pattern) for pattern, _ in self._patterns)
        self._any = re.compile(expressions, re.IGNORECASE) if self._patterns else None

    def holds(self, name: bytes) -> bool:
        """Return whether a name fits any pattern."""
        text = name.decode("utf-8", "surrogateescape")
        return self._any is not None and self._any.match(text) is not None

    def pattern_of(self, name: bytes) -> str | None:
        """Return the first pattern that a name fits; None if it fits none."""
        if not self.holds(name):
            return None
        text = name.decode("utf-8", "surrogateescape")
        return next(pattern for pattern, expression in self._patterns if expression.match(text))
