"""Sanitising of file names received from peers.

A received name is applied only when a file is delivered, and as a single path component. The result
is visible, cannot be read as a command-line option, and holds no character that a terminal
interprets.
"""

from typing import Final

from netrelay.core.visible_text import visible

FILE_NAME_MAX_BYTES: Final = 255  # NAME_MAX of ext4, btrfs, xfs, f2fs and tmpfs
SAFE_NAME_MAX_BYTES: Final = 240  # leaves 15 bytes for a mark (`marked_name`)
NAMELESS: Final = "unnamed"

_SUFFIX_MAX_BYTES: Final = 32


def safe_name(name: bytes) -> str:
    """Return a file name for the inbox, at most 240 bytes of UTF-8, for any bytes.

    Bytes that are not UTF-8 become %XX. Idempotent: a safe name is returned unchanged. Not
    injective: two different names may become the same one.
    """
    last = name.rpartition(b"/")[2]
    text = "".join(
        f"%{ord(c) - 0xDC00:02X}" if 0xDC80 <= ord(c) <= 0xDCFF else c
        for c in last.decode("utf-8", "surrogateescape")
    )
    # A backslash separates path components on Windows, to which an inbox may be exported.
    text = visible(text).replace("\\", "_").strip()
    if not text.strip("."):
        return NAMELESS
    if text[0] in ".-~":
        text = "_" + text
    return _shortened(text, SAFE_NAME_MAX_BYTES)


def marked_name(name: str, mark: str) -> str:
    """Return the name as "name (mark).ext", at most 255 bytes of UTF-8."""
    stem, suffix = _parts(name)
    marked = f" ({mark})"
    room = FILE_NAME_MAX_BYTES - len(marked) - len(suffix.encode())
    return _cut(stem, room) + marked + suffix


def _shortened(name: str, limit_bytes: int) -> str:
    if len(name.encode()) <= limit_bytes:
        return name
    stem, suffix = _parts(name)
    return _cut(stem, limit_bytes - len(suffix.encode())).rstrip() + suffix


def _parts(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    suffix = dot + extension
    if not stem or not extension or len(suffix.encode()) > _SUFFIX_MAX_BYTES:
        return name, ""
    return stem, suffix


def _cut(text: str, limit_bytes: int) -> str:
    return text.encode()[:limit_bytes].decode("utf-8", "ignore")
