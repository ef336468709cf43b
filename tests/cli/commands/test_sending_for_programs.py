"""`send` and `message` as programs type them: JSON, job numbers, standard input, several peers."""

import io
import json
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine, Place


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node that knows boat and cork; it is down."""
    shelf = homes.pair()[0]
    cork = homes.node("cork", "--address", "127.0.0.3")
    cork.good("id", "--card", str(homes.folder / "cork.card"))
    shelf.good("peer", "add", str(homes.folder / "cork.card"))
    return shelf


@pytest.fixture
def letter(homes: Place) -> Path:
    """Return a file to send."""
    path = homes.folder / "letter.txt"
    path.write_text("dear boat")
    return path


def objects(out: str) -> list[dict[str, object]]:
    """Return the objects of an output, without what all have."""
    found = [json.loads(line) for line in out.splitlines()]
    assert all((each.pop("schema"), each.pop("kind")) == (1, "sent") for each in found)
    return found


def test_a_file_goes_to_several_peers_and_each_once(shelf: CommandLine, letter: Path) -> None:
    words = ("--to", "boat", "--to", "cork", "--to", "boat")
    assert objects(shelf.good("send", str(letter), *words, "--json")) == [
        {
            "path": str(letter),
            "name": "letter.txt",
            "peer": peer,
            "size_bytes": 9,
            "job": None,
        }
        for peer in ("boat", "cork")
    ]
    for peer in ("boat", "cork"):
        assert (shelf.home.drop / peer / "letter.txt").read_text() == "dear boat"


def test_an_unknown_peer_stops_all(shelf: CommandLine, letter: Path) -> None:
    code, line = shelf.bad("send", str(letter), "--to", "boat", "--to", "crok")
    assert code == 65
    assert "did you mean cork?" in line
    assert list((shelf.home.drop / "boat").iterdir()) == []


def test_the_job_is_printed_when_importer_has_taken_the_file(
    shelf: CommandLine, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netrelay.cli.commands import send

    numbers = iter([None, None, 7, 8, 8])
    monkeypatch.setattr(send, "runs", lambda _: True)
    monkeypatch.setattr(send, "job_of_wish", lambda *_, **__: next(numbers))
    (sent,) = objects(shelf.good("send", str(letter), "--to", "boat", "--json"))
    assert sent["job"] == 7
    assert shelf.good("send", str(letter), "--to", "boat").splitlines()[0].endswith(", job 8")


def test_standard_input_is_sent_under_a_name(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\x00" * 100_000)))
    out = shelf.good("send", "-", "--as", "disk.img", "--to", "boat", "--to", "cork")
    assert out.splitlines()[0] == "- goes to boat as disk.img (97.7 KiB)"
    for peer in ("boat", "cork"):
        (path,) = (shelf.home.drop / peer).iterdir()
        assert (path.name, path.read_bytes()) == ("disk.img", b"\x00" * 100_000)


def test_standard_input_has_no_name(shelf: CommandLine, letter: Path) -> None:
    code, line = shelf.bad("send", "-", "--to", "boat")
    assert code == 64
    assert "--as NAME" in line
    assert shelf.bad("send", "-", str(letter), "--as", "x", "--to", "boat")[0] == 64


def test_messages_are_told_with_their_jobs(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--to", "boat", "--to", "cork")
    found = objects(shelf.good("message", "ahoy", *words, "--json"))
    assert [each["peer"] for each in found] == ["boat", "cork"]
    jobs = [json.loads(line) for line in shelf.good("jobs", "--json").splitlines()]
    assert {(each["job"], each["destination"]) for each in jobs} == {
        (each["job"], each["peer"]) for each in found
    }
    assert len(shelf.good("message", "ahoy", *words).splitlines()) == 3


def test_what_went_before_a_failure_is_told(shelf: CommandLine, letter: Path) -> None:
    (shelf.home.drop / "cork").rmdir()
    (shelf.home.drop / "cork").symlink_to(letter.parent)
    outcome = shelf("send", str(letter), "--to", "boat", "--to", "cork")
    assert outcome.code != 0
    assert outcome.out.startswith(f"{letter} goes to boat")
