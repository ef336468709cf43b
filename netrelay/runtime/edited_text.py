"""Decoding of text files that were edited on any computer."""

import codecs
from collections.abc import Sequence
from typing import NamedTuple

from netrelay.runtime.strict_toml import Key, Mistake, NoTomlError

TEXT_LIMIT_BYTES = 262_144
# Encodings by byte order mark. Notepad calls UTF-16 "Unicode".
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CURLY = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u2039\u203a\u00ab\u00bb"
# The same in Windows' old character set, as WordPad saves them.
_CURLY_BYTES = bytes((0x82, 0x84, 0x8B, 0x91, 0x92, 0x93, 0x94, 0x9B, 0xAB, 0xBB))
# Words of people, and of other formats, for what TOML calls true and false.
_SWITCHES = dict.fromkeys(("yes", "on", "true", "enabled"), "true") | dict.fromkeys(
    ("no", "off", "false", "disabled", "none"), "false"
)
# How tomllib begins its words for a section that is there before.
_TWICE = "Cannot declare "
_BOOLEAN = "true or false"
_STRAIGHT = ': write straight quotes, ", instead of curly ones'
_AS_UTF_8 = ": save the file again as UTF-8 (in Notepad: Save as, Encoding)"
_PLAIN = ": save it as plain text"
# RTF, OLE (.doc), ZIP (.docx, .odt) and HTML.
_OF_PROGRAMS = (b"{\\rtf", b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"<!DOCTYPE", b"<html", b"<HTML")


class EditedText(NamedTuple):
    """A text with its byte order mark and encoding."""

    text: str
    mark: bytes
    encoding: str

    def encoded_span(self, start: int, end: int) -> tuple[int, int]:
        """Return offset and length in bytes, in the file, of a range of characters."""
        offset = len(self.mark) + len(self.text[:start].encode(self.encoding))
        return offset, len(self.text[start:end].encode(self.encoding))


def decode(raw: bytes) -> EditedText | Mistake:
    """Return the text of a file in UTF-8, or in UTF-16 with a byte order mark, or its mistake."""
    if len(raw) > TEXT_LIMIT_BYTES:
        return Mistake(0, "the file is too large", f"at most {TEXT_LIMIT_BYTES} bytes")
    if raw.startswith(_OF_PROGRAMS):
        return Mistake(0, "the file was saved by a word processor or a browser", "text", _PLAIN)
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if raw.startswith(mark)), (b"", "utf-8")
    )
    try:
        text = raw[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[len(mark) :][: error.start].count(b"\n") + 1
        if raw[len(mark) + error.start] in _CURLY_BYTES:
            return Mistake(line, "there is a curly quote, not in UTF-8", 'key = "text"', _STRAIGHT)
        return Mistake(
            line,
            "there is a character that is not UTF-8",
            "UTF-8",
            _AS_UTF_8,
        )
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return Mistake(line, "there is a zero byte", "text", _AS_UTF_8)
    return EditedText(text, mark, encoding)


def syntax_mistake(
    text: str, error: NoTomlError, keys: Sequence[Key] = (), *, has_secrets: bool = False
) -> Mistake:
    """Return the mistake of a text that is not TOML: its line, its key and what is allowed there.

    keys: those that the file may have. has_secrets: no value is shown.
    """
    lines = text.split("\n")
    wrong = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
    name, equals, value = (part.strip() for part in wrong.partition("="))
    section = _section(lines[: error.line])
    if str(error).startswith("Cannot overwrite a value"):
        twice = ".".join(filter(None, (section, name)))
        return Mistake(error.line, f"{twice} is there already", "one line for each key")
    key = next((each for each in keys if (each.section, each.name) == (section, name)), None)
    if key is None or not equals:
        why = str(error).partition(" (at ")[0]
        hint = advise(wrong)
        if not hint and why.startswith(_TWICE):
            hint = f": it is there twice; keep one {wrong.strip()} and put all its lines below it"
        return Mistake(error.line, f"this cannot be read: {why}", "key = value", hint)
    found = value.partition(" #")[0].strip() or "nothing"
    said = "cannot be read" if has_secrets else f"is {found}"
    word = _SWITCHES.get(found.lower())
    hint = advise(wrong)
    if key.allowed == _BOOLEAN and word is None:
        hint = f": without quotes, {name} = true"
    elif key.allowed != _BOOLEAN and word is not None:
        hint = ""
    return Mistake(
        error.line, f"{'.'.join(filter(None, (section, name)))} {said}", key.allowed, hint
    )


def _section(lines: Sequence[str]) -> str:
    headers = (line.strip().partition("]")[0] for line in lines if line.strip()[:1] == "[")
    return next((line.strip("[ ") for line in reversed(list(headers))), "")


def advise(line: str) -> str:
    """Return a hint on what is probably wrong with a line that is not TOML, or ""."""
    if any(mark in line for mark in _CURLY):
        return _STRAIGHT
    hidden = next((char for char in line if not char.isprintable() and char not in "\t\r"), "")
    if hidden:
        return f": there is an invisible character, U+{ord(hidden):04X}; type the line again"
    if line.strip()[:1] == ";" or line.strip()[:2] == "//":
        return ": a comment begins with #"
    name, equals, value = (part.strip() for part in line.partition("="))
    if not equals:
        name, colon, value = (part.strip() for part in line.partition(":"))
        is_pair = colon and name.replace("_", "").isalnum()
        return f": an equals sign stands between key and value, {name} = ..." if is_pair else ""
    word = value.partition("#")[0].strip().lower()
    if word in _SWITCHES:
        return f": on and off are true and false here, {name} = {_SWITCHES[word]}"
    if value[:1] in ('"', "'") and value[1:].count(value[0]) == 0:
        return f": a quote is missing at its end, {name} = {value}{value[0]}"
    if value[:1] == '"' and "\\" in value and "'" not in value:
        return f": a backslash needs single quotes around the text, {name} = '...'"
    if value[:1] not in ('"', "'", "[", "{") and not value[:1].isdigit():
        return f': a text stands between quotes, {name} = "..."'
    return ""
