"""The form of changelog fragments, and the section they become."""

from pathlib import Path

import pytest

from release.errors import ReleaseError
from release.fragments import (
    LONGEST_SUMMARY,
    Fragment,
    mistakes_of,
    read_fragments,
    section,
    with_section,
)

GOOD = "Fixed: A file arrives.\n\nIt did not.\n"


def test_a_fragment_of_the_form_passes() -> None:
    assert mistakes_of("a-file-arrives.md", GOOD) == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("A file.md", GOOD, "allowed in a file name"),
        ("a.txt", GOOD, "allowed in a file name"),
        ("a.md", GOOD.replace("Fixed", "Mended"), "allowed: KIND: one sentence."),
        ("a.md", GOOD.replace("arrives.", "arrives"), "allowed: KIND: one sentence."),
        ("a.md", GOOD.replace("A file", "A" * LONGEST_SUMMARY), "characters after the kind"),
        ("a.md", "Fixed: A file arrives.\n", "at least one paragraph"),
        ("a.md", "Fixed: A file arrives.\nIt did not.\n", "at least one paragraph"),
        ("a.md", GOOD + "\n# More\n", "has no headings"),
        ("a.md", GOOD + "\n", "exactly one line end"),
        ("a.md", GOOD.rstrip(), "exactly one line end"),
    ],
)
def test_a_departure_is_named(name: str, text: str, words: str) -> None:
    [mistake] = mistakes_of(name, text)
    assert words in mistake


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("Mended: it.\n\nIt.\n")
    (tmp_path / "Two.md").write_text(GOOD)
    with pytest.raises(ReleaseError, match=r"(?s)Two\.md.*one\.md"):
        read_fragments(tmp_path)


def test_a_section_is_in_the_order_of_the_kinds(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(GOOD)
    (tmp_path / "b.md").write_text("Security: Nobody gets in.\n\nOne.\n\nTwo\nlines.\n")
    (tmp_path / "c.md").write_text("Fixed: Nothing is lost.\n\nEver.\n")
    assert section("1.2.3", "2026-01-02", read_fragments(tmp_path)) == (
        "## 1.2.3, 2026-01-02\n\n"
        "### Security\n\n- **Nobody gets in.**\n\n  One.\n\n  Two\n  lines.\n\n"
        "### Fixed\n\n- **A file arrives.**\n\n  It did not.\n\n"
        "- **Nothing is lost.**\n\n  Ever.\n"
    )


def test_the_newest_section_is_the_first() -> None:
    fragment = Fragment("Added", "It is there.", "At last.")
    text = "# Changes\n\n<!-- releases -->\n"
    for version in ("1.0.0", "1.1.0"):
        text = with_section(text, section(version, "2026-01-02", [fragment]))
    assert text.index("## 1.1.0") < text.index("## 1.0.0")
    assert "\n\n\n" not in text
