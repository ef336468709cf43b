"""Documents name what exists: links and their headings, files, make targets."""

import re

import pytest

from tests.house.documents import Document, broken_links, documents, missing_files
from tests.house.source_tree import CHECKOUT, tracked_files

README_LINES = 120
TRACKED = frozenset(path.relative_to(CHECKOUT).as_posix() for path in tracked_files())


def make_targets() -> set[str]:
    """The targets of the Makefile."""
    text = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


@pytest.mark.parametrize("document", documents(), ids=lambda each: each.path)
def test_a_document_names_what_exists(document: Document) -> None:
    assert broken_links(document) == []
    assert missing_files(document, TRACKED) == []
    assert document.make_targets() - make_targets() == set()


def test_the_documents_that_matter_are_read() -> None:
    paths = {document.path for document in documents()}
    assert {"README.md", "CONTRIBUTING.md", "docs/protocol.md", "sql/README.md"} <= paths


def test_the_readme_is_short() -> None:
    assert len((CHECKOUT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


def test_every_make_target_for_people_is_in_the_help() -> None:
    text = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    told = set(re.findall(r"@echo 'make ([a-z-]+)", text))
    assert make_targets() - told == {
        "help",
        "lint-rules",
        "lint-format",
        "lint-types",
        "lint-unused",
    }


def test_every_document_can_be_reached_from_the_readme() -> None:
    texts = {document.path: document for document in documents()}
    found, ahead = set(), ["README.md"]
    while ahead:
        path = ahead.pop()
        if path in found or path not in texts:
            continue
        found.add(path)
        folder = (CHECKOUT / path).parent
        for link in texts[path].links():
            target = (folder / link.partition("#")[0]).resolve()
            if target.is_dir():
                target /= "README.md"
            if target.is_relative_to(CHECKOUT):
                ahead.append(target.relative_to(CHECKOUT).as_posix())
    fragments = {path for path in texts if path.startswith("changelog/unreleased/")}
    assert set(texts) - found - fragments == set()


def of(text: str, path: str = "docs/protocol.md") -> Document:
    return Document(path, text)


@pytest.mark.parametrize(
    "text",
    ["[a](none.md)", "[a](protocol.md#no-such-heading)", "[a](#none)", "[a](../docs/none/)"],
)
def test_a_broken_link_is_caught(text: str) -> None:
    assert len(broken_links(of(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[a](protocol.md)",
        "[a](protocol.md#1-numbers)",
        "# Some `code`, and more\n\n[a](#some-code-and-more)",
        "[a](https://www.rfc-editor.org/rfc/rfc9180)",
        "`[a](none.md)`",
        "    [a](none.md)",
        "```\n[a](none.md)\n```",
    ],
)
def test_a_link_that_resolves_passes(text: str) -> None:
    assert broken_links(of(text)) == []


@pytest.mark.parametrize(
    "text", ["`netrelay/none.py`", "`none.sql`", "`tests/none/`", "see `core/none.py` there"]
)
def test_a_file_that_does_not_exist_is_caught(text: str) -> None:
    assert len(missing_files(of(text), TRACKED)) == 1


@pytest.mark.parametrize(
    "text", ["`netrelay/runtime/loop.py`", "`loop.py`", "`tests/house/`", "`sql`", "`drop/boat/`"]
)
def test_a_file_that_exists_passes(text: str) -> None:
    assert missing_files(of(text), TRACKED) == []


def test_a_name_is_found_in_the_folder_of_its_document() -> None:
    assert (
        missing_files(of("`system/netrelay-receiver.service`", "systemd/README.md"), TRACKED) == []
    )


def test_a_target_that_does_not_exist_is_seen() -> None:
    assert of("`make nothing`\n\n    make test\n").make_targets() - make_targets() == {"nothing"}
