"""Text around bytes that people carry: a line that begins it, base64, a line that ends it.

    -----BEGIN NETRELAY CARD-----
    base64 (RFC 4648 section 4) in lines of 64 characters
    -----END NETRELAY CARD-----

Text around the two lines (a mail, a comment) is ignored.
"""

from base64 import b64decode, b64encode
from typing import Final

from netrelay.seal.seal_errors import CardError

_COLUMNS: Final = 64  # RFC 7468 section 2


def with_armour(label: str, content: bytes) -> str:
    """Return bytes as text, ready to be written to a file; label: what they are, in capitals."""
    text = b64encode(content).decode("ascii")
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return "\n".join([_begin(label), *lines, _end(label), ""])


def without_armour(label: str, text: str, what: str, limit_bytes: int) -> bytes:
    """Return the bytes in a text; raise CardError, which calls it `what`, for anything else."""
    if len(text) > limit_bytes or len(text.encode("utf-8", "replace")) > limit_bytes:
        raise CardError(f"{what} has more than {limit_bytes} bytes")
    lines = [line.strip() for line in text.splitlines()]
    begin, end = _begin(label), _end(label)
    if lines.count(begin) != 1 or lines.count(end) != 1:
        raise CardError(f"there must be one line {begin!r} and one line {end!r}")
    first, last = lines.index(begin), lines.index(end)
    try:
        return b64decode("".join(lines[first + 1 : max(first + 1, last)]), validate=True)
    except ValueError as error:
        raise CardError(f"{what} is not base64: {error}") from error


def has_armour(label: str, text: str) -> bool:
    """Return whether a text has the line that begins bytes of this label."""
    return _begin(label) in (line.strip() for line in text.splitlines())


def _begin(label: str) -> str:
    return f"-----BEGIN NETRELAY {label}-----"


def _end(label: str) -> str:
    return f"-----END NETRELAY {label}-----"
