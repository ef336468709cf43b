"""The table of bad inputs: the cases, and the document with their answers.

NETRELAY_WRITE_TABLES=1 pytest tests/story/test_bad_input.py

rewrites docs/evidence/bad-input.md.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.story.nodes import Homes, NodePair, RunningNode

if TYPE_CHECKING:
    from tests.story.bad_peers import SlowCallers

DOCUMENT = Path(__file__).parents[2] / "docs" / "evidence" / "bad-input.md"
_BEGIN, _END = "<!-- table -->\n", "<!-- end of table -->\n"


class Place(NamedTuple):
    """Resources of a case: two running nodes, homes, and its own folder."""

    pair: NodePair
    homes: Homes
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    slow: "SlowCallers"

    @property
    def shelf(self) -> RunningNode:
        """The node whose drop folder most cases use."""
        return self.pair.shelf

    @property
    def boat(self) -> RunningNode:
        """The destination of those files."""
        return self.pair.boat


class Case(NamedTuple):
    """One bad input; try_it returns netrelay's answer to it."""

    section: str
    about: str
    try_it: Callable[[Place], str]


CASES: list[Case] = []


def bad_input(section: str, about: str) -> Callable[[Callable[[Place], str]], None]:
    """Add a case to the table."""

    def enter(try_it: Callable[[Place], str]) -> None:
        CASES.append(Case(section, about, try_it))

    return enter


def logged(node: RunningNode, event: str, words: str) -> str:
    """Block until a node logs a line with this text; return the line."""
    rows = node.wait_for_rows(
        "SELECT text FROM logs WHERE event = ? AND instr(text, ?)", event, words
    )
    return str(rows[0][0])


def plain(text: str, *nodes: RunningNode) -> str:
    """Return a text without the parts that differ between runs."""
    for node in nodes:
        text = text.replace(str(node.home.path), f"~{node.name}")
    for pattern, word in (
        (r"/[^ ]*/nr-[^/ ]*", ""),
        (r"\b127(\.\d+){3}\b", "ADDRESS"),
        (r"ADDRESS port \d{5}", "ADDRESS port PORT"),
        (
            r"\bnetrelay (initial_)?(receiver|sender|processor_r|processor_s|importer|exporter):",
            "netrelay PROCESS:",
        ),
        (r"; [^;()]+ \(pid \d+\) holds it", "; PROGRAM (pid N) holds it"),
        (r"\bpid \d+", "pid N"),
        (r"this netrelay knows \d+", "this netrelay knows N"),
        (r"\bpiece \d+", "piece N"),
        (r"\b[a-z2-7]{32}\b", "NODE"),
        (r"\b\d+:\d+:\d{9,}:\d{9,}", "..."),
    ):
        text = re.sub(pattern, word, text)
    return text


def row(case: Case, answer: str) -> str:
    """Return a row of the table."""
    cells = (each.replace("|", "\\|").replace("\n", " ") for each in (case.about, answer))
    return f"| {' | '.join(cells)} |"


def rows_in(document: str) -> dict[tuple[str, str], str]:
    """Return the rows of the document by section and subject."""
    found: dict[tuple[str, str], str] = {}
    section = ""
    for line in document.partition(_BEGIN)[2].partition(_END)[0].splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith("| what"):
            found[section, line.split(" | ")[0].removeprefix("| ")] = line
    return found


def with_rows(document: str, rows: dict[tuple[str, str], str]) -> str:
    """Return the document with the rows of all cases, in their order."""
    before, _, rest = document.partition(_BEGIN)
    lines: list[str] = []
    for section in dict.fromkeys(case.section for case in CASES):
        lines += ["", f"## {section}", "", "| what | answer |", "|---|---|"]
        keys = [(case.section, row(case, "").split(" | ")[0][2:]) for case in CASES]
        lines += [rows[key] for key in keys if key[0] == section and key in rows]
    table = "\n".join(lines).lstrip("\n") + "\n"
    return before + _BEGIN + table + _END + rest.partition(_END)[2]
