"""Commands of a user who does not own the node: each refusal says who may, and what to type."""

import grp
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netrelay.cli import permission
from netrelay.cli.errors import Exit
from netrelay.cli.owner import acting_as_owner
from netrelay.core.words import PROCESSES
from netrelay.ring.process_bell import ProcessBell
from netrelay.runtime import home as home_module
from netrelay.runtime.node import open_database
from tests.cli.another_user import User, as_user, import_all, typed
from tests.cli.command_line import CommandLine
from tests.prepared_database import forget_clock
from tests.prepared_folder import copy_prepared
from tests.story.nodes import free_address

OWNER = 65_534  # nobody, and its group, on every Debian
GROUP = grp.getgrgid(OWNER).gr_name
STRANGER = User(64_999)
MEMBER = User(64_998, (OWNER,))
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """Yield a node with a peer, whose folders are as the package makes them."""
    monkeypatch.setattr(permission, "GROUP", GROUP)
    import_all()
    with tempfile.TemporaryDirectory(prefix="nr-") as name:
        folder = Path(name)
        copy_prepared(folder, _make_shelf)
        folder.chmod(0o755)
        yield CommandLine(folder / "shelf")


def _make_shelf(folder: Path) -> None:
    folder.chmod(0o755)
    # Owned by root: it imports what commands import late.
    boat = CommandLine(folder / "boat")
    boat.good("init", "boat")
    boat("check")
    boat.good("id", "--card", str(folder / "boat.card"))
    (folder / "boat.card").chmod(0o644)
    line = CommandLine(folder / "shelf")
    line.home.path.mkdir()
    os.chown(line.home.path, OWNER, OWNER)
    line.home.path.chmod(0o2750)
    line.good("init", "shelf", "--address", free_address())
    line.good("peer", "add", str(folder / "boat.card"))
    with acting_as_owner(line.home):
        forget_clock(line.home.database)
    os.chown(line.runtime, OWNER, OWNER)
    line.runtime.chmod(0o750)


@contextmanager
def up(line: CommandLine) -> Iterator[None]:
    """Hold the database and the bells as the eight processes of the owner do."""
    with line.environment(), acting_as_owner(line.home):
        database = open_database(line.home, "importer")
        bells = [ProcessBell(line.runtime, process) for process in PROCESSES]
    try:
        yield
    finally:
        for bell in bells:
            bell.close()
        database.close()


def refused(line: CommandLine, user: User, *words: str) -> str:
    """Run a command that must be refused with one line that names the owner; return the line."""
    outcome = typed(line, user, *words)
    assert (outcome.code, outcome.out) == (Exit.NOT_PERMITTED, ""), outcome
    assert outcome.err.count("\n") == 1
    assert f"{line.home.path} belongs to the user nobody; #{user.number} may " in outcome.err
    command = f"`sudo netrelay {' '.join(words)} --home {line.home.path}`"
    assert command in outcome.err
    return outcome.err


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["status"],
        ["send", "boat.card", "--to", "boat"],
        ["message", "ahoy", "--to", "boat"],
        ["peer", "add", "boat.card"],
        ["id"],
        ["up"],
        ["init", "other"],
    ],
    ids=lambda words: words[0],
)
def test_out_of_the_group_each_command_says_what_to_type(
    shelf: CommandLine, words: list[str]
) -> None:
    line = refused(shelf, STRANGER, *words)
    assert f"`sudo usermod -aG {GROUP} #{STRANGER.number}`, then log in again" in line
    assert ("--home DIR makes a node of your own" in line) == (words[0] == "init")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["peer", "add", "boat.card"], "may not do this"),
        (["message", "ahoy", "--to", "boat"], "may not do this"),
        (["pause", "boat"], "may not do this"),
        (["id"], "may not read its keys"),
        (["peer", "ping", "boat"], "may not read its keys"),
        (["backup", "shelf.backup"], "may not read its keys"),
        (["backup", "shelf.backup", "--identity"], "may not read its keys"),
        (["up"], "may not do this"),
        (["restore", "boat.card", "--replace"], "may not do this"),
        (["peer", "address", "boat", "boat.local"], "may not do this"),
        (["peer", "quota", "boat", "200G"], "may not do this"),
        (["limit", "boat", "64K"], "may not do this"),
        (["send", "boat.card", "--to", "boat", "--ttl", "2h"], "may send, but without --priority"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_a_member_of_the_group_may_not(shelf: CommandLine, words: list[str], why: str) -> None:
    with up(shelf):
        line = refused(shelf, MEMBER, *words)
    assert why in line
    assert f"members of the group {GROUP} may look" in line
    assert list((shelf.home.drop / "boat").iterdir()) == []


@pytest.mark.parametrize("words", [["status"], ["peer", "ls"], ["jobs"], ["sql", "SELECT"]])
def test_a_member_cannot_look_while_the_node_is_down(shelf: CommandLine, words: list[str]) -> None:
    assert "may not open its database while the node is down" in refused(shelf, MEMBER, *words)


def test_a_member_looks_and_sends_while_the_node_is_up(shelf: CommandLine) -> None:
    with up(shelf):
        status = typed(shelf, MEMBER, "status")
        sent = typed(shelf, MEMBER, "send", "boat.card", "--to", "boat")
    assert (status.code, sent.code) == (0, 0), (status, sent)
    assert f"only nobody may see it: `sudo netrelay status --home {shelf.home.path}`" in status.out
    assert [path.name for path in (shelf.home.drop / "boat").iterdir()] == ["boat.card"]


@pytest.mark.parametrize("is_up", [True, False], ids=["up", "down"])
def test_check_calls_nothing_damaged_that_a_member_may_not_see(
    shelf: CommandLine, is_up: bool
) -> None:
    if is_up:
        with up(shelf):
            outcome = typed(shelf, MEMBER, "check")
    else:
        outcome = typed(shelf, MEMBER, "check")
    assert (outcome.code, outcome.err) == (1 if is_up else 2, ""), outcome
    failed = [line.split()[1] for line in outcome.out.splitlines() if line.startswith("fail ")]
    assert failed == ([] if is_up else ["processes"])
    assert "restore" not in outcome.out
    assert "warn  keys       only nobody may read them\n" in outcome.out
    unseen = "processes  only nobody may see which run" if is_up else "database   it was not looked"
    assert f"warn  {unseen}" in outcome.out
    assert f"`sudo netrelay check --home {shelf.home.path}`" in outcome.out


def test_who_was_put_into_the_group_has_to_log_in_again(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = grp.struct_group((GROUP, "x", OWNER, [f"#{STRANGER.number}"]))
    monkeypatch.setattr(grp, "getgrgid", lambda _: entry)
    line = refused(shelf, STRANGER, "status")
    assert f"is in the group {GROUP} from the next login on: log in again" in line
    assert "usermod" not in line


def test_a_home_in_a_closed_folder_names_whose_it_is(shelf: CommandLine) -> None:
    outer = shelf.home.path.parent / "outer"
    outer.mkdir(mode=0o700)
    outcome = as_user(STRANGER, "status", "--home", f"{outer}/home", folder=outer.parent)
    assert outcome.code == Exit.NOT_PERMITTED
    assert outcome.err.startswith(f"netrelay: {outer} belongs to the user root; ")


def test_a_file_that_may_not_be_read_is_no_matter_of_the_node(shelf: CommandLine) -> None:
    """The node of root, and root's card: the sentence is about the card."""
    card = shelf.home.path.parent / "closed.card"
    card.touch(mode=0o600)
    own = CommandLine(shelf.home.path.parent / "own")
    own.home.path.mkdir()
    own.runtime.mkdir(mode=0o700)
    for path in (own.home.path, own.runtime):
        os.chown(path, STRANGER.number, STRANGER.number)
    assert typed(own, STRANGER, "init", "own").code == 0
    outcome = typed(own, STRANGER, "peer", "add", str(card))
    assert (outcome.code, outcome.err) == (
        Exit.NO_INPUT,
        f"netrelay: {card}: Permission denied\n",
    )


class TestBesideTheSystemsNode:
    """The system's home is there, and this user may not look into it."""

    @pytest.fixture
    def system(self, shelf: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
        """Return the system's node."""
        monkeypatch.setattr(home_module, "SYSTEM_HOME", shelf.home.path)
        monkeypatch.setattr(permission, "SYSTEM_HOME", shelf.home.path)
        monkeypatch.delenv("NETRELAY_HOME", raising=False)
        return shelf

    @pytest.fixture
    def own(self, system: CommandLine) -> CommandLine:
        """Return the command line of this user's own home, which may not be a node yet."""
        folder = system.home.path.parent / "stranger"
        folder.mkdir()
        line = CommandLine(folder / "netrelay")
        line.runtime.mkdir(mode=0o700)
        for path in (folder, line.runtime):
            os.chown(path, STRANGER.number, STRANGER.number)
        return line

    def test_a_command_without_home_says_what_to_type(
        self, system: CommandLine, own: CommandLine
    ) -> None:
        environment = {
            "HOME": str(own.home.path.parent),
            "NETRELAY_RUNTIME_DIRECTORY": str(system.runtime),
        }
        outcome = as_user(STRANGER, "check", folder=own.home.path.parent, environment=environment)
        assert outcome.code == Exit.NOT_PERMITTED
        assert f"{system.home.path} belongs to the user nobody" in outcome.err
        assert "type `sudo netrelay check`;" in outcome.err

    def test_an_own_home_is_used_and_ends_with_0(self, own: CommandLine) -> None:
        for words in (("init", "own"), ("status",), ("peer", "ls"), ("machine",), ("help",)):
            outcome = typed(own, STRANGER, *words)
            assert (outcome.code, outcome.err) == (0, ""), outcome
        environment = {
            "HOME": str(own.home.path.parent),
            "NETRELAY_RUNTIME_DIRECTORY": str(own.runtime),
        }
        outcome = as_user(STRANGER, "status", folder=own.home.path.parent, environment=environment)
        assert outcome.code == 0, outcome
        assert outcome.out.startswith("own  ")
