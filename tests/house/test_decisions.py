"""Each decision has its form, and the index names it once."""

import re
from pathlib import Path

import pytest

from tests.house.documents import documents
from tests.house.source_tree import CHECKOUT

FOLDER = CHECKOUT / "docs" / "decisions"
PARTS = ("Context", "Decision", "Reason", "What would change it")
MOST_LINES = 20


def decisions() -> list[Path]:
    """The decisions, by number."""
    return sorted(path for path in FOLDER.iterdir() if path.name != "README.md")


def departures(name: str, text: str) -> list[str]:
    """What a decision lacks, one sentence each."""
    found = []
    if not re.fullmatch(r"\d{4}-[a-z0-9]+(?:-[a-z0-9]+)*\.md", name):
        found.append(f"{name}: its name is not NNNN-title.md")
    lines = text.splitlines()
    if not re.fullmatch(r"# \S.*", lines[0]):
        found.append(f"{name}: line 1 is no heading")
    if len(lines) < 3 or not re.fullmatch(r"Date: \d{4}-\d{2}-\d{2}", lines[2]):
        found.append(f"{name}: line 3 is no `Date: YYYY-MM-DD`")
    parts = re.findall(r"^\*\*(.+?)\.\*\* \S", text, re.MULTILINE)
    if tuple(parts) != PARTS:
        found.append(f"{name}: its parts are {parts}, not {list(PARTS)}")
    if len(lines) > MOST_LINES:
        found.append(f"{name}: it has more than {MOST_LINES} lines")
    return found


@pytest.mark.parametrize("path", decisions(), ids=lambda path: path.name)
def test_a_decision_has_its_form(path: Path) -> None:
    assert departures(path.name, path.read_text(encoding="utf-8")) == []


def test_no_document_has_a_table_of_decisions() -> None:
    tables = [each.path for each in documents() if "| date | choice |" in each.text]
    assert tables == []


def test_numbers_are_used_once() -> None:
    numbers = [path.name[:4] for path in decisions()]
    assert len(set(numbers)) == len(numbers)


def test_the_index_has_every_decision_once_with_its_heading() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[(\d{4})\]\((\S+\.md)\) (.+)$", index, re.MULTILINE)
    expected = [
        (path.name[:4], path.name, path.read_text(encoding="utf-8").splitlines()[0][2:])
        for path in decisions()
    ]
    assert sorted(listed) == expected


GOOD = """# A title

Date: 2026-11-28

**Context.** One.

**Decision.** Two.

**Reason.** Three.

**What would change it.** Four.
"""


def test_the_form_passes() -> None:
    assert departures("0001-a-title.md", GOOD) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1-a-title.md", GOOD),
        ("0001-A.md", GOOD),
        ("0001-a.md", GOOD.replace("# A title", "A title")),
        ("0001-a.md", GOOD.replace("Date: ", "On ")),
        ("0001-a.md", GOOD.replace("**Reason.**", "**Why.**")),
        ("0001-a.md", GOOD.replace("**Reason.** Three.\n\n", "")),
        ("0001-a.md", GOOD + "\nmore" * 20),
    ],
)
def test_a_departure_is_caught(name: str, text: str) -> None:
    assert len(departures(name, text)) == 1
