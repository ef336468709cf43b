"""`netrelay card-state`: what the light and the boot partition of a card say of its node."""

import json
import os
from functools import partial
from pathlib import Path

import pytest

from netrelay.cli.findings import Finding, Level
from netrelay.provisioning.card.light import PATTERNS, Light
from netrelay.provisioning.card.stick import At, Note, foremost_note, write_note
from tests.cli.checked import at_work
from tests.cli.command_line import CommandLine, Place
from tests.story.nodes import free_address

MARK = "As it is since this was last written:"


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    """Give a boot partition after a first boot."""
    folder = tmp_path / "boot"
    folder.mkdir()
    (folder / "netrelay-node.txt").write_bytes(
        b"This card is the node shelf.\r\n\r\nname  shelf\r\n"
    )
    return folder


@pytest.fixture
def leds(tmp_path: Path) -> Path:
    """Give the lights of a board."""
    (tmp_path / "leds/ACT").mkdir(parents=True)
    (tmp_path / "leds/ACT/trigger").write_text("[none] heartbeat timer\n")
    return tmp_path / "leds"


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Give a node at an address of its own."""
    return homes.node("shelf", "--address", free_address())


def state(line: CommandLine, boot: Path, leds: Path) -> Light:
    """Run the command; give the state, which light and file have to show too."""
    found = json.loads(line.good("card-state", "--json", "--boot", str(boot), "--leds", str(leds)))
    shown = Light(found["state"])
    assert found["has_light"]
    assert (leds / "ACT/trigger").read_text() == PATTERNS[shown].trigger
    text = (boot / "netrelay-node.txt").read_bytes().decode()
    assert text.count(MARK) == 1
    assert f"\r\nstate     {shown.value}\r\nhealth    {found['health']}\r\n" in text
    assert text.startswith("This card is the node shelf.\r\n\r\nname  shelf\r\n\r\nAs it is")
    (leds / "ACT/trigger").write_text("[none] heartbeat timer\n")
    return shown


def enrol(line: CommandLine, homes: Place) -> None:
    boat = homes.node("boat", "--address", free_address())
    boat.good("id", "--card", str(homes.folder / "boat.card"))
    line.good("peer", "add", str(homes.folder / "boat.card"))
    line.good("peer", "allow", "boat", "deliver")


def test_a_node_that_is_down_needs_a_person(shelf: CommandLine, boot: Path, leds: Path) -> None:
    assert state(shelf, boot, leds) is Light.PERSON


def test_a_mistake_in_the_file_needs_a_person(shelf: CommandLine, boot: Path, leds: Path) -> None:
    (boot / "netrelay-error.txt").write_text("a mistake")
    with at_work(shelf):
        assert state(shelf, boot, leds) is Light.PERSON
    assert "settings  not applied: netrelay-error.txt" in (boot / "netrelay-node.txt").read_text()


def test_peers_are_reached_or_not_and_work_is_shown(
    shelf: CommandLine, homes: Place, boot: Path, leds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_work(shelf):
        assert state(shelf, boot, leds) is Light.UNREACHED
        assert "it has no peers yet" in (boot / "netrelay-node.txt").read_text()
        enrol(shelf, homes)
        assert state(shelf, boot, leds) is Light.UNREACHED
        (homes.folder / "a.txt").write_text("a file")
        shelf.good("send", str(homes.folder / "a.txt"), "--to", "boat")
        reached = "netrelay.cli.commands.card_state.peer_health"
        from netrelay.cli.queries.health import peer_health

        monkeypatch.setattr(
            reached, lambda database: [p._replace(connection="open") for p in peer_health(database)]
        )
        assert state(shelf, boot, leds) is Light.RUNNING
        monkeypatch.setattr("netrelay.cli.commands.card_state.unfinished_jobs", lambda _: 1)
        assert state(shelf, boot, leds) is Light.WORK


def test_nothing_is_written_while_nothing_changed(
    shelf: CommandLine, boot: Path, leds: Path
) -> None:
    state(shelf, boot, leds)
    before = (boot / "netrelay-node.txt").stat().st_mtime_ns
    state(shelf, boot, leds)
    assert (boot / "netrelay-node.txt").stat().st_mtime_ns == before


def test_counts_in_the_sentence_cause_no_write(
    shelf: CommandLine, boot: Path, leds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(text: str, level: Level = Level.FAIL) -> bytes:
        finding = Finding(level, "clock", text)
        monkeypatch.setattr(
            "netrelay.cli.commands.card_state.home_findings", lambda *_: iter([finding])
        )
        shelf.good("card-state", "--boot", str(boot), "--leds", str(leds))
        return (boot / "netrelay-node.txt").read_bytes()

    first = write("wrong for 3 min")
    assert b"wrong for 3 min" in first
    assert write("wrong for 8 min") == first
    assert b"disk is full" in write("disk is full")


def test_a_stick_that_is_plugged_in_comes_first(
    shelf: CommandLine, boot: Path, leds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--json", "--boot", str(boot), "--leds", str(leds), "--sticks", str(tmp_path))
    monkeypatch.setattr(
        "netrelay.provisioning.card.stick.foremost_note",
        partial(foremost_note, devices=tmp_path),
    )
    done = Note(At.DONE, "a stick may be pulled: 1 file")
    (tmp_path / "sda1").touch()
    write_note(tmp_path, "/dev/sda1", done)
    # The node is down, which a stick that was left in does not hide.
    assert json.loads(shelf.good("card-state", *words))["state"] == Light.PERSON.value
    monkeypatch.setattr("netrelay.cli.commands.card_state.home_findings", lambda *_: iter([]))
    for note, light in (
        (done, Light.STICK_DONE),
        (Note(At.UNUSABLE, "a stick is not used: it is damaged"), Light.PERSON),
        (Note(At.WORK, "a stick is at work"), Light.STICK_WORK),
    ):
        # A device each: of several sticks the one at work is shown, then the one in need.
        device = f"sd{note.at.value[0]}1"
        (tmp_path / device).touch()
        write_note(tmp_path, f"/dev/{device}", note)
        found = json.loads(shelf.good("card-state", *words))
        assert (found["state"], found["health"]) == (light.value, note.words)
        assert (leds / "ACT/trigger").read_text() == PATTERNS[light].trigger


@pytest.mark.parametrize(
    ("field", "value", "said"), [(8, os.ST_RDONLY, "read-only"), (4, 0, "full")]
)
def test_a_boot_partition_that_cannot_be_written_needs_a_person(
    shelf: CommandLine,
    boot: Path,
    leds: Path,
    monkeypatch: pytest.MonkeyPatch,
    field: int,
    value: int,
    said: str,
) -> None:
    real = list(os.statvfs(boot))
    real[field] = value
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(real))

    def refuse(*_: object) -> bool:
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr("netrelay.provisioning.card.boot_folder.write_text", refuse)
    words = ("card-state", "--json", "--boot", str(boot), "--leds", str(leds))
    found = json.loads(shelf.good(*words))
    assert found["state"] == Light.PERSON.value
    assert "cannot be written: Read-only file system" in found["health"]
    assert (leds / "ACT/trigger").read_text() == PATTERNS[Light.PERSON].trigger
    monkeypatch.undo()
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(real))
    assert said in json.loads(shelf.good(*words))["health"]
