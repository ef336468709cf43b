"""What a power cut leaves on a FAT is removed, or told to the person who may miss it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from netrelay.provisioning.card.boot_folder import PIECE as PIECE_NAME
from netrelay.provisioning.card.report_files import error_text
from netrelay.runtime.strict_toml import Mistake
from tests.provisioning.card.boot_partition import Card

TOOLS = os.environ["PATH"] + ":/usr/sbin:/sbin"
PIECE = "FSCK0000.REC"


@pytest.mark.parametrize("content", ["", "zeros", "node", "card", "error"])
def test_a_piece_that_holds_nothing_or_a_report_is_removed(card: Card, content: str) -> None:
    name = card.good().name
    mistake = error_text([Mistake(3, "a word", "another", "")])
    raw = {
        "zeros": bytes(2048),
        "node": (card.boot / "netrelay-node.txt").read_bytes() + bytes(900),
        "card": (card.boot / f"{name}.card").read_bytes(),
        "error": mistake.replace("\n", "\r\n").encode(),
    }.get(content, b"")
    (card.boot / PIECE).write_bytes(raw)
    assert not card.good().is_changed
    assert not (card.boot / PIECE).exists()


@pytest.mark.parametrize("name", [PIECE, "fsck0012.003"])
def test_what_a_person_may_miss_stays_and_is_told_until_it_is_deleted(
    card: Card, name: str
) -> None:
    card.good()
    (card.boot / name).write_bytes(b'[wifi]\npassword = "geheim123"\n' + bytes(2000))
    assert card.good().is_changed
    said = card.read("netrelay-node.txt")
    assert f"{name.lower()} is a piece of a file" in said
    assert "geheim123" not in said
    assert not card.good().is_changed
    (card.boot / name).unlink()
    card.good()
    assert "is a piece" not in card.read("netrelay-node.txt")


def test_replacements_that_did_not_end_are_removed(card: Card) -> None:
    card.good()
    for name in (".netrelay-node.txt.unfinished", ".shelf.card.unfinished", ".other.unfinished"):
        (card.boot / name).write_bytes(b"half")
    assert card.command()[:2] == (0, "nothing changed\n")
    assert [path.name for path in card.boot.glob(".*")] == [".other.unfinished"]


@pytest.mark.skipif(
    any(
        shutil.which(tool, path=TOOLS) is None for tool in ("mformat", "mcopy", "mdir", "fsck.vfat")
    ),
    reason="mtools or dosfstools is not installed",
)
def test_fsck_gives_these_names(tmp_path: Path) -> None:
    image = tmp_path / "fat"
    image.touch()

    def tool(*words: str, given: bytes = b"", good: int = 0) -> str:
        path = shutil.which(words[0], path=TOOLS)
        run = subprocess.run([str(path), *words[1:]], input=given, capture_output=True, check=False)
        assert run.returncode == good, run
        return run.stdout.decode()

    tool("mformat", "-C", "-i", str(image), "-T", "16384", "::")
    for name in ("LOST", "ONE", "TWO"):
        tool("mcopy", "-i", str(image), "-", f"::{name}.TXT", given=name.encode())
    content = image.read_bytes().replace(b"LOST    TXT", b"\xe5OST    TXT")
    image.write_bytes(content.replace(b"TWO     TXT", b"ONE     TXT"))
    # As systemd-fsck calls it; 1 means that it mended something.
    tool("fsck.vfat", "-a", str(image), good=1)
    found = tool("mdir", "-b", "-i", str(image), "::").lower().replace("::/", "").split()
    pieces = [name for name in found if PIECE_NAME.fullmatch(name)]
    assert len(pieces) == 2
    assert sorted({*found} - {*pieces}) == ["one.txt"]
