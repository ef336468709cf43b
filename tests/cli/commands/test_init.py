"""`netrelay init`: a complete node, or one that the same command completes."""

import os
from pathlib import Path
from typing import Any

import pytest

from netrelay.cli.commands import init
from netrelay.runtime.clock import system_clock
from netrelay.runtime.config import load
from netrelay.runtime.home import Home
from netrelay.seal.identity import load as load_identity
from netrelay.store.database import ReadOnlyDatabase
from tests.cli.command_line import CommandLine, Place

NOBODY = 65534  # of every Linux, with no rights (base-passwd)


def self_of(home: Home) -> tuple[Any, ...]:
    database = ReadOnlyDatabase(home.database, system_clock())
    row = database.row("SELECT node, name, ipaddress, commsport, dataports, epoch FROM selfinfo")
    database.close()
    assert row is not None
    return row


def test_a_new_node_is_whole(homes: Place) -> None:
    shelf = homes.line("shelf")
    out = shelf.good(
        "init", "shelf", "--address", "127.0.0.9", "--commsport", "7001", "--dataport", "7002"
    )
    home = shelf.home
    identity = load_identity(home.keys)
    assert self_of(home)[:5] == (identity.node_id, "shelf", "127.0.0.9", 7001, "[7002]")
    config = load(home.config)
    assert (config.name, config.address, config.commsport) == ("shelf", "127.0.0.9", 7001)
    for word in (identity.node_id, str(home.drop), str(home.inbox), "netrelay up", "peer add"):
        assert word in out
    assert home.drop.is_dir()
    assert home.staging.is_dir()


def test_two_nodes_have_two_epochs_and_two_identities(homes: Place) -> None:
    one, other = homes.node("one"), homes.node("other")
    assert self_of(one.home)[0] != self_of(other.home)[0]
    assert self_of(one.home)[5] != self_of(other.home)[5]


def test_keys_that_were_there_are_kept_and_what_that_means_is_said(homes: Place) -> None:
    shelf = homes.line("shelf")
    assert "keys were here already" not in shelf.good("init", "shelf")
    before = self_of(shelf.home)[0]
    for path in shelf.home.path.glob(f"{shelf.home.database.name}*"):
        path.unlink()
    out = shelf.good("init", "shelf")
    assert "Its keys were here already" in out
    assert self_of(shelf.home)[0] == before


def test_an_existing_node_is_refused_and_stays(homes: Place) -> None:
    shelf = homes.node("shelf")
    before = self_of(shelf.home)
    code, line = shelf.bad("init", "other")
    assert code == 73
    assert "already holds a node" in line
    assert self_of(shelf.home) == before


@pytest.mark.parametrize("place", ["drop", "drop/boat/deep", "inner"])
def test_a_folder_inside_another_nodes_home_is_refused(homes: Place, place: str) -> None:
    shelf = homes.node("shelf")
    backup = homes.folder / "shelf.backup"
    shelf.good("backup", str(backup))
    inner = homes.line(f"shelf/{place}")
    for words in (("init", "other"), ("restore", str(backup))):
        code, line = inner.bad(*words)
        assert code == 73
        assert f"is inside the home of another node, {shelf.home.path}; " in line
    assert not inner.home.database.exists()


def test_a_checkout_is_no_home(homes: Place) -> None:
    line = homes.line("netrelay")
    (line.home.path / "netrelay").mkdir(parents=True)
    (line.home.path / "netrelay" / "__init__.py").touch()
    code, text = line.bad("init", "shelf")
    assert code == 73
    assert "is a checkout of netrelay itself" in text
    assert "netrelay init shelf --home DIR" in text


@pytest.mark.parametrize("name", ["", "Shelf", "a b", "-x", "../x", "x" * 32, "é", "a\n"])
def test_a_bad_name_says_what_is_allowed(homes: Place, name: str) -> None:
    line = homes.line("shelf")
    code, text = line.bad("init", "--", name) if name == "-x" else line.bad("init", name)
    assert code == 64
    assert "1 to 31 of a-z, 0-9 and -" in text
    assert not line.home.path.exists()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--address", "shelf.local"], "an IPv4 or IPv6 address"),
        (["--commsport", "0"], "1 to 65535"),
        (["--commsport", "70000"], "1 to 65535"),
        (["--dataport", "x"], "1 to 65535"),
        (["--dataport", "7411"], "two different ports"),
        (["--dataport", "1", "--dataport", "1"], "different ports"),
        ([f"--dataport={port}" for port in range(1, 6)], "1 to 4"),
    ],
)
def test_bad_options_say_what_is_allowed(homes: Place, options: list[str], word: str) -> None:
    line = homes.line("shelf")
    code, text = line.bad("init", "shelf", *options)
    assert code == 64
    assert word in text
    assert not line.home.path.exists()


def test_a_folder_of_somebody_else_is_refused(homes: Place) -> None:
    line = homes.line("pictures")
    line.home.path.mkdir()
    (line.home.path / "cat.jpg").touch()
    code, text = line.bad("init", "shelf")
    assert code == 73
    assert "'cat.jpg'" in text
    assert [entry.name for entry in line.home.path.iterdir()] == ["cat.jpg"]


class Killed(BaseException):
    """The end of the program, at this point."""


def interrupted(line: CommandLine, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Begin `init shelf`, and end the program at a step."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(init, step, die)
        with pytest.raises(Killed):
            line("init", "shelf", "--address", "127.0.0.7")


@pytest.mark.parametrize("step", ["_make_config", "_make_identity", "create_database"])
def test_a_half_made_home_says_how_it_is_finished_and_is(
    homes: Place, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    line = homes.line("shelf")
    interrupted(line, monkeypatch, step)
    code, text = line.bad("status")
    assert code == 78
    assert "netrelay init NAME" in text
    line.good("init", "shelf")
    assert load_identity(line.home.keys).node_id == self_of(line.home)[0]


def test_what_a_half_made_home_says_is_kept(homes: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    line = homes.line("shelf")
    interrupted(line, monkeypatch, "create_database")
    identity = load_identity(line.home.keys).node_id
    code, text = line.bad("init", "other")
    assert code == 73
    assert "'shelf'" in text
    assert "netrelay init shelf" in text
    line.good("init", "shelf")
    assert self_of(line.home)[:3] == (identity, "shelf", "127.0.0.7")


def test_half_an_identity_is_never_completed_with_new_keys(
    homes: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = homes.line("shelf")
    interrupted(line, monkeypatch, "create_database")
    lost: Path = line.home.keys / "sealing.key"
    lost.unlink()
    code, text = line.bad("init", "shelf")
    assert code == 73
    assert str(lost) in text
    assert not lost.exists()


def test_a_file_system_of_its_own_may_be_the_home(homes: Place) -> None:
    line = homes.line("mounted")
    (line.home.path / "lost+found").mkdir(parents=True)
    line.good("init", "mounted")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a node for somebody else")
def test_root_makes_the_node_of_whoever_owns_the_folder(homes: Place) -> None:
    shelf = homes.line("shelf")
    shelf.home.path.mkdir()
    os.chown(shelf.home.path, NOBODY, NOBODY)
    # The folders above belong to root and are of this test only.
    for folder in shelf.home.path.parents:
        if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001:
            folder.chmod(0o711)
    shelf.runtime.mkdir()
    os.chown(shelf.runtime, NOBODY, NOBODY)
    shelf.good("init", "shelf")
    made = [shelf.home.path, *shelf.home.path.rglob("*")]
    assert shelf.home.database in made
    assert [path for path in made if path.lstat().st_uid != NOBODY] == []
    assert os.geteuid() == 0
