"""Parser of docs/tutorial.md, section "Two machines"."""

import re
from pathlib import Path
from typing import NamedTuple

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"

_HEADING = re.compile(r"### On (\w+)(, in a second terminal)?")
_CARRY = re.compile(r"# Carry (\S+) to (\w+)\b.*")
_COMMENT = re.compile(r"\s+#.*")


class Block(NamedTuple):
    """The lines for one terminal of one machine, in order."""

    machine: str
    is_second_terminal: bool
    lines: tuple[str, ...]

    @property
    def before_carrying(self) -> tuple[str, ...]:
        """The lines before the comment that names a file to carry; all lines without one."""
        return self.lines[: self._carry_at()]

    @property
    def after_carrying(self) -> tuple[str, ...]:
        """The lines after the comment that names a file to carry."""
        return self.lines[self._carry_at() + 1 :]

    @property
    def carried(self) -> tuple[str, str] | None:
        """A file in the user's home directory, and the machine to carry it to."""
        matches = [match for line in self.lines if (match := _CARRY.fullmatch(line))]
        return (matches[0][1], matches[0][2]) if matches else None

    def _carry_at(self) -> int:
        carries = [at for at, line in enumerate(self.lines) if _CARRY.fullmatch(line)]
        return carries[0] if carries else len(self.lines)


def read_instructions(text: str) -> list[Block]:
    """Return the indented blocks under the headings `### On NAME`, in order."""
    blocks: list[Block] = []
    lines = text.splitlines()
    for at, line in enumerate(lines):
        heading = _HEADING.fullmatch(line)
        if heading is None:
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("#")), len(lines))
        typed = [each.strip() for each in lines[at + 1 : end] if each.startswith("    ")]
        blocks.append(Block(heading[1], bool(heading[2]), tuple(typed)))
    return blocks


def without_comment(line: str) -> str:
    """Return a line without its comment."""
    return _COMMENT.sub("", line)


def lines_by_heading(text: str) -> dict[str, list[str]]:
    """Return the indented lines under each heading `## ...` that has some, by that heading."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("    "):
            found.setdefault(heading, []).append(line.removeprefix("    "))
    return found
