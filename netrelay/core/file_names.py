"""Received file names: what is left of one before it may name a file here.

A name is the source's word, applied at the very end and never to a path: one component, visible,
not an option to any command, in characters that no terminal obeys.
"""

from typing import Final

from netrelay.core.visible_text import visible

FILE_NAME_MAX_BYTES: Final = 255  # NAME_MAX of every Linux file system a node would use
SAFE_NAME_MAX_BYTES: Final = 240  # leaves room for " (2)" and any number after it
NAMELESS: Final = "unnamed"

_SUFFIX_MAX_BYTES: Final = 32


def safe_name(name: bytes) -> str:
    """A name of at most 240 bytes of UTF-8 that can be made in the inbox, from any bytes.

    Bytes that are not UTF-8 become %XX. A name that is safe already stays as it is, and two
    different names may become the same one.
    """
    last = name.rpartition(b"/")[2]
    text = "".join(
        f"%{ord(c) - 0xDC00:02X}" if 0xDC80 <= ord(c) <= 0xDCFF else c
        for c in last.decode("utf-8", "surrogateescape")
    )
    # A backslash separates paths for whomever the inbox may be shared with.
    text = visible(text).replace("\\", "_").strip()
    if not text.strip("."):
        return NAMELESS
    if text[0] in ".-~":
        text = "_" + text
    return _shortened(text, SAFE_NAME_MAX_BYTES)


def numbered_name(name: str, number: int) -> str:
    """The name with a number, as "name (2).ext", in at most 255 bytes of UTF-8."""
    stem, suffix = _parts(name)
    mark = f" ({number})"
    room = FILE_NAME_MAX_BYTES - len(mark) - len(suffix.encode())
    return _cut(stem, room) + mark + suffix


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
