"""`netrelay backup` and `netrelay restore`."""

import fcntl
import io
import json
import os
import re
import shutil
import stat
import tarfile
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node with a job whose file is claimed."""
    line = homes.pair()[0]
    with walks(line) as node:
        node.claim("boat", "film.mkv", 3 * MIB)
    claimed = line.home.claims / "boat" / "1"
    claimed.mkdir(parents=True)
    (claimed / "film.mkv").write_bytes(b"x")
    return line


def epoch(line: CommandLine) -> str:
    return line.good("sql", "SELECT hex(epoch) FROM selfinfo", "--csv").splitlines()[1]


def test_a_node_is_back_as_it_was_with_a_new_epoch(homes: Place, shelf: CommandLine) -> None:
    file = homes.folder / "shelf.backup"
    out = shelf.good("backup", str(file))
    assert "1 file (3 MiB) that wait" in out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = shelf.good("id"), shelf.good("jobs", "--json"), epoch(shelf)
    config = shelf.home.config.read_text()
    shutil.rmtree(shelf.home.path)
    out = shelf.good("restore", str(file))
    assert "shelf is back in" in out
    assert "1 file that it had taken are not in" in out
    assert shelf.good("id") == before[0]
    assert json.loads(shelf.good("jobs", "--json"))["name"] == "film.mkv"
    assert shelf.good("peer", "ls", "--json")
    assert epoch(shelf) != before[2]
    assert shelf.home.config.read_text() == config
    assert stat.S_IMODE(shelf.home.config.stat().st_mode) == 0o644
    for path in (shelf.home.keys, *shelf.home.keys.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) in (0o600, 0o700)
    assert "ok    database   whole" in shelf("check").out


def test_on_another_machine_and_in_place_of_what_is_there(homes: Place, shelf: CommandLine) -> None:
    file = str(homes.folder / "shelf.backup")
    shelf.good("backup", file)
    other = homes.line("other")
    other.good("restore", file)
    assert other.good("id", "--json") != ""
    with walks(shelf) as node:
        node.claim("boat", "later.txt", 10)
    code, line = shelf.bad("restore", file)
    assert (code, "--replace moves it aside" in line) == (73, True)
    assert "beside it" in shelf.good("restore", file, "--replace")
    names = [json.loads(text)["name"] for text in shelf.good("jobs", "--json").splitlines()]
    assert names == ["film.mkv"]
    assert shelf.home.database.with_name("netrelay.db.before-restore").exists()
    assert not (shelf.home.path / "netrelay.db-wal.before-restore.before-restore").exists()
    code, line = shelf.bad("restore", file, "--replace")
    assert (code, "is there from before" in line) == (73, True)
    assert shelf.good("status")


def test_a_backup_of_another_node_replaces_nothing(homes: Place, shelf: CommandLine) -> None:
    file = str(homes.folder / "buoy.backup")
    homes.node("buoy").good("backup", file)
    before = shelf.good("id", "--json")
    code, line = shelf.bad("restore", file, "--replace")
    assert code == 65
    assert "is of another node" in line
    assert f"restore {file} --home DIR" in line
    assert shelf.good("id", "--json") == before
    assert not list(shelf.home.path.glob("*.before-restore"))


def test_a_running_node_is_left_alone(homes: Place, shelf: CommandLine) -> None:
    file = str(homes.folder / "shelf.backup")
    shelf.good("backup", file)
    shelf.runtime.mkdir(exist_ok=True)
    held = os.open(shelf.runtime / "node.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(held, fcntl.LOCK_SH)
    code, line = shelf.bad("restore", file, "--replace")
    os.close(held)
    assert (code, "runs: stop it first" in line) == (75, True)
    assert shelf.home.database.exists()
    assert not list(shelf.home.path.glob(".restore-*"))


def test_a_backup_is_never_written_over_a_file(homes: Place, shelf: CommandLine) -> None:
    file = homes.folder / "mine"
    file.write_text("mine")
    assert shelf.bad("backup", str(file))[0] == 73
    assert file.read_text() == "mine"
    assert shelf.bad("backup", str(homes.folder / "none" / "x"))[0] == 73
    assert not list(homes.folder.glob(".netrelay-backup-*"))


def _members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        return {e.name: archive.extractfile(e).read() for e in archive}  # type: ignore[union-attr]


def _archive(file: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(file, "w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def _spoil(members: dict[str, bytes], homes: Place, how: str) -> dict[str, bytes]:
    described = json.loads(members["backup.json"])
    database = members["netrelay.db"]
    if how == "half a database":
        return {**members, "netrelay.db": database[: len(database) // 2]}
    if how == "a damaged database":
        return {**members, "netrelay.db": database[:8192] + b"\xff" * 4096 + database[12288:]}
    if how == "no key":
        return {name: content for name, content in members.items() if "key" not in name}
    if how == "another format":
        return {**members, "backup.json": json.dumps({**described, "format": 9}).encode()}
    if how == "keys of another node":
        keys = homes.node("another").home.keys
        return {
            name: (keys / name.removeprefix("keys/")).read_bytes() if "keys/" in name else content
            for name, content in members.items()
        }
    if how == "a wrong configuration":
        return {**members, "netrelay.toml": b"[node]\nname = 3\n"}
    return {name: members[name] for name in reversed(members)}


@pytest.mark.parametrize(
    "how",
    [
        "half a database",
        "a damaged database",
        "no key",
        "another format",
        "keys of another node",
        "a wrong configuration",
        "another order",
    ],
)
def test_what_is_no_whole_backup_changes_nothing(
    homes: Place, shelf: CommandLine, how: str
) -> None:
    file, spoilt = homes.folder / "shelf.backup", homes.folder / "spoilt"
    shelf.good("backup", str(file))
    _archive(spoilt, _spoil(_members(file), homes, how))
    fresh = homes.line("fresh")
    code, line = fresh.bad("restore", str(spoilt))
    assert (code, f"{spoilt} is no whole backup of netrelay: " in line) == (65, True), line
    assert not fresh.home.path.exists()


def test_names_in_an_archive_lead_nowhere(homes: Place, shelf: CommandLine) -> None:
    file = homes.folder / "shelf.backup"
    shelf.good("backup", str(file))
    members = {**_members(file), "../escaped": b"x", "/tmp/nr-escaped": b"x"}
    _archive(homes.folder / "odd", members)
    homes.line("fresh").good("restore", str(homes.folder / "odd"))
    assert not (homes.folder / "escaped").exists()
    assert not Path("/tmp/nr-escaped").exists()


def test_a_folder_of_something_else_is_no_home(homes: Place, shelf: CommandLine) -> None:
    """The folder into which `git clone` puts the checkout is where a user's home would be."""
    file = homes.folder / "shelf.backup"
    shelf.good("backup", str(file))
    checkout, film, plain = homes.line("checkout"), homes.line("films"), homes.line("plain")
    (checkout.home.path / "netrelay").mkdir(parents=True)
    (checkout.home.path / "netrelay" / "__init__.py").touch()
    film.home.path.mkdir()
    (film.home.path / "film.mkv").touch()
    plain.home.path.touch()
    for line, words in (
        (checkout, f"a checkout of netrelay itself.*netrelay restore {file} --home DIR"),
        (film, "holds 'film.mkv', which is not a node's"),
        (plain, "plain is not a folder"),
    ):
        before = sorted(line.home.path.rglob("*"))
        code, text = line.bad("restore", str(file))
        assert code == 73
        assert re.search(words, text), text
        assert sorted(line.home.path.rglob("*")) == before


def test_a_backup_may_lie_in_the_home_that_is_made_of_it(homes: Place, shelf: CommandLine) -> None:
    fresh = homes.line("fresh")
    file = fresh.home.path / "shelf.backup"
    file.parent.mkdir()
    shelf.good("backup", str(file))
    fresh.good("restore", str(file))
    assert epoch(fresh)


def test_what_an_interrupted_replacement_left_is_no_hindrance(
    homes: Place, shelf: CommandLine
) -> None:
    file = homes.folder / "shelf.backup"
    shelf.good("backup", str(file))
    for path in (shelf.home.database, shelf.home.keys, shelf.home.config):
        path.rename(path.with_name(path.name + ".before-restore"))
    shelf.good("restore", str(file))
    assert epoch(shelf)


def test_what_is_no_archive(homes: Place, shelf: CommandLine) -> None:
    assert homes.line("fresh").bad("restore", str(homes.folder / "nothing"))[0] == 66
    (homes.folder / "text").write_text("no archive")
    assert homes.line("fresh").bad("restore", str(homes.folder / "text"))[0] == 65


def test_the_copy_is_of_one_moment_while_it_is_written_to(homes: Place, shelf: CommandLine) -> None:
    """A writer commits during the copy; the restored database is whole, with all before it."""
    from threading import Event, Thread

    stop = Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            node.claim("boat", f"{number}.txt", 10)
            number += 1

    with walks(shelf) as node:
        thread = Thread(target=write)
        thread.start()
        try:
            for number in range(3):
                shelf.good("backup", str(homes.folder / f"{number}.backup"))
        finally:
            stop.set()
            thread.join()
    for number in range(3):
        line = homes.line(f"home-{number}")
        line.good("restore", str(homes.folder / f"{number}.backup"))
        assert "film.mkv" in line.good("jobs", "--limit", "100000")


def test_a_folder_and_a_folder_that_is_not_there_are_named(
    homes: Place, shelf: CommandLine
) -> None:
    code, line = shelf.bad("backup", str(homes.folder))
    assert code == 73
    assert f"{homes.folder} is a folder; allowed: a new file: `netrelay backup" in line
    assert f"{homes.folder}/shelf.backup" in line
    code, line = shelf.bad("backup", str(homes.folder / "stick" / "shelf.backup"))
    assert code == 73
    assert f"there is no folder {homes.folder}/stick: is its disk mounted?" in line


def test_a_stick_with_a_fat_which_has_no_links(
    homes: Place, shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    shelf.good("backup", str(homes.folder / "shelf.backup"))
    shelf.good("support-bundle", "-o", str(homes.folder / "shelf.tar.gz"))
    code, line = shelf.bad("backup", str(homes.folder / "shelf.backup"))
    assert (code, "is there already; allowed: a new file" in line) == (73, True)
