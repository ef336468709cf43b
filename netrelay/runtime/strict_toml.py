"""Strict TOML: unknown keys are mistakes, and each mistake has a line number."""

import re
import tomllib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from netrelay.core.nearest import nearest

_HEADER_LINE = re.compile(r"\s*\[\[?([^\]]+)\]")
_KEY_LINE = re.compile(r"\s*([^#=]+?)\s*=")
_TOML_PLACE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")


class Key(NamedTuple):
    """A key of a file: section, default, text for what is allowed, meaning, and check."""

    section: str
    name: str
    default: Any
    allowed: str
    meaning: str
    check: Callable[[Any], bool]


class Mistake(NamedTuple):
    """A mistake in a file; line 0: in the whole file.

    said: key and value, as in "node.name is 'Shelf'". hint: the nearest key, or a remedy; it begins
    with its separator.
    """

    line: int
    said: str
    allowed: str
    hint: str = ""

    @property
    def text(self) -> str:
        """The mistake as one line, to be appended to the name of the file."""
        place = f", line {self.line}" if self.line else ""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{place}: {self.said}{allowed}{self.hint}"


class NoTomlError(Exception):
    """A text is no TOML; `line` is that of the syntax error, 0 if the parser does not report it."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


class Document:
    """A parsed TOML file, and the mistakes that were found in it so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.mistakes: list[Mistake] = []
        try:
            self.sections: dict[str, Any] = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            place = _TOML_PLACE.search(str(error))
            last = len(text.rstrip("\n").split("\n"))
            raise NoTomlError(int(place[1] or last) if place else 0, str(error)) from error

    def note(self, where: Sequence[str], said: str, allowed: str, hint: str = "") -> None:
        """Note a mistake in the value of a key."""
        self.mistakes.append(Mistake(self.line_of(*where), said, allowed, hint))

    def check_sections(self, names: Sequence[str]) -> None:
        """Note every top-level name that is not one of these sections."""
        allowed = ", ".join(f"[{name}]" for name in names)
        for section, content in self.sections.items():
            if section not in names:
                hint = nearest(section, names)
                self.note((section,), f"{section!r} is no section", allowed, hint)
            elif not isinstance(content, dict):
                self.note((section,), f"{section!r} is {content!r}, which is no section", allowed)

    def table(self, *where: str) -> dict[str, Any]:
        """Return a section, {} if there is none."""
        found: Any = self.sections
        for name in where:
            found = found.get(name, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}

    def check_keys(
        self, where: Sequence[str], names: Sequence[str], noted: Sequence[str] = ()
    ) -> None:
        """Note every key of a section that is not one of these, nor noted already."""
        for name in self.table(*where):
            if name not in names and name not in noted:
                said = f"{'.'.join(where)}.{name!r} is no key"
                self.note((*where, name), said, ", ".join(names), nearest(name, names))

    def value(self, where: Sequence[str], key: Key) -> Any:
        """Return the value of a key; one that is not allowed is noted, and the default returned."""
        value = self.table(*where).get(key.name, key.default)
        if key.check(value):
            return value
        said = "nothing" if value is None else repr(value)
        self.note((*where, key.name), f"{'.'.join((*where, key.name))} is {said}", key.allowed)
        return key.default

    def line_of(self, *wanted: str) -> int:
        """Return the number of the line that best matches section and key; tomllib has none."""
        most, found = 0, 1
        section: list[str] = []
        for number, line in enumerate(self.text.split("\n"), 1):
            header, key = _HEADER_LINE.match(line), _KEY_LINE.match(line)
            if header:
                section = parts = _parts(header[1])
            elif key:
                parts = section + _parts(key[1])
            else:
                continue
            named = 0
            while named < min(len(parts), len(wanted)) and parts[named] == wanted[named]:
                named += 1
            if named > most:
                most, found = named, number
        return found


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
