"""TOML read strictly: what is no key is refused, and each mistake knows where it stands."""

import re
import tomllib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from netrelay.core.nearest import nearest

_HEADER_LINE = re.compile(r"\s*\[\[?([^\]]+)\]")
_KEY_LINE = re.compile(r"\s*([^#=]+?)\s*=")
_TOML_PLACE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")


class Key(NamedTuple):
    """One key of a file: what it means, what it may be, and what it is when nobody says."""

    section: str
    name: str
    default: Any
    allowed: str
    meaning: str
    check: Callable[[Any], bool]


class Mistake(NamedTuple):
    """What cannot be used: `line` (0: the whole file), what stands there, and what may.

    said: key and verdict, as in "node.name is 'Shelf'". hint: what was probably meant, or the cure.
    """

    line: int
    said: str
    allowed: str
    hint: str = ""

    @property
    def text(self) -> str:
        """Give it in one line, as it follows a file's name."""
        place = f", line {self.line}" if self.line else ""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{place}: {self.said}{allowed}{self.hint}"


class NoTomlError(Exception):
    """A text is no TOML; `mistake` says where, as far as the parser knows it."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


class Document:
    """A TOML file while it is checked: its sections, and the mistakes found so far."""

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
        """Note every section that is none of these, and everything else at the top."""
        allowed = ", ".join(f"[{name}]" for name in names)
        for section, content in self.sections.items():
            if section not in names:
                hint = nearest(section, names)
                self.note((section,), f"{section!r} is no section", allowed, hint)
            elif not isinstance(content, dict):
                self.note((section,), f"{section!r} is {content!r}, which is no section", allowed)

    def table(self, *where: str) -> dict[str, Any]:
        """Give a section, empty where there is none."""
        found: Any = self.sections
        for name in where:
            found = found.get(name, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}

    def check_keys(self, where: Sequence[str], names: Sequence[str]) -> None:
        """Note every key of a section that is none of these."""
        for name in self.table(*where):
            if name not in names:
                said = f"{'.'.join(where)}.{name!r} is no key"
                self.note((*where, name), said, ", ".join(names), nearest(name, names))

    def value(self, where: Sequence[str], key: Key) -> Any:
        """Give a key's value; what is not allowed is noted, and the default given in its place."""
        value = self.table(*where).get(key.name, key.default)
        if key.check(value):
            return value
        said = "nothing" if value is None else repr(value)
        self.note((*where, key.name), f"{'.'.join((*where, key.name))} is {said}", key.allowed)
        return key.default

    def line_of(self, *wanted: str) -> int:
        """Find the line that names the most of section and key: tomllib does not keep it."""
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
