"""`netrelay fleet`: its output, its refusals, and where it writes."""

import io
import json
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.provisioning.card.fat import make_image, needs_mtools, unpack
from tests.provisioning.fleet.fleets import ROW, write_fleet


@pytest.fixture
def line(homes: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a command line in a folder with a fleet's file, on a machine without a node."""
    write_fleet(tmp_path)
    monkeypatch.chdir(tmp_path)
    return homes.line("none")


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    folder = tmp_path / "boot"
    folder.mkdir()
    (folder / "netrelay.toml").touch()
    return folder


def test_the_group_says_what_it_has(line: CommandLine) -> None:
    assert "check [FILE]" in line.good("fleet", "--help")
    code, text = line.bad("fleet", "chek")
    assert code == 64
    assert "did you mean check?" in text


def test_a_good_fleet_is_shown(line: CommandLine) -> None:
    assert line.good("fleet", "check") == (
        "fleet.toml is good: 3 nodes, 5 ways for files\n\n"
        "FROM   TO     BY\n"
        "shelf  boat   direct\n"
        "shelf  buoy   boat\n"
        "boat   shelf  direct\n"
        "buoy   shelf  boat\n"
        "buoy   boat   direct\n"
    )


def test_it_is_there_for_programs_too(line: CommandLine) -> None:
    found = [json.loads(text) for text in line.good("fleet", "check", "--json").splitlines()]
    assert found[1] == {
        "schema": 1,
        "kind": "way",
        "nodes": ["shelf", "boat", "buoy"],
        "files": True,
    }
    assert found[-1]["nodes"] == ["shelf", "boat", "buoy"]


def test_every_mistake_is_a_line(line: CommandLine, tmp_path: Path) -> None:
    write_fleet(tmp_path, ROW.replace('relay = ["shelf", "buoy"]', 'relay = ["shelv"]'))
    outcome = line("fleet", "check")
    assert outcome.code == 78
    assert outcome.out == ""
    lines = outcome.err.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("netrelay: fleet.toml, line 7: ")
    assert any("did you mean shelf?" in each for each in lines)


def test_no_file_and_none_of_it(line: CommandLine) -> None:
    code, text = line.bad("fleet", "check", "flete.toml")
    assert code == 66
    assert "docs/fleet.md" in text


def test_who_is_in_nobodys_way_is_named(line: CommandLine, tmp_path: Path) -> None:
    text = ROW.replace('deliver = "all"', 'deliver = ["shelf"]')
    write_fleet(tmp_path, text + "[nodes.raft]\n")
    assert "nobody sends to raft" in line.good("fleet", "check")


def test_cards_that_have_to_come_back(line: CommandLine, tmp_path: Path, boot: Path) -> None:
    write_fleet(tmp_path, ROW.replace("[nodes.buoy]", '[nodes.buoy]\nkeys = "on-the-pi"'))
    assert "still to be carried back: buoy.card" in line.good("fleet", "check")
    out = line.good("fleet", "card", "shelf", "--boot", str(boot))
    assert "buoy.card still to be collected; write it again then" in out
    out = line.good("fleet", "card", "buoy", "--boot", str(boot))
    assert "carry buoy.card back from it" in out
    code, text = line.bad("fleet", "collect", str(boot / "cards" / "shelf.card"))
    assert code == 65
    assert "whose keys are made here" in text


def test_a_card_is_written_and_says_so(line: CommandLine, boot: Path, tmp_path: Path) -> None:
    out = line.good("fleet", "card", "boat", "--boot", str(boot))
    assert out.startswith(f"{boot} is now the card of boat, node ")
    assert "stay in fleet-keys/boat" in out
    assert sorted(path.name for path in (boot / "cards").iterdir()) == ["buoy.card", "shelf.card"]
    found = json.loads(line.good("fleet", "card", "boat", "--boot", str(boot), "--json"))
    assert (found["kind"], found["name"], found["missing"]) == ("fleet-card", "boat", [])
    assert found["node"] in out


@pytest.mark.parametrize(
    ("arguments", "code", "wanted"),
    [
        (("bota", "--boot", "boot"), 65, "did you mean boat?"),
        (("boat",), 64, "one of the arguments --image --device --boot is required"),
        (("boat", "--boot", "nowhere"), 73, "nowhere is no folder"),
        (("boat", "--boot", "."), 73, "holds no netrelay.toml"),
        (("boat", "--image", "nowhere.img"), 73, "nowhere.img is no file: there is none"),
        (("boat", "--image", "/dev/null"), 73, "--device is for disks"),
        (("boat", "--device", "fleet.toml"), 73, "is no disk; --image is for files"),
    ],
)
def test_a_wrong_word_or_place_is_refused(
    line: CommandLine, boot: Path, arguments: tuple[str, ...], code: int, wanted: str
) -> None:
    found, text = line.bad("fleet", "card", *arguments)
    assert found == code
    assert wanted in text


def test_no_card_is_written_from_a_file_with_a_mistake(
    line: CommandLine, boot: Path, tmp_path: Path
) -> None:
    write_fleet(tmp_path, ROW.replace('relay = ["shelf", "buoy"]', "relay = []"))
    code, text = line.bad("fleet", "card", "boat", "--boot", str(boot))
    assert code == 78
    assert "(and 1 more: `netrelay fleet check fleet.toml`)" in text
    assert list(boot.iterdir()) == [boot / "netrelay.toml"]
    assert not (tmp_path / "fleet-keys").exists()


@needs_mtools
def test_an_image_becomes_a_card(line: CommandLine, tmp_path: Path) -> None:
    image = make_image(tmp_path / "boat.img")
    line.good("fleet", "card", "boat", "--image", str(image))
    out = tmp_path / "out"
    out.mkdir()
    unpack(image, out)
    assert 'name = "boat"' in (out / "netrelay.toml").read_text()


def test_a_device_is_written_only_when_its_name_is_typed(
    line: CommandLine, boot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder stands for the device: a test has no card."""
    from netrelay.cli.commands.fleet import card as fleet_card
    from netrelay.provisioning.card.boot_partition import Folder

    monkeypatch.setattr(fleet_card, "open_device", lambda _: Folder(boot))
    device = ("fleet", "card", "boat", "--device", "/dev/sdx")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    outcome = line(*device)
    assert outcome.code == 64
    assert "nothing was written to /dev/sdx" in outcome.err
    assert (boot / "netrelay.toml").read_bytes() == b""
    monkeypatch.setattr("sys.stdin", io.StringIO("sdx\n"))
    assert "Type sdx to go on" in line.good(*device)
    assert (boot / "netrelay.toml").read_bytes() != b""
    (boot / "netrelay.toml").write_bytes(b"")
    line.good(*device, "--yes")
    assert (boot / "netrelay.toml").read_bytes() != b""
