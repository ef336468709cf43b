"""`netrelay receipt verify`: what is said of a good file, and of anything else."""

import os
from pathlib import Path

import pytest
from blake3 import blake3

from netrelay.cli.errors import Exit
from netrelay.core.content_word import ContentWord
from netrelay.seal import identity
from netrelay.seal.card import encode_card
from netrelay.seal.group_card import encode_group_card
from netrelay.seal.identity import Identity
from netrelay.seal.receipt_file import encode_receipt_file
from netrelay.seal.receipt_proof import sign_receipt_file
from tests.cli.command_line import CommandLine
from tests.seal.receipt_files import entry, receipt_file, signed_by

CONTENT = b"content"
WORD = ContentWord(blake3(CONTENT).digest(), 1_800_000_000)


class Desk:
    """A folder with a receipt file, the cards of both nodes, and no node."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.line = CommandLine(folder / "no-node")
        self.shelf = identity.create(folder / "keys" / "shelf")
        self.boat = identity.create(folder / "keys" / "boat")
        for name, node in (("shelf", self.shelf), ("boat", self.boat)):
            (folder / f"{name}.card").write_text(encode_card(node, f"the {name}", (), 7411))
        (folder / "content").write_bytes(CONTENT)
        self.write(WORD)

    def write(self, word: ContentWord | None) -> None:
        """Write the receipt of a content."""
        signed = signed_by(self.boat, self.shelf, entry(self.boat, word))
        file = receipt_file(self.shelf, self.boat, signed)
        text = encode_receipt_file(file, sign_receipt_file(self.shelf, file))
        (self.folder / "receipt").write_text(text)

    def at(self, name: str) -> str:
        """Return the path of a file."""
        return str(self.folder / name)

    def cards(self) -> list[str]:
        """Return the options for both cards."""
        return ["--card", self.at("shelf.card"), "--card", self.at("boat.card")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "keys").mkdir()
    return Desk(tmp_path)


def test_what_is_proved_is_one_sentence(desk: Desk) -> None:
    said = desk.line.good(
        "receipt", "verify", desk.at("receipt"), *desk.cards(), "--file", desk.at("content")
    )
    assert said.splitlines() == [
        f"the boat ({desk.boat.node_id}) signed at 2027-01-15T08:00:00Z by its own clock that it"
        f" has what the shelf ({desk.shelf.node_id}) sent it as number 42 of epoch"
        f" 0011223344556677, attempt 1, and that its content has the BLAKE3 hash"
        f" {WORD.content_hash.hex()}.",
        "the shelf alone says, and signed: it is the file größe\\x1b.jpg of 123 bytes, given to it"
        " at 2027-01-15T07:43:20Z.",
        f"{desk.at('content')} has this hash: it is that content.",
    ]
    assert not desk.line.home.path.exists()


def test_the_card_of_a_group_gives_its_name(desk: Desk) -> None:
    (desk.folder / "hq.card").write_text(encode_group_card(desk.boat, "hq", (desk.shelf.node_id,)))
    said = desk.line.good("receipt", "verify", desk.at("receipt"), "--card", desk.at("hq.card"))
    assert said.startswith(f"hq ({desk.boat.node_id}) signed")
    assert "No card of hq was given" not in said


def test_without_cards_the_names_are_the_word_of_the_file(desk: Desk) -> None:
    said = desk.line.good("receipt", "verify", desk.at("receipt"))
    assert said.startswith(f"boat ({desk.boat.node_id}) signed")
    assert "No card of boat was given" in said
    assert "No card of shelf was given" in said


def test_a_receipt_that_says_no_content_says_so(desk: Desk) -> None:
    desk.write(None)
    said = desk.line.good("receipt", "verify", desk.at("receipt"), *desk.cards())
    assert "attempt 1; it signed no hash of the content." in said
    code, line = desk.line.bad(
        "receipt", "verify", desk.at("receipt"), "--file", desk.at("content")
    )
    assert (code, "cannot be compared" in line) == (65, True)


def test_a_clock_that_was_not_set_is_not_shown(desk: Desk) -> None:
    desk.write(WORD._replace(signed_unix_s=0))
    said = desk.line.good("receipt", "verify", desk.at("receipt"))
    assert " signed that it has what " in said


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["nothing"], 66, "nothing: No such file"),
        (["."], 66, ".: it is no regular file"),
        (["content"], 65, "it is no receipt file"),
        (["receipt", "--card", "nothing"], 66, "nothing: No such file"),
        (["receipt", "--card", "content"], 65, "content: there must be one line"),
        (["receipt", "--card", "other.card"], 65, "is neither that of its source"),
        (["receipt", "--file", "nothing"], 66, "nothing: No such file"),
        (["receipt", "--file", "receipt"], 65, "is not what boat has: its BLAKE3 hash is"),
        (["receipt", "--file", "pipe"], 66, "pipe: it is no regular file"),
        (
            ["receipt", "--file", "keys"],
            65,
            "keys is a directory, and the receipt is for the file ",
        ),
        (["large"], 65, "large: it is no receipt file: it has more than"),
        (["pipe"], 66, "pipe: it is no regular file"),
        (["receipt", "more"], 64, "one word too many"),
    ],
)
def test_anything_else_is_refused_with_its_reason(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, why: str
) -> None:
    monkeypatch.chdir(desk.folder)
    os.mkfifo("pipe")
    Path("large").write_bytes(bytes(200_000))
    other: Identity = identity.create(desk.folder / "keys" / "other")
    Path("other.card").write_text(encode_card(other, "other", (), 7411))
    found, line = desk.line.bad("receipt", "verify", *arguments)
    assert (found, why in line) == (code, True), line


def test_a_changed_file_is_refused(desk: Desk) -> None:
    path = desk.folder / "receipt"
    path.write_text(path.read_text().replace('"size_bytes": 123', '"size_bytes": 124'))
    code, line = desk.line.bad("receipt", "verify", str(path), *desk.cards())
    assert (code, "not signed by the shelf" in line) == (65, True)


def test_a_content_without_its_option_is_told_the_option(desk: Desk) -> None:
    code, said = desk.line.bad("receipt", "verify", desk.at("receipt"), desk.at("content"))
    assert code == Exit.USAGE
    assert "content' is one word too many: --file goes before a content to compare" in said
