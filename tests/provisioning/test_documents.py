"""The examples in docs/card.md and docs/fleet.md are the output of netrelay."""

import re
from pathlib import Path

import pytest

from netrelay.provisioning.card.boot_file import read_boot_file
from netrelay.provisioning.card.boot_keys import PEER_KEYS
from netrelay.provisioning.card.report_files import error_text
from netrelay.provisioning.fleet.fleet_file import NODE_KEYS
from netrelay.runtime.edited_text import EditedText
from netrelay.runtime.strict_toml import Mistake
from tests.cli.command_line import CHECKOUT, Place
from tests.provisioning.card.boot_partition import KEY
from tests.provisioning.fleet.fleets import mistakes_of, write_fleet

CARD = (CHECKOUT / "docs" / "card.md").read_text(encoding="utf-8")
FLEET = (CHECKOUT / "docs" / "fleet.md").read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """Return the indented blocks of a document, without their indentation."""
    found: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.startswith("    ") or (not line and found[-1]):
            found[-1].append(line[4:])
        elif found[-1]:
            found.append([])
    return ["\n".join(block).rstrip() + "\n" for block in found if block]


def fleet_of_the_document() -> str:
    [text] = [block for block in blocks(FLEET) if block.startswith("[wifi")]
    return text.replace("ssh-ed25519 AAAAC3Nza... you@laptop", KEY)


def test_the_fleet_that_is_shown_is_good_and_looks_so(
    tmp_path: Path, homes: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_fleet(tmp_path, fleet_of_the_document())
    monkeypatch.chdir(tmp_path)
    said = homes.line("none").good("fleet", "check")
    [shown] = [block for block in blocks(FLEET) if block.startswith("$ netrelay fleet check")]
    assert shown == f"$ netrelay fleet check\n{said}"


def test_the_mistake_that_is_shown_is_what_is_said(tmp_path: Path) -> None:
    text = fleet_of_the_document()
    wrong = text.replace('relay = ["shelf", "buoy"]', 'relay = ["buoy"]')
    assert wrong != text
    [shown] = [block for block in blocks(FLEET) if block.startswith("netrelay: fleet.toml, line")]
    said = [re.sub(r"line \d+", "line 14", line) for line in mistakes_of(tmp_path, wrong)]
    assert shown.strip().removeprefix("netrelay: fleet.toml, ") in said


def test_the_error_file_that_is_shown_is_what_is_written() -> None:
    text = '[node]\nname = "shelf"\ncommsport = 74110\ndataport = [7500]\n'
    mistakes = read_boot_file(EditedText(text, b"", "utf-8"), {})
    assert isinstance(mistakes, list)
    assert all(isinstance(each, Mistake) for each in mistakes)
    [shown] = [block for block in blocks(CARD) if block.startswith("netrelay.toml was not")]
    assert error_text(mistakes).startswith(shown)


def test_every_key_is_explained() -> None:
    for key in PEER_KEYS:
        assert f"| `{key.name}` |" in CARD
    for key in NODE_KEYS:
        assert f"`{key.name}`" in FLEET
