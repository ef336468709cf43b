"""The walk of a file in lines, as `netrelay trace` and the page show it."""

from collections.abc import Iterable

from netrelay.cli.queries.walk import Step
from netrelay.cli.text import counted
from netrelay.cli.wording.state_words import type_words
from netrelay.core.words import MessageType

# Pieces with the same transition share a line, so that a file of a thousand pieces fits a screen.
_SUMMARISED = MessageType.CHUNK


class WalkLine:
    """One event of a message, or of all pieces that took the same transition."""

    def __init__(self, step: Step) -> None:
        self.first_s = self.last_s = step.at_s
        self.count = 1
        self.message = step.message
        self.type = step.type
        self.serial, self.pieces = step.serial, step.pieces
        self.event, self.walk, self.actor = step.event, step.walk, step.actor
        self.reason = step.reason

    @property
    def subject(self) -> str:
        """`job 7`, `piece 3 of 7 (message 12)`, or `64 pieces`."""
        word = type_words(self.type)
        if self.count > 1:
            return counted(self.count, word)
        if self.serial is None:
            return f"{word} {self.message}"
        return f"{word} {self.serial} of {self.pieces} (message {self.message})"


def walk_lines(steps: Iterable[Step]) -> list[WalkLine]:
    """Return one line for each transition, with all pieces that took it."""
    lines: list[WalkLine] = []
    open_lines: dict[tuple[object, ...], WalkLine] = {}
    for step in steps:
        # A reason often names its piece or a time: the first one represents all of a line. That of
        # a piece that is handed over names the way, where there are several.
        by_way = step.reason if step.event == "handed" else None
        key = (step.type, step.event, step.walk, step.actor, by_way)
        line = open_lines.get(key) if step.type == _SUMMARISED else None
        if line is None:
            line = open_lines[key] = WalkLine(step)
            lines.append(line)
        else:
            line.count += 1
            line.last_s = step.at_s
    return lines
