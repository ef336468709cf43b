"""What a person with a Windows laptop does to the boot partition works, or is answered there."""

import codecs
import os
from collections.abc import Callable

import pytest

from netrelay.provisioning.card.boot_template import boot_template
from netrelay.seal.card import encode_card
from netrelay.seal.identity import load as load_identity
from tests.cli.command_line import CHECKOUT
from tests.provisioning.card.boot_partition import Card

WANTED = '[node]\nname = "shelf"\n'


def refused(card: Card) -> str:
    """Start; return the error file with the line ends of Unix."""
    before = card.everything()
    assert card.start().mistakes
    after = card.everything()
    after.pop("boot/netrelay-error.txt")
    assert {path: after[path] for path in before if path in after} == {
        path: content for path, content in before.items() if path in after
    }
    assert not card.home.database.exists()
    return card.read("netrelay-error.txt").replace("\r\n", "\n")


@pytest.mark.parametrize(
    "raw",
    [
        WANTED.replace("\n", "\r\n").encode(),
        codecs.BOM_UTF8 + WANTED.encode(),
        codecs.BOM_UTF16_LE + WANTED.replace("\n", "\r\n").encode("utf-16-le"),
    ],
    ids=["CRLF", "BOM", "UTF-16"],
)
def test_what_notepad_saves_is_read(card: Card, raw: bytes) -> None:
    (card.boot / "netrelay.toml").write_bytes(raw)
    assert card.good().name == "shelf"
    assert not (card.boot / "netrelay-error.txt").exists()


def test_a_mistake_in_such_a_file_has_its_line(card: Card) -> None:
    text = codecs.BOM_UTF8 + b'[node]\r\nname = "shelf"\r\ncommsport = 99999\r\n'
    (card.boot / "netrelay.toml").write_bytes(text)
    assert "line 3\n  found    node.commsport is 99999\n" in refused(card)


@pytest.mark.parametrize(
    "name",
    [
        "netrelay.toml.txt",
        "netrelay.txt",
        "NETRELAY.TOML.TXT",
        "netrelay (1).toml",
        "netrelay - Copy.toml",
        "netrelay.toml.rtf",
        "netrelay.docx",
        "netrelay",
        "netrelay.conf",
        "netrelay - Kopie.toml",
        "netrelay.toml - Shortcut.lnk",
        "netrelay " + "\U0001f600" * 50 + ".toml",
    ],
)
@pytest.mark.parametrize("template", [True, False], ids=["beside the image's", "alone"])
def test_another_name_is_told_with_what_to_do(card: Card, name: str, template: bool) -> None:
    (card.boot / name).write_text(WANTED)
    if not template:
        (card.boot / "netrelay.toml").unlink()
    text = refused(card)
    assert f"  found    the file is called {name.lower()}\n" in text
    assert "  allowed  netrelay.toml, in no folder\n" in text
    assert "rename it" in text or "save it as plain text" in text


@pytest.mark.parametrize("name", ["cards/netrelay.toml", "New folder/netrelay.toml.txt"])
def test_a_file_in_a_folder_is_told(card: Card, name: str) -> None:
    path = card.boot / name
    path.parent.mkdir()
    path.write_text(WANTED)
    text = refused(card)
    assert f"the file is in the folder {path.parent.name.lower()}" in text
    assert "move it out, beside config.txt" in text


def test_adding_such_a_file_later_is_noticed(card: Card) -> None:
    card.good()
    (card.boot / "netrelay.txt").write_text(WANTED)
    assert [mistake.said for mistake in card.start().mistakes] == [
        "the file is called netrelay.txt"
    ]
    (card.boot / "netrelay.txt").unlink()
    assert card.good().mistakes == ()
    assert not (card.boot / "netrelay-error.txt").exists()


def test_a_copy_beside_a_file_that_is_read_is_a_remark(card: Card) -> None:
    card.write(WANTED)
    (card.boot / "netrelay - Copy.toml").write_text('[node]\nname = "boat"\n')
    assert card.good().name == "shelf"
    assert "netrelay - copy.toml is not read, netrelay.toml is" in card.read("netrelay-node.txt")


def test_a_copy_that_says_nothing_is_no_mistake(card: Card) -> None:
    (card.boot / "netrelay - Copy.toml").write_text(boot_template())
    assert card.good().mistakes == ()


@pytest.mark.parametrize(
    "raw",
    [
        "[node]\r\nname = \u201cshelf\u201d\r\n".encode(),
        b"[node]\r\nname = \x93shelf\x94\r\n",
        "[node]\r\nname = \u00abshelf\u00bb\r\n".encode(),
    ],
    ids=["UTF-8", "WordPad", "angled"],
)
def test_smart_quotes_are_told(card: Card, raw: bytes) -> None:
    (card.boot / "netrelay.toml").write_bytes(raw)
    text = refused(card)
    assert "line 2\n" in text
    assert 'write straight quotes, ", instead of curly ones' in text


def test_a_card_in_the_wrong_folder_is_told(card: Card, new_card: Callable[[str], Card]) -> None:
    other = new_card("other")
    other.good()
    identity = load_identity(other.home.keys)
    text = encode_card(identity, "boat", ("boat.local",), 7411)
    (card.boot / "boat.card").write_text(text)
    card.write('[peers.boat]\nmay = ["deliver"]\n')
    assert "boat.card is beside netrelay.toml; move it into the folder cards" in refused(card)
    (card.boot / "cards").mkdir()
    (card.boot / "boat.card").rename(card.boot / "cards/boat.card")
    card.good()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("netrelay.toml.txt", WANTED),
        ("netrelay.toml", WANTED.replace('"', "\u201c")),
        ("New folder/netrelay.toml", WANTED),
    ],
    ids=["name", "quotes", "folder"],
)
def test_the_answer_is_the_one_that_the_document_shows(card: Card, name: str, text: str) -> None:
    path = card.boot / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    lines = refused(card).splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("  found"))
    shown = "".join(f"    {line}\n" for line in lines[first : first + 3])
    assert shown in (CHECKOUT / "docs/card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["netrelay.toml", "netrelay-reset", "Netrelay-Reset.txt"])
def test_a_folder_in_place_of_a_file_is_told(card: Card, name: str) -> None:
    (card.boot / "netrelay.toml").unlink()
    (card.boot / name).mkdir()
    text = refused(card)
    assert f"  found    {name.lower()} is a folder\n" in text
    (card.boot / name).rmdir()
    card.good()


@pytest.mark.parametrize(
    "name",
    ["netrelay-reset.txt.txt", "netrelay reset.txt", "netrelay-reset - Copy", "netrelay_reset"],
)
def test_a_misnamed_request_for_a_reset_is_told(card: Card, name: str) -> None:
    card.good()
    node = card.node_id
    (card.boot / name).write_text("everything")
    [mistake] = card.start().mistakes
    assert mistake.said == f"the file is called {name.lower()}"
    assert "  allowed  netrelay-reset or netrelay-reset.txt\r\n" in card.read("netrelay-error.txt")
    (card.boot / name).unlink()
    card.good()
    assert card.node_id == node


@pytest.mark.parametrize("name", ["netrelay-error.txt", "netrelay-node.txt", "shelf.card"])
def test_a_folder_in_place_of_a_report_is_moved_aside(card: Card, name: str) -> None:
    card.write(WANTED)
    (card.boot / name).mkdir()
    (card.boot / name / "mine.txt").write_text("mine")
    card.good()
    assert not card.good().is_changed
    card.write(WANTED + "x = 1\n")
    assert card.start().mistakes
    assert "node.'x' is no key" in card.read("netrelay-error.txt")
    card.write(WANTED)
    card.good()
    moved = [path.parent.name for path in card.boot.rglob("mine.txt")]
    assert moved == [f"{name} (folder)"]


def test_a_card_that_windows_named_is_told(card: Card, new_card: Callable[[str], Card]) -> None:
    other = new_card("other")
    other.write('[node]\nname = "boat"\n')
    other.good()
    (card.boot / "cards").mkdir()
    (card.boot / "cards/boat.card.txt").write_text(other.read("boat.card"))
    card.write('[peers.boat]\nmay = ["deliver"]\n')
    assert "rename cards/boat.card.txt (Windows hides" in refused(card)
    card.write("")
    card.good()
    said = card.read("netrelay-node.txt")
    assert "cards/boat.card.txt is not used: [peers.boat] in netrelay.toml enrols it" in said


def test_names_that_are_not_utf_8_stop_nothing(card: Card) -> None:
    card.write(WANTED)
    for path in (b"cards/bo\xffat.card", b"\xff\xfe/netrelay.toml", b"\xff.txt", b"\xff.card"):
        stray = card.boot / os.fsdecode(path)
        stray.parent.mkdir(exist_ok=True)
        stray.write_text(WANTED)
    card.good()
    said = card.read("netrelay-node.txt")
    assert "\ufffd\ufffd/netrelay.toml is not read, netrelay.toml is" in said
    card.write("")
    [mistake] = card.start().mistakes
    assert mistake.said == "the file is in the folder \ufffd\ufffd"


def test_a_huge_file_is_told(card: Card) -> None:
    with (card.boot / "netrelay.toml").open("wb") as file:
        file.truncate(10_000_000)
    assert "at most 262144 bytes" in refused(card)


def test_a_peers_file_with_a_path_of_windows_has_a_cure(card: Card) -> None:
    card.write('[peers.boat]\ncard = "cards\\boat.card"\n')
    assert "a backslash needs single quotes around the text, or write / instead" in refused(card)
