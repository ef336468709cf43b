"""Commands of root on another user's node: they create nothing of root's, and read its files."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.owner import acting_as_owner, become_owner, own_rights
from netrelay.disk.shared_folder import make_drop_folder
from netrelay.ring.process_bell import ProcessBell
from netrelay.runtime.home import Home
from netrelay.runtime.node import open_database
from netrelay.transfer.claims import Claims, remove_claims
from tests.cli.command_line import CommandLine

OWNER = 65_534  # nobody, on every Debian
MEMBER = 64_999
WORDS = ("status", "jobs", "logs", "inbox", "machine", "check")
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")


def of_owner(place: Path, name: str) -> CommandLine:
    line = CommandLine(place / name)
    line.home.path.mkdir()
    os.chown(line.home.path, OWNER, OWNER)
    return line


@pytest.fixture(scope="module")
def loaded() -> Iterator[Path]:
    """Yield a folder with two nodes, for which everything is imported that commands import late.

    This Python may be where only root can read.
    """
    with tempfile.TemporaryDirectory(prefix="nr-") as name:
        place = Path(name)
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
        (place / "tree").mkdir()
        (place / "tree" / "a").touch()
        other.good("send", str(place / "tree"), str(place / "loaded.card"), "--to", "loaded")
        other.good("pause", "loaded")
        yield place


@pytest.fixture
def place(loaded: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="nr-") as name:
        shutil.copytree(loaded, name, symlinks=True, dirs_exist_ok=True)
        Path(name).chmod(0o755)
        yield Path(name)


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


@contextmanager
def member_of_the_group() -> Iterator[None]:
    """Act as a member of the group in the block."""
    groups = os.getgroups()
    os.setgroups([OWNER])
    os.setegid(MEMBER)
    os.seteuid(MEMBER)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def test_a_member_of_the_group_looks_without_sudo(shelf: CommandLine) -> None:
    """The home is as the package creates it, and the node has its database open."""
    shelf.home.path.chmod(0o2750)
    shelf.runtime.chmod(0o750)
    with shelf.environment(), acting_as_owner(shelf.home):
        database = open_database(shelf.home, "importer")
        bell = ProcessBell(shelf.runtime, "importer")
    try:
        with member_of_the_group():
            status = shelf.good("status")
            jobs = shelf.good("jobs")
            code, refused = shelf.bad("pause", "boat")
    finally:
        bell.close()
        database.close()
    assert status.startswith("shelf  ")
    assert jobs
    assert code == Exit.NOT_PERMITTED, refused


def as_member(act: Callable[[], None]) -> bool:
    """Act in a process of a member of the group; return whether the kernel let it happen."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.seteuid(0)
            os.setgroups([OWNER])
            os.setresgid(MEMBER, MEMBER, MEMBER)
            os.setresuid(MEMBER, MEMBER, MEMBER)
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


class Attacker:
    """A member of the group who is always in time: exchanges what `send` makes for a link.

    He acts before and after each call of root's process that has the name of the hidden copy.
    """

    def __init__(self, folder: Path, victim: Path) -> None:
        self.folder = folder
        self.victim = victim
        self.acted: list[bool] = []
        self._is_acting = False

    def attack(self, patched: pytest.MonkeyPatch) -> None:
        """Act from now on."""
        for name in ("open", "mkdir", "stat", "lstat", "scandir", "rmdir", "unlink", "chmod"):
            patched.setattr(os, name, self._around(getattr(os, name)))

    def _around(self, call: Callable[..., object]) -> Callable[..., object]:
        def attacked(path: object, *arguments: object, **options: object) -> object:
            name = os.fsencode(path) if isinstance(path, str | bytes | Path) else b""
            if self._is_acting or b"/.netrelay-" not in b"/" + name:
                return call(path, *arguments, **options)
            hidden = self.folder / os.fsdecode(b"/" + name).rpartition("/")[2]
            self._exchange(hidden)
            try:
                return call(path, *arguments, **options)
            finally:
                self._exchange(hidden)

        return attacked

    def _exchange(self, hidden: Path) -> None:
        def act() -> None:
            hidden.rename(hidden.with_name(f".aside{len(self.acted)}"))
            hidden.symlink_to(self.victim)

        self._is_acting = True
        if os.path.lexists(hidden) and not hidden.is_symlink():
            self.acted.append(as_member(act))
        self._is_acting = False


@pytest.mark.parametrize("mode", [0o3775, 0o2775], ids=["sticky", "as it was before"])
@pytest.mark.parametrize("kind", ["file", "directory"])
def test_a_member_of_the_group_gets_nothing_of_roots(
    shelf: CommandLine, place: Path, monkeypatch: pytest.MonkeyPatch, kind: str, mode: int
) -> None:
    peer = CommandLine(place / "peer")
    peer.good("id", "--card", str(place / "peer.card"))
    shelf.good("peer", "add", str(place / "peer.card"))
    folder = shelf.home.drop / "peer"
    folder.chmod(mode)
    victim = private(place) / "victim"
    if kind == "directory":
        victim.mkdir(mode=0o700)
        (victim / "kept").write_text("kept")
    else:
        victim.write_text("kept")
        victim.chmod(0o600)
    before = victim.stat()
    source = place / "tree" if kind == "directory" else place / "loaded.card"
    attacker = Attacker(folder, victim)
    with monkeypatch.context() as patched:
        attacker.attack(patched)
        outcome = shelf("send", str(source), "--to", "peer", "--as", "sent")
    after = victim.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (0, 0, before.st_mode)
    kept = victim / "kept" if kind == "directory" else victim
    assert kept.read_text() == "kept"
    assert set(attacker.acted) == ({False} if mode & 0o1000 else {True})
    if mode & 0o1000:
        assert outcome.code == 0, outcome
        assert (folder / "sent").exists()


def test_a_sweep_of_roots_removes_nothing_of_roots(
    shelf: CommandLine, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member makes what looks like the rest of a killed `send`, and exchanges it meanwhile."""
    peer = CommandLine(place / "peer")
    peer.good("id", "--card", str(place / "peer.card"))
    shelf.good("peer", "add", str(place / "peer.card"))
    folder = shelf.home.drop / "peer"
    victim = private(place) / "victim"
    victim.mkdir()
    (victim / "kept").touch()
    hidden = folder / ".netrelay-0"
    assert as_member(lambda: (hidden / "inner").mkdir(parents=True))
    attacker = Attacker(folder, victim)
    with monkeypatch.context() as patched:
        attacker.attack(patched)
        shelf.good("send", str(place / "loaded.card"), "--to", "peer", "--as", "sent")
    assert True in attacker.acted
    assert (victim / "kept").exists()


def test_a_member_takes_away_what_is_his_and_the_node_takes_all(
    shelf: CommandLine, place: Path
) -> None:
    folder = shelf.home.drop / "peer"
    with shelf.environment(), acting_as_owner(shelf.home):
        make_drop_folder(folder)
        (folder / "of the node").touch()
    assert as_member(lambda: (folder / "his").touch())
    assert as_member(lambda: (folder / "his").unlink())
    assert as_member(lambda: (folder / "his").touch())
    assert not as_member(lambda: (folder / "of the node").unlink())
    with acting_as_owner(shelf.home):
        claims = Claims(shelf.home.path, shelf.home.claims)
        claimed = claims.claim(folder, "peer", [b"his", b"of the node"])
    assert [item.name for item in claimed] == [b"his", b"of the node"]


def test_a_directory_that_a_member_sends_can_be_claimed(shelf: CommandLine, place: Path) -> None:
    peer = CommandLine(place / "peer")
    peer.good("id", "--card", str(place / "peer.card"))
    shelf.good("peer", "add", str(place / "peer.card"))
    shelf.runtime.chmod(0o750)
    folder = shelf.home.drop / "peer"
    with shelf.environment(), acting_as_owner(shelf.home):
        database = open_database(shelf.home, "importer")
    try:
        with member_of_the_group():
            shelf.good("send", str(place / "tree"), "--to", "peer")
    finally:
        database.close()
    assert (folder / "tree").stat().st_uid == MEMBER
    with acting_as_owner(shelf.home):
        claims = Claims(shelf.home.path, shelf.home.claims)
        (claimed,) = claims.claim(folder, "peer", [b"tree"])
        remove_claims(shelf.home.path, [claimed.path])
    assert list(folder.iterdir()) == []


def test_a_home_of_roots_is_roots(place: Path) -> None:
    line = CommandLine(place / "shelf")
    line.good("init", "shelf")
    with line.environment(), acting_as_owner(Home(line.home.path)):
        assert os.geteuid() == 0
    assert owners(line.home.path) == {0}


def test_a_python_that_the_owner_may_not_read_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = of_owner(place, "buoy").home
    private = place / "private"
    private.touch(mode=0o600)
    monkeypatch.setattr(os, "__file__", str(private))
    with (
        pytest.raises(CommandError, match="user nobody, who may not read, or execute, the Python"),
        acting_as_owner(home),
    ):
        raise ModuleNotFoundError("argparse")
    assert os.geteuid() == 0
    monkeypatch.setattr(os, "__file__", "/etc/passwd")
    with pytest.raises(ModuleNotFoundError), acting_as_owner(home):
        raise ModuleNotFoundError("argparse")


@pytest.mark.parametrize("hidden", ["python", "modules"])
def test_root_does_not_become_an_owner_who_may_not_run_python(
    place: Path, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    """Before, `up` started processes that ended at once, for ever."""
    home = of_owner(place, "buoy").home
    private = place / "private"
    private.mkdir(mode=0o700)
    (private / "python").touch(mode=0o755)
    if hidden == "python":
        monkeypatch.setattr(sys, "executable", str(private / "python"))
    else:
        monkeypatch.setattr("netrelay.__file__", str(private / "python"))

    def become() -> str:
        try:
            become_owner(home)
        except CommandError as error:
            return f"{int(error.exit_code)} {error}"
        return "nothing was said"

    said = in_a_process(become)
    assert said.startswith("77 ")
    assert "who may not read, or execute, the Python" in said
    assert "type the command with a netrelay that this user may read" in said


def in_a_process(work: Callable[[], str]) -> str:
    """Return what a function returns in a process of its own, which may give up its rights."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, work().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said
