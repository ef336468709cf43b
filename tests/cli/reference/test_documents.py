"""Documents generated from the code: current and complete."""

import re
import shutil
import subprocess

import pytest

from netrelay.cli.findings import Level
from netrelay.cli.main import COMMANDS
from netrelay.cli.reference import documents as reference
from netrelay.cli.reference.documents import documents, log_lines, summary
from netrelay.cli.reference.parsers import WORDS, all_parsers, arguments_of, synopsis
from netrelay.core.exit_status import Exit
from netrelay.runtime.config import KEYS
from tests.cli.command_line import CHECKOUT

MADE = documents()
MANUAL = CHECKOUT / "docs" / "reference" / "man"


@pytest.mark.parametrize("path", MADE)
def test_a_document_is_what_the_code_says(path: str) -> None:
    found = CHECKOUT / path
    current = found.exists() and found.read_text(encoding="utf-8") == MADE[path]
    assert current, f"{path} is old: make reference"


def test_no_manual_page_is_left_of_a_command_that_is_gone() -> None:
    pages = {f"docs/reference/man/{page.name}" for page in MANUAL.iterdir()}
    assert pages == {path for path in MADE if path.startswith("docs/reference/man/")}


def test_they_are_written_into_the_checkout() -> None:
    assert reference.CHECKOUT == CHECKOUT


@pytest.mark.parametrize("words", all_parsers())
def test_every_command_and_all_it_takes_is_explained(words: str) -> None:
    parser = all_parsers()[words]
    assert parser.description
    assert parser.prog == f"netrelay {words}"
    assert summary(words)
    text = MADE["docs/reference/commands.md"]
    assert f"### netrelay {words}\n" in text
    assert synopsis(words, parser) in text
    section = text.split(f"### netrelay {words}\n")[1].split("\n### ")[0]
    for taken in arguments_of(parser):
        assert taken.meaning, taken
        for flag in taken.flags or (taken.value.replace("|", "\\|"),):
            assert f"`{flag}" in section or f", {flag}" in section, flag


def test_every_command_has_a_parser() -> None:
    names = {name.split()[0] for name in all_parsers()}
    assert names == set(COMMANDS)
    words = {f"{command} {word}" for command in WORDS for word in WORDS[command]}
    assert words <= set(all_parsers())


def test_every_key_and_every_log_event_is_documented() -> None:
    for key in KEYS:
        assert f"| `{key.section}.{key.name}` |" in MADE["docs/reference/config.md"]
    assert len(log_lines()) > 15
    text = MADE["docs/reference/log-events.md"]
    for line in log_lines():
        assert f"| `{line.event}` | {line.level} | {line.process} |" in text


def test_every_log_event_is_logged_somewhere() -> None:
    """Every event of the document is logged by some code."""
    source = "\n".join(
        path.read_text() for path in (CHECKOUT / "netrelay").rglob("*.py") if path.name != "log.py"
    )
    names = re.findall(r"^([A-Z_]+) = LogLine\(", _log_source(), re.MULTILINE)
    assert [name for name in names if not re.search(rf"\b{name}\b", source)] == []


def _log_source() -> str:
    return (CHECKOUT / "netrelay" / "runtime" / "log.py").read_text()


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@pytest.mark.parametrize("page", ["netrelay", "netrelay-send", "netrelay-peer-add"])
def test_a_manual_page_can_be_read(page: str) -> None:
    path = MANUAL / f"{page}.1"
    run = subprocess.run(
        ["man", "--warnings", "-l", str(path)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert "warning" not in run.stderr, run.stderr
    assert "SYNOPSIS" in run.stdout
    assert f"{page} - " in " ".join(run.stdout.replace("\N{HYPHEN}", "-").split())


def test_every_exit_status_is_in_the_table() -> None:
    text = MADE["docs/reference/commands.md"]
    assert [code for code in Exit if f"| {int(code)} |" not in text] == []
    assert [level for level in Level if f"| {int(level)} |" not in text] == []
