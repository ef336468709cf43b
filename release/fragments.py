"""Changelog fragments: one file of `changelog/unreleased/` for each change that a user notices.

    Added: One sentence, which ends with a full stop.

    What it means for a user and what they have to do; one or more paragraphs.

The first word is the kind. At a release the fragments become a section of CHANGELOG.md.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from release.errors import DATA, ReleaseError

# The kinds of keepachangelog.com, in the order of a section.
KINDS = ("Security", "Removed", "Deprecated", "Changed", "Added", "Fixed")
LONGEST_SUMMARY = 120
MARK = "<!-- releases -->\n"

_FILE_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.md")
_FIRST_LINE = re.compile(rf"({'|'.join(KINDS)}): (\S.*\.)")


class Fragment(NamedTuple):
    """One change: its kind, one sentence, and the paragraphs that explain it."""

    kind: str
    summary: str
    details: str


def mistakes_of(file_name: str, text: str) -> list[str]:
    """Return what is wrong with a fragment, one sentence each; an empty list if nothing is."""
    found = []
    if not _FILE_NAME.fullmatch(file_name):
        found.append(f"{file_name}: allowed in a file name: a-z, 0-9, single hyphens, .md")
    first, _, rest = text.partition("\n")
    match = _FIRST_LINE.fullmatch(first)
    if match is None:
        found.append(
            f"{file_name}: line 1 is {first!r}; allowed: KIND: one sentence. with KIND one of"
            f" {', '.join(KINDS)}"
        )
    elif len(match[2]) > LONGEST_SUMMARY:
        found.append(
            f"{file_name}: line 1 has {len(match[2])} characters after the kind; allowed:"
            f" {LONGEST_SUMMARY}"
        )
    if not rest.startswith("\n") or not rest.strip():
        found.append(f"{file_name}: after an empty line 2, at least one paragraph explains it")
    if any(line.startswith("#") for line in text.splitlines()):
        found.append(f"{file_name}: a fragment has no headings")
    if not text.endswith("\n") or text.endswith("\n\n"):
        found.append(f"{file_name}: it ends with exactly one line end")
    return found


def read_fragments(folder: Path) -> list[Fragment]:
    """Return the fragments of a folder in the order of a section.

    ReleaseError names all mistakes at once, or says that there is no fragment.
    """
    texts = {path.name: path.read_text(encoding="utf-8") for path in fragment_files(folder)}
    mistakes = [each for name, text in texts.items() for each in mistakes_of(name, text)]
    if mistakes:
        raise ReleaseError(DATA, "\n".join(mistakes))
    if not texts:
        raise ReleaseError(DATA, f"{folder} holds no fragment: nothing has changed for users")
    found = []
    for text in texts.values():
        first, _, details = text.partition("\n")
        kind, _, summary = first.partition(": ")
        found.append(Fragment(kind, summary, details.strip()))
    return sorted(found, key=lambda each: KINDS.index(each.kind))


def fragment_files(folder: Path) -> list[Path]:
    """Return the files that are fragments, by name; README.md explains the form and is none."""
    return sorted(path for path in folder.glob("*") if path.name != "README.md")


def section(version: str, date: str, fragments: Iterable[Fragment]) -> str:
    """Return the section of CHANGELOG.md for a release."""
    lines = [f"## {version}, {date}", ""]
    kind = ""
    for each in fragments:
        if each.kind != kind:
            kind = each.kind
            lines += [f"### {kind}", ""]
        details = each.details.replace("\n", "\n  ").replace("\n  \n", "\n\n")
        lines += [f"- **{each.summary}**", "", f"  {details}", ""]
    return "\n".join(lines)


def with_section(changelog: str, added: str) -> str:
    """Return the text of CHANGELOG.md with a section above all others."""
    head, mark, rest = changelog.partition(MARK)
    if not mark:
        raise ReleaseError(DATA, f"CHANGELOG.md lacks the line {MARK.strip()}")
    return f"{head}{mark}\n{added.rstrip()}\n{rest}"
