"""The lines of docs/tutorial.md under "Two machines", read by their headings."""

import re
from pathlib import Path
from typing import NamedTuple

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"

_HEADING = re.compile(r"### On (\w+)(, in a second terminal)?")
_CARRY = re.compile(r"# Carry (\S+) to (\w+)\b.*")
_COMMENT = re.compile(r"\s+#.*")


class Block(NamedTuple):
    """What is typed into one terminal of one machine, from top to bottom."""

    machine: str
    is_second_terminal: bool
    lines: tuple[str, ...]

    @property
    def before_carrying(self) -> tuple[str, ...]:
        """The lines above the one that says what has to be carried; all, where there is none."""
        return self.lines[: self._carry_at()]

    @property
    def after_carrying(self) -> tuple[str, ...]:
        """The lines below the one that says what has to be carried."""
        return self.lines[self._carry_at() + 1 :]

    @property
    def carried(self) -> tuple[str, str] | None:
        """A file in the user's home directory, and the machine it has to be carried to."""
        matches = [match for line in self.lines if (match := _CARRY.fullmatch(line))]
        return (matches[0][1], matches[0][2]) if matches else None

    def _carry_at(self) -> int:
        carries = [at for at, line in enumerate(self.lines) if _CARRY.fullmatch(line)]
        return carries[0] if carries else len(self.lines)


def read_instructions(text: str) -> list[Block]:
    """Give the blocks below the headings `### On NAME`, in order; each has one indented block."""
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
    """Give a line without the words behind it that are for people."""
    return _COMMENT.sub("", line)
