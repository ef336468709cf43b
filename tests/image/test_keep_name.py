"""A card takes its .local name back from avahi's mistakes, but not from a machine that has it."""

import subprocess
from pathlib import Path

import pytest

from tests.image.stub_root import STAGE

KEEP_NAME = STAGE / "01-network/files/usr/lib/netrelay-card/keep-name"
# GetHostName says what `called` holds, and fails without it; ResolveHostName finds `others`.
BUSCTL = """#!/bin/sh
while [ "$1" != org.freedesktop.Avahi.Server ]; do shift; done
shift
case $1 in
    GetHostName) [ -e called ] || exit 1; printf 's "%s"\\n' "$(cat called)" ;;
    ResolveHostName) grep --quiet --line-regexp --fixed-strings "$5" others ;;
    SetHostName) [ "$2" = s ] && echo "$3" >called ;;
    *) exit 2 ;;
esac
"""


class Card:
    """A card called shelf, beside avahi and other machines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "busctl").write_text(BUSCTL)
        (folder / "busctl").chmod(0o755)
        (folder / "others").touch()

    def looks(self) -> str:
        """Run the script; return its lines."""
        environment = {
            "PATH": f"{self.folder}:/usr/bin:/bin",
            "NETRELAY_CARD_NAME": "shelf",
            "RUNTIME_DIRECTORY": str(self.folder),
        }
        done = subprocess.run(
            [KEEP_NAME],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    @property
    def called(self) -> str:
        """The name that avahi announces."""
        return (self.folder / "called").read_text().strip()

    @called.setter
    def called(self, name: str) -> None:
        (self.folder / "called").write_text(name)


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


@pytest.mark.parametrize("wrong", ["shelf-2", "shelf-3", "shelf-12"])
def test_a_name_that_nobody_else_has_is_taken_back(card: Card, wrong: str) -> None:
    card.called = wrong
    (card.folder / "others").write_text("boat.local\nshelf-4.local\n")
    assert "no other machine is shelf.local" in card.looks()
    assert card.called == "shelf"


def test_a_name_of_another_machine_is_left_to_it_and_told_once(card: Card) -> None:
    card.called = "shelf-2"
    others = card.folder / "others"
    others.write_text("shelf.local\n")
    assert card.looks() == "<4>shelf.local is another machine: this one is found as shelf-2.local\n"
    assert card.looks() == ""
    assert card.called == "shelf-2"
    others.write_text("")
    assert "has the name again" in card.looks()
    assert card.called == "shelf"
    # Told again the next time.
    card.looks()
    card.called = "shelf-2"
    others.write_text("shelf.local\n")
    assert card.looks() != ""


@pytest.mark.parametrize("name", ["shelf", "shelf-board", "boat-2", "boat"])
def test_other_names_are_left(card: Card, name: str) -> None:
    card.called = name
    assert card.looks() == ""
    assert card.called == name


def test_an_avahi_that_does_not_answer_is_left(card: Card) -> None:
    assert card.looks() == ""
    assert not (card.folder / "called").exists()
