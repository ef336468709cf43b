"""What `netrelay check` finds."""

from enum import IntEnum
from typing import NamedTuple


class Level(IntEnum):
    """How grave a finding is."""

    OK = 0
    WARN = 1
    FAIL = 2

    @property
    def word(self) -> str:
        """Give `ok`, `warn` or `fail`."""
        return self.name.lower()


class Finding(NamedTuple):
    """One line: what was looked at, how it is, and what to do; `ends`: the rest cannot be told."""

    level: Level
    subject: str
    text: str
    help: str = ""
    ends: bool = False


def ok(subject: str, text: str) -> Finding:
    """Give a finding that needs nothing."""
    return Finding(Level.OK, subject, text)


def warn(subject: str, text: str, what_to_do: str = "") -> Finding:
    """Give a finding that a person may want to look at."""
    return Finding(Level.WARN, subject, text, what_to_do)


def fail(subject: str, text: str, what_to_do: str = "", ends: bool = False) -> Finding:
    """Give a finding that keeps the node from its work."""
    return Finding(Level.FAIL, subject, text, what_to_do, ends)
