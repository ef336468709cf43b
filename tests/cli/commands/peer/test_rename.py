"""`netrelay peer rename`, and what `peer add` says about two nodes of one name."""

from pathlib import Path

import pytest

from netrelay.runtime.node import open_database
from tests.cli.command_line import CommandLine, Place


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return the node shelf, which knows boat; neither is up."""
    return homes.pair()[0]


def folders(shelf: CommandLine) -> list[str]:
    """Return the folders of peers."""
    home = shelf.home
    return sorted(
        str(folder.relative_to(home.path))
        for parent in (home.drop, home.inbox, home.sent, home.failed)
        for folder in parent.iterdir()
        if not folder.name.startswith(".")
    )


def test_a_peer_is_renamed_while_the_node_is_down(shelf: CommandLine) -> None:
    (shelf.home.inbox / "boat").mkdir()
    (shelf.home.inbox / "boat" / "came.txt").touch()
    (shelf.home.drop / "boat" / "put.txt").touch()
    out = shelf.good("peer", "rename", "boat", "ferry")
    assert out.startswith("boat is called ferry from now on\n")
    assert f"{shelf.home.drop}/ferry/" in out
    assert folders(shelf) == ["drop/ferry", "inbox/ferry"]
    assert (shelf.home.inbox / "ferry" / "came.txt").exists()
    assert (shelf.home.drop / "ferry" / "put.txt").exists()
    assert "ferry" in shelf.good("peer", "ls")
    assert "deliver" in shelf.good("peer", "ls", "ferry")
    assert shelf.bad("peer", "ls", "boat")[0] == 65


def test_jobs_go_on_under_the_new_name(shelf: CommandLine) -> None:
    shelf.good("message", "ahoy", "--to", "boat")
    shelf.good("peer", "rename", "boat", "ferry")
    assert "to ferry" in shelf.good("jobs", "--to", "ferry")
    shelf.good("send", "/etc/hostname", "--to", "ferry")
    assert [path.name for path in (shelf.home.drop / "ferry").iterdir()] == ["hostname"]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("shelf", 65, "this node itself"),
        ("cork", 65, "already; allowed: a name that no peer has"),
        ("../up", 64, "allowed: "),
        ("Boat", 64, "allowed: "),
        ("x" * 32, 64, "allowed: "),
    ],
)
def test_a_name_that_cannot_be(
    homes: Place, shelf: CommandLine, name: str, code: int, words: str
) -> None:
    cork = homes.node("cork", "--address", "127.0.0.3")
    cork.good("id", "--card", str(homes.folder / "cork.card"))
    shelf.good("peer", "add", str(homes.folder / "cork.card"))
    found, line = shelf.bad("peer", "rename", "boat", name)
    assert found == code
    assert repr(name) in line
    assert words in line
    assert folders(shelf) == ["drop/boat", "drop/cork"]


def test_the_same_name_changes_nothing(shelf: CommandLine) -> None:
    assert shelf.good("peer", "rename", "boat", "boat") == "boat has this name already\n"


@pytest.mark.parametrize("parent", ["drop", "inbox", "sent", "failed"])
def test_a_folder_that_holds_something_is_not_mixed(shelf: CommandLine, parent: str) -> None:
    folder = shelf.home.path / parent / "ferry"
    folder.mkdir()
    (folder / "theirs").touch()
    code, line = shelf.bad("peer", "rename", "boat", "ferry")
    assert code == 73
    assert line.startswith(f"netrelay: {folder} is there already and is not empty")
    (folder / "theirs").unlink()
    shelf.good("peer", "rename", "boat", "ferry")
    assert (shelf.home.drop / "ferry").is_dir()


def test_a_name_is_free_when_no_folder_has_it(homes: Place, shelf: CommandLine) -> None:
    """importer, which looks for claims below the old name, has not run since."""
    shelf.good("peer", "rename", "boat", "ferry")
    other = homes.line("other")
    other.good("init", "boat", "--address", "127.0.0.3")
    other.good("id", "--card", str(homes.folder / "other.card"))
    code, line = shelf.bad("peer", "add", str(homes.folder / "other.card"))
    assert code == 75
    assert "'boat' was the name of ferry" in line
    # Back to where it was: nothing is left to rename.
    shelf.good("peer", "rename", "ferry", "boat")
    assert "drop/boat" in folders(shelf)
    shelf.good("peer", "add", str(homes.folder / "other.card"), "--name", "ferry")


def test_a_folder_that_cannot_be_renamed_is_named_by_check(shelf: CommandLine) -> None:
    (shelf.home.inbox / "boat").mkdir()
    (shelf.home.inbox / "boat" / "came.txt").touch()
    shelf.good("peer", "rename", "boat", "ferry")
    with shelf.environment():
        database = open_database(shelf.home, "person")
        with database.transaction():
            database.execute("INSERT INTO old_folders SELECT node, 'inbox', 'boat' FROM peers")
        database.close()
    assert "inbox/boat is of ferry and has its old name still" in shelf("check").out


class TestPeerAdd:
    """A card of a known name with another identity, or of a known identity with another name."""

    @pytest.fixture
    def anew(self, homes: Place) -> Path:
        """Return the card of a node that calls itself boat, made anew after a loss."""
        line = homes.line("anew")
        line.good("init", "boat", "--address", "127.0.0.2")
        card = homes.folder / "anew boat.card"
        line.good("id", "--card", str(card))
        return card

    def commands(self, line: str) -> list[str]:
        """Return the commands that a line names."""
        return line.split("`")[1::2]

    def test_a_replaced_node_is_enrolled_by_what_is_printed(
        self, shelf: CommandLine, anew: Path
    ) -> None:
        code, line = shelf.bad("peer", "add", str(anew))
        assert code == 65
        home = f" --home {shelf.home.path}"
        remove, add, second = self.commands(line)
        assert remove == f"netrelay peer rm boat{home}"
        assert add == f"netrelay peer add '{anew}'{home}"
        assert second == f"netrelay peer add '{anew}' --name boat-2{home}"
        assert "its rights and its route have to be given again" in line
        shelf.good("peer", "rm", "boat")
        assert shelf.good("peer", "add", str(anew)).startswith("boat is a peer now")

    def test_what_waits_for_it_is_named(self, shelf: CommandLine, anew: Path) -> None:
        shelf.good("message", "ahoy", "--to", "boat")
        _, line = shelf.bad("peer", "add", str(anew))
        assert "1 job, " in line
        assert "sealed for keys that are lost" in line
        cancel = self.commands(line)[0]
        assert cancel == f"netrelay cancel --all --to boat --home {shelf.home.path}"
        shelf.good("cancel", "--all", "--to", "boat")
        shelf.good("peer", "rm", "boat")
        shelf.good("peer", "add", str(anew))

    def test_a_second_machine_gets_a_name_that_is_free(
        self, shelf: CommandLine, anew: Path
    ) -> None:
        shelf.good("peer", "add", str(anew), "--name", "boat-2")
        shelf.good("peer", "rm", "boat-2")
        shelf.good("peer", "rename", "boat", "boat-2")
        shelf.good("peer", "rename", "boat-2", "boat")
        assert "--name boat-2 " in shelf.bad("peer", "add", str(anew))[1]

    def test_a_new_name_of_a_known_node_is_offered(self, homes: Place, shelf: CommandLine) -> None:
        card = homes.folder / "boat.card"
        out = shelf.good("peer", "add", str(card), "--name", "ferry")
        assert "boat was a peer already" in out
        offered = f"netrelay peer rename boat ferry --home {shelf.home.path}"
        assert out.splitlines()[1] == f"it stays boat here; `{offered}` calls it so"
        shelf.good("peer", "rename", "boat", "ferry")
        out = shelf.good("peer", "add", str(card))
        assert "it stays ferry here; `netrelay peer rename ferry boat" in out
        out = shelf.good("peer", "add", str(card), "--name", "shelf")
        assert "it stays ferry here: shelf is the name of another" in out
        assert len(shelf.good("peer", "add", str(card), "--name", "ferry").splitlines()) == 1
