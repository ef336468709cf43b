"""Location of a secret in a file, so that its bytes can be overwritten in place."""

import re
import tomllib
from collections.abc import Sequence

from netrelay.runtime.edited_text import EditedText

_STRING = r"""("(?:[^"\\\r\n]|\\[^\r\n])*"|'[^'\r\n]*')"""


def secret_spans(
    text: EditedText, key: str, value: str, count: int
) -> list[tuple[int, int]] | None:
    """Return offset and length in bytes of each quoted value of a key, without its quotes.

    None unless it occurs exactly so many times: then it could not be wiped either.
    """
    pattern = re.compile(rf"(?m)^[^#\r\n]*?\b{re.escape(key)}[ \t]*=[ \t]*{_STRING}")
    matches = [match for match in pattern.finditer(text.text) if _decoded(match[1]) == value]
    if len(matches) != count:
        return None
    spans = (match.span(1) for match in matches)
    return [text.encoded_span(start + 1, end - 1) for start, end in spans]


def star_out(raw: bytes, encoding: str, spans: Sequence[tuple[int, int]]) -> bytes:
    """Return the file with the bytes of each span replaced by as many bytes of stars."""
    star = "*".encode(encoding)
    for offset, length in spans:
        raw = raw[:offset] + star * (length // len(star)) + raw[offset + length :]
    return raw


def _decoded(literal: str) -> str | None:
    try:
        return str(tomllib.loads(f"x = {literal}")["x"])
    except tomllib.TOMLDecodeError:
        return None
