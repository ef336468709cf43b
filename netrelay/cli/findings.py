"""Findings of `netrelay check`, and its exit status."""

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from netrelay.cli.text import counted


class Level(IntEnum):
    """Severity of a finding. The number is the exit status of `check` if none is worse."""

    OK = 0
    WARN = 1
    FAIL = 2

    @property
    def word(self) -> str:
        """`ok`, `warn` or `fail`."""
        return self.name.lower()


class Finding(NamedTuple):
    """One line: subject, result, and what to do; `ends`: the checks after it cannot run."""

    level: Level
    subject: str
    text: str
    help: str = ""
    ends: bool = False


def summary(levels: Iterable[Level]) -> str:
    """Return the last line of `check`: how many errors and warnings there are."""
    found = Counter(levels)
    errors, warnings = found[Level.FAIL], found[Level.WARN]
    parts = [counted(errors, "error")] if errors else []
    parts += [counted(warnings, "warning")] if warnings else []
    return ", ".join(parts) or "all is well"


def ok(subject: str, text: str) -> Finding:
    """Return a finding that needs no action."""
    return Finding(Level.OK, subject, text)


def warn(subject: str, text: str, what_to_do: str = "", ends: bool = False) -> Finding:
    """Return a finding that a person may want to look at."""
    return Finding(Level.WARN, subject, text, what_to_do, ends)


def fail(subject: str, text: str, what_to_do: str = "", ends: bool = False) -> Finding:
    """Return a finding that keeps the node from working."""
    return Finding(Level.FAIL, subject, text, what_to_do, ends)
