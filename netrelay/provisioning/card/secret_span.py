"""Where a secret stands in a file, so that just these bytes can be overwritten in place."""

import re
import tomllib

from netrelay.provisioning.card.boot_text import BootText

_STRING = r"""("(?:[^"\\\r\n]|\\[^\r\n])*"|'[^'\r\n]*')"""


def secret_span(text: BootText, key: str, value: str) -> tuple[int, int] | None:
    """Give offset and length in bytes of what stands between a key's quotes.

    None when it cannot be found in one place only: then it could not be wiped either.
    """
    pattern = re.compile(rf"(?m)^[^#\r\n]*?\b{re.escape(key)}[ \t]*=[ \t]*{_STRING}")
    matches = [match for match in pattern.finditer(text.text) if _decoded(match[1]) == value]
    if len(matches) != 1:
        return None
    start, end = matches[0].span(1)
    return text.encoded_span(start + 1, end - 1)


def star_out(raw: bytes, encoding: str, span: tuple[int, int]) -> bytes:
    """Give the file with stars in a span, of the same length to the byte."""
    offset, length = span
    star = "*".encode(encoding)
    return raw[:offset] + star * (length // len(star)) + raw[offset + length :]


def _decoded(literal: str) -> str | None:
    try:
        return str(tomllib.loads(f"x = {literal}")["x"])
    except tomllib.TOMLDecodeError:
        return None
