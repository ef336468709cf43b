"""The text that tells an overseer of changes of the view `health`.

    netrelay alarm of shelf
    {"change": "raised", "severity": "warning", "kind": "paused", "subject": "boat", ...}

The first line says what the text is, each other line is one change as JSON (RFC 8259). What a peer
can put into names and reasons is within a string there, so it cannot make a line of its own.
"""

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from netrelay.core.printable import printable

FIRST_WORDS: Final = "netrelay alarm of "
MOST_CHANGES: Final = 8
"""Changes in one text: with the longest values they fit the largest text."""
_LONGEST_VALUE: Final = 250


class ToldChange(NamedTuple):
    """A change. change: `raised`, `worse` or `gone`. since: UTC; "" where it is not known."""

    change: str
    severity: str
    kind: str
    subject: str
    words: str
    help: str
    since: str


def encode_alarm_text(name: str, changes: Sequence[ToldChange]) -> str:
    """Return the text; name: this node's. ValueError for more than `MOST_CHANGES` changes."""
    if len(changes) > MOST_CHANGES:
        raise ValueError(f"{len(changes)} changes; allowed: at most {MOST_CHANGES}")
    lines = [f"{FIRST_WORDS}{name}"]
    for change in changes:
        told = {key: printable(value)[:_LONGEST_VALUE] for key, value in change._asdict().items()}
        lines.append(json.dumps(told, ensure_ascii=False))
    return "\n".join(lines)
