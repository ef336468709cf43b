"""Documents as the house rules see them: headings and their anchors, links, names of files."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.house.source_tree import CHECKOUT, tracked_files

_HEADING = re.compile(r"(#{1,6}) +(.*?)\s*#*")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
# Names of the checkout; what else a document names is on somebody's machine or in a home.
_SUFFIXES = "py|sql|bash|yaml|rules|service|conf"
_SOURCE_FILE = re.compile(rf"[\w./*-]*\w\.(?:{_SUFFIXES})")
_TOP_FOLDERS = r"(?:netrelay|sql|tests|docs|bench|image|systemd|hw-tests|release|changelog|\.ci)"
_TOP_PATH = re.compile(rf"{_TOP_FOLDERS}/(?!\.venv)[\w./-]+")
_MAKE_TARGET = re.compile(r"\bmake (?!-)([a-z][a-z-]+)\b")


class Document(NamedTuple):
    """A Markdown file: where it is in the checkout, and its text."""

    path: str
    text: str

    @property
    def prose(self) -> str:
        """The text without fenced blocks and without blocks that are indented as code."""
        kept = []
        is_fenced = False
        for line in self.text.splitlines():
            if line.startswith("```"):
                is_fenced = not is_fenced
            elif not is_fenced and not line.startswith("    "):
                kept.append(line)
        return "\n".join(kept)

    def anchors(self) -> set[str]:
        """Return the anchors of the headings, as GitHub makes them."""
        found: set[str] = set()
        for line in self.prose.splitlines():
            if match := _HEADING.fullmatch(line):
                words = re.sub(r"[^\w\- ]", "", match[2].lower())
                anchor = words.replace(" ", "-")
                same = [
                    each for each in found if re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", each)
                ]
                found.add(f"{anchor}-{len(same)}" if same else anchor)
        return found

    def links(self) -> list[str]:
        """Return the targets of the links that are not addresses of the web."""
        targets = _LINK.findall(_CODE_SPAN.sub("code", self.prose))
        return [each for each in targets if not re.match(r"[a-z]+:", each)]

    def named_files(self) -> list[str]:
        """Return the names in code spans that are files or folders of the checkout."""
        words = [word for span in _CODE_SPAN.findall(self.prose) for word in span.split()]
        return [each for each in words if _SOURCE_FILE.fullmatch(each) or _TOP_PATH.fullmatch(each)]

    def make_targets(self) -> set[str]:
        """Return the targets that `make` is called with, in code spans and indented blocks."""
        typed = _CODE_SPAN.findall(self.prose)
        typed += [line for line in self.text.splitlines() if line.startswith("    ")]
        commands = [re.sub(r"#.*", "", line) for line in typed]
        return {target for line in commands for target in _MAKE_TARGET.findall(line)}


def documents() -> list[Document]:
    """Return every tracked Markdown file."""
    return [
        Document(path.relative_to(CHECKOUT).as_posix(), path.read_text(encoding="utf-8"))
        for path in tracked_files()
        if path.suffix == ".md"
    ]


def broken_links(document: Document, checkout: Path = CHECKOUT) -> list[str]:
    """Return the links whose file, or whose heading in it, does not exist."""
    broken = []
    folder = (checkout / document.path).parent
    for link in document.links():
        name, _, anchor = link.partition("#")
        path = (folder / name).resolve() if name else checkout / document.path
        if not path.exists():
            broken.append(link)
        elif anchor:
            text = document.text if not name else path.read_text(encoding="utf-8")
            if anchor not in Document(name, text).anchors():
                broken.append(link)
    return broken


def missing_files(document: Document, tracked: frozenset[str]) -> list[str]:
    """Return the files that a document names and that are not in the checkout.

    A name may be relative to the checkout or to the folder of the document, or be the end of a
    path: `loop.py` is any file of that name.
    """
    folder = document.path.rpartition("/")[0]
    return [
        name
        for name in document.named_files()
        if not any(
            _names(name, path)
            or (
                folder
                and path.startswith(f"{folder}/")
                and _names(name, path.removeprefix(f"{folder}/"))
            )
            for path in tracked
        )
    ]


def _names(name: str, path: str) -> bool:
    if name.endswith("/"):
        return path.startswith(name)
    return _pattern(name).fullmatch(path) is not None


@cache
def _pattern(name: str) -> re.Pattern[str]:
    # A placeholder, as in netrelay-PROCESS.service, is in capitals.
    pattern = re.sub(r"\\\*|\b(?!README)[A-Z]{4,}\w*(?=\\\.)", "[^/]*", re.escape(name))
    if "/" in name and _TOP_PATH.fullmatch(name):
        return re.compile(rf"{pattern}(/.*)?")
    return re.compile(rf"(.*/)?{pattern}")
