"""Location of a secret in a file, so that its bytes can be overwritten in place."""

import re
import tomllib

from netrelay.provisioning.card.boot_text import BootText

_STRING = r"""("(?:[^"\\\r\n]|\\[^\r\n])*"|'[^'\r\n]*')"""


def secret_span(text: BootText, key: str, value: str) -> tuple[int, int] | None:
    """Return offset and length in bytes of the quoted value of a key, without its quotes.

    None unless it occurs exactly once: then it could not be wiped either.
    """
    pattern = re.compile(rf"(?m)^[^#\r\n]*?\b{re.escape(key)}[ \t]*=[ \t]*{_STRING}")
    matches = [match for match in pattern.finditer(text.text) if _decoded(match[1]) == value]
    if len(matches) != 1:
        return None
    start, end = matches[0].span(1)
    return text.encoded_span(start + 1, end - 1)


def star_out(raw: bytes, encoding: str, span: tuple[int, int]) -> bytes:
    """Return the file with the bytes of a span replaced by as many bytes of stars."""
    offset, length = span
    star = "*".encode(encoding)
    return raw[:offset] + star * (length // len(star)) + raw[offset + length :]


def _decoded(literal: str) -> str | None:
    try:
        return str(tomllib.loads(f"x = {literal}")["x"])
    except tomllib.TOMLDecodeError:
        return None
