"""Commands of root on another user's node: they create nothing of root's, and read its files."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.cli.errors import Exit
from netrelay.cli.owner import acting_as_owner, own_rights
from netrelay.ring.process_bell import ProcessBell
from netrelay.runtime.home import Home
from netrelay.runtime.node import open_database
from tests.cli.command_line import CommandLine

OWNER = 65_534  # nobody, on every Debian
MEMBER = 64_999
WORDS = ("status", "jobs", "logs", "inbox", "machine", "check")
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="nr-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def of_owner(place: Path, name: str) -> CommandLine:
    line = CommandLine(place / name)
    line.home.path.mkdir()
    os.chown(line.home.path, OWNER, OWNER)
    return line


@pytest.fixture(autouse=True)
def loaded(place: Path) -> None:
    """Import what commands import late: this Python may be where only root can read."""
    line = CommandLine(place / "loaded")
    line.good("init", "loaded")
    line.good("backup", str(place / "loaded.backup"))
    line.good("restore", str(place / "loaded.backup"), "--replace")
    line.good("id", "--card", str(place / "loaded.card"))
    for words in WORDS:
        line(words)
    other = CommandLine(place / "peer")
    other.good("init", "peer")
    other.good("peer", "add", str(place / "loaded.card"))
    other.good("peer", "allow", "loaded", "deliver")
    other.good("message", "ahoy", "--to", "loaded")
    other.good("pause", "loaded")


@pytest.fixture
def shelf(place: Path) -> CommandLine:
    line = of_owner(place, "shelf")
    line.good("init", "shelf")
    return line


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}


def private(place: Path) -> Path:
    """A folder of root that no other user may enter."""
    folder = place / "root"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def test_a_node_that_root_makes_is_the_owners(shelf: CommandLine) -> None:
    assert owners(shelf.home.path) == {OWNER}
    assert owners(shelf.runtime) == {OWNER}


def test_whatever_root_types_nothing_of_it_is_roots(shelf: CommandLine, place: Path) -> None:
    boat = CommandLine(place / "boat")
    boat.good("init", "boat")
    card, letter = private(place) / "boat.card", private(place) / "letter.txt"
    boat.good("id", "--card", str(card))
    letter.write_text("dear boat")
    shelf.good("peer", "add", str(card))
    shelf.good("peer", "allow", "boat", "deliver")
    shelf.good("message", "ahoy", "--to", "boat")
    shelf.good("send", str(letter), "--to", "boat", "--priority", "1")
    shelf.good("pause", "boat")
    for words in WORDS:
        shelf(words)
    shelf.good("id", "--card", str(private(place) / "shelf.card"))
    shelf.good("backup", str(private(place) / "shelf.backup"))
    assert owners(shelf.home.path) == {OWNER}
    assert owners(shelf.runtime) == {OWNER}
    assert owners(private(place)) == {0}
    assert (os.geteuid(), os.getegid()) == (0, 0)


def test_a_backup_of_roots_is_restored_for_the_owner(shelf: CommandLine, place: Path) -> None:
    backup = private(place) / "shelf.backup"
    shelf.good("backup", str(backup))
    shelf.good("restore", str(backup), "--replace")
    assert owners(shelf.home.path) == {OWNER}
    other = of_owner(place, "other")
    other.good("restore", str(backup))
    assert owners(other.home.path) == {OWNER}


def test_rights_are_laid_aside_and_come_back(shelf: CommandLine, place: Path) -> None:
    secret = private(place) / "secret"
    secret.write_text("x")
    with shelf.environment(), acting_as_owner(shelf.home):
        assert os.geteuid() == OWNER
        with pytest.raises(PermissionError):
            secret.read_text()
        with own_rights():
            assert secret.read_text() == "x"
        assert (os.geteuid(), os.getegid()) == (OWNER, OWNER)
    assert (os.geteuid(), os.getegid()) == (0, 0)


def test_a_member_of_the_group_looks_without_sudo(shelf: CommandLine) -> None:
    """The home is as the package creates it, and the node has its database open."""
    shelf.home.path.chmod(0o2750)
    shelf.runtime.chmod(0o750)
    with shelf.environment(), acting_as_owner(shelf.home):
        database = open_database(shelf.home, "importer")
        bell = ProcessBell(shelf.runtime, "importer")
    groups = os.getgroups()
    os.setgroups([OWNER])
    os.setegid(MEMBER)
    os.seteuid(MEMBER)
    try:
        status = shelf.good("status")
        jobs = shelf.good("jobs")
        code, refused = shelf.bad("pause", "boat")
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        bell.close()
        database.close()
    assert status.startswith("shelf  ")
    assert jobs
    assert code == Exit.NOT_PERMITTED, refused


def test_a_home_of_roots_is_roots(place: Path) -> None:
    line = CommandLine(place / "shelf")
    line.good("init", "shelf")
    with line.environment(), acting_as_owner(Home(line.home.path)):
        assert os.geteuid() == 0
    assert owners(line.home.path) == {0}
