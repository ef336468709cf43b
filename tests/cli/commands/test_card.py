"""`netrelay card`: what it says of the root of a card, and of its security updates."""

import json
import time
from pathlib import Path

import pytest

from netrelay.cli.checks.card_findings import card_findings
from netrelay.cli.findings import Level
from netrelay.provisioning.system.card_root import CardRoot
from netrelay.provisioning.updates.update_record import UpdateRecord, write_record
from tests.cli.command_line import Place

ROOT = CardRoot("closed", "", 0.1, 1 << 30, "")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Return a folder with the files that mount-folders leaves on a card."""
    folder = tmp_path / "card"
    for name in ("root", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "mode").write_text("closed\n")
    return folder


def test_status_says_that_the_root_is_read_only(homes: Place, card: Path) -> None:
    write_record(UpdateRecord(good_s=int(time.time()), outcome="fine"), card / "updates.json")
    shelf = homes.node("shelf")
    assert "root       read-only, " in shelf.good("card", "status", "--card", str(card))
    found = json.loads(shelf.good("card", "status", "--json", "--card", str(card)))
    assert (found["mode"], found["is_read_only"]) == ("closed", True)
    (card / "mode").write_text("unlocked\n")
    text = shelf.good("card", "status", "--card", str(card))
    assert "writable until the next boot" in text


def test_another_machine_is_no_card(homes: Place, tmp_path: Path) -> None:
    shelf = homes.node("shelf")
    for word in ("status", "unlock"):
        status, said = shelf.bad("card", word, "--card", str(tmp_path / "none"))
        assert status == 69
        assert "was not started from a card" in said


def test_unlock_without_its_partition_is_an_error(homes: Place, card: Path) -> None:
    status, said = homes.node("shelf").bad("card", "unlock", "--card", str(card))
    assert status == 74
    assert "data is not mounted" in said


@pytest.mark.parametrize(
    ("root", "level", "text"),
    [
        (ROOT, Level.OK, "read-only"),
        (ROOT._replace(memory_part=0.95), Level.FAIL, "is 95% full"),
        (ROOT._replace(free_bytes=1 << 20), Level.WARN, "it is full: 1 MiB free"),
        (ROOT._replace(mode="unlocked"), Level.WARN, "writable until the next boot"),
        (ROOT._replace(mode="open", why="no overlay"), Level.WARN, "writable: no overlay"),
        (ROOT._replace(damage="it was damaged"), Level.WARN, "started empty"),
    ],
)
def test_check_names_what_a_person_has_to_know(
    root: CardRoot, level: Level, text: str, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netrelay.cli.checks.card_findings.read_card_root", lambda _: root)
    found = [each for each in card_findings(card) if each.subject in ("root", "card")]
    assert max(each.level for each in found) is level
    assert any(text in each.text for each in found)


@pytest.mark.parametrize(
    ("age_days", "to_restart", "level", "text"),
    [
        (None, (), Level.WARN, "none was installed yet"),
        (3, (), Level.OK, "the last run was 3 d ago: fine"),
        (15, (), Level.WARN, "the last good run is 15 d ago; last run: fine"),
        (3, ("dbus.service",), Level.WARN, "replaced files are used by dbus.service"),
    ],
)
def test_check_says_how_old_the_updates_are(
    age_days: int | None, to_restart: tuple[str, ...], level: Level, text: str, card: Path
) -> None:
    if age_days is not None:
        good_s = int(time.time()) - age_days * 86_400
        record = UpdateRecord(good_s=good_s, outcome="fine", to_restart=to_restart)
        write_record(record, card / "data/updates.json")
    (found,) = [each for each in card_findings(card) if each.subject == "updates"]
    assert found.level is level
    assert text in found.text


def test_check_says_when_something_was_installed(card: Path) -> None:
    now_s = int(time.time())
    record = UpdateRecord(good_s=now_s - 86_400 * 3, installed_s=now_s - 86_400 * 9, outcome="fine")
    write_record(record, card / "data/updates.json")
    (found,) = [each for each in card_findings(card) if each.subject == "updates"]
    assert found.text.endswith("the last one installed something 9 d ago")


def test_a_machine_that_is_no_card_has_no_findings(tmp_path: Path) -> None:
    assert list(card_findings(tmp_path)) == []
