"""`netrelay backup` and `restore` where the database is damaged: found, named, and got over."""

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from netrelay.runtime.damage_note import note_of_damage
from netrelay.store import foreign_lock
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, walks
from tests.store.foreign_program import foreign_program


def settle(database: Path) -> None:
    """Copy the WAL into the file, so that damage to the file is damage to the database."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def page_of(database: Path, name: str) -> int:
    connection = sqlite3.connect(database)
    ((page,),) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
    ).fetchall()
    connection.close()
    return int(page)


def overwrite(database: Path, page: int, content: bytes) -> None:
    with database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(content)


def spoil_table(database: Path) -> None:
    overwrite(database, page_of(database, "events"), b"\xff" * 4096)


def spoil_header(database: Path) -> None:
    overwrite(database, 1, b"\x00" * 100)


def cut_short(database: Path) -> None:
    with database.open("r+b") as file:
        file.truncate(database.stat().st_size - 8 * 4096)


def empty_index(database: Path) -> None:
    """Make an index forget its rows, as a page that the card lost: quick_check does not see it."""
    leaf = bytes([10]) + bytes(4) + (4096).to_bytes(2, "big") + bytes(1)
    overwrite(database, page_of(database, "messages_lifetime"), leaf + bytes(4096 - len(leaf)))


DAMAGES = [spoil_table, spoil_header, cut_short, empty_index]


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node with a job, whose WAL is empty."""
    line = homes.pair()[0]
    with walks(line) as node:
        node.claim("boat", "film.mkv", 3 * MIB)
    settle(line.home.database)
    return line


@pytest.mark.parametrize("spoil", DAMAGES)
def test_a_damaged_database_is_named_and_nothing_is_written(
    homes: Place, shelf: CommandLine, spoil: Callable[[Path], None]
) -> None:
    file = homes.folder / "shelf.backup"
    spoil(shelf.home.database)
    code, text = shelf.bad("backup", str(file))
    assert code == 78
    assert text.startswith(f"netrelay: {shelf.home.database} is damaged (")
    for words in ("restore FILE --replace", "backup --identity FILE"):
        assert re.search(rf"`netrelay {words} --home \S+`", text), text
    assert [path for path in homes.folder.iterdir() if "backup" in path.name] == []


@pytest.mark.parametrize("spoil", DAMAGES)
def test_keys_and_configuration_of_it_make_the_node_anew(
    homes: Place, shelf: CommandLine, spoil: Callable[[Path], None]
) -> None:
    file = str(homes.folder / "shelf.keys")
    node = json.loads(shelf.good("id", "--json"))["node"]
    spoil(shelf.home.database)
    out = shelf.good("backup", "--identity", file)
    assert "keys and configuration of shelf" in out
    assert "no database" in out
    out = shelf.good("restore", file, "--replace")
    assert "with a new database: it has no job" in out
    assert "peer add CARD" in out
    assert json.loads(shelf.good("id", "--json"))["node"] == node
    assert shelf.good("jobs", "--json") == ""
    assert "ok    database   whole" in shelf("check").out
    assert shelf.home.database.with_name("netrelay.db.before-restore").exists()


def test_what_a_backup_holds_can_be_restored(homes: Place, shelf: CommandLine) -> None:
    """Also where the name was changed and the node has not started since."""
    config = shelf.home.config
    config.write_text(config.read_text().replace('name = "shelf"', 'name = "board"'))
    file = str(homes.folder / "board.backup")
    shelf.good("backup", file)
    assert "is back in" in shelf.good("restore", file, "--replace")
    assert json.loads(shelf.good("jobs", "--json"))["name"] == "film.mkv"


def test_a_backup_of_another_nodes_keys_is_refused(homes: Place, shelf: CommandLine) -> None:
    other = homes.node("other")
    for key in shelf.home.keys.iterdir():
        key.write_bytes((other.home.keys / key.name).read_bytes())
    code, text = shelf.bad("backup", str(homes.folder / "mixed.backup"))
    assert (code, "of different nodes" in text) == (78, True)


@pytest.mark.parametrize("spoil", DAMAGES)
def test_check_names_it(shelf: CommandLine, spoil: Callable[[Path], None]) -> None:
    spoil(shelf.home.database)
    answer = shelf("check")
    assert answer.code == 2
    assert f"fail  database   {shelf.home.database} is damaged (" in answer.out
    assert "backup --identity FILE" in answer.out


def test_status_and_check_name_what_a_process_found(shelf: CommandLine) -> None:
    note = note_of_damage(shelf.home.database)
    note.write_text("importer found it at 2026-11-28 09:00:00 (UTC): malformed\n")
    out = shelf.good("status")
    assert "data  the database is damaged: importer found it at 2026-11-28" in out
    assert "backup --identity FILE" in out
    assert json.loads(shelf.good("status", "--json"))["database_damage"].startswith("importer")
    assert "fail  database" in shelf("check").out


def test_a_restored_database_has_no_note(homes: Place, shelf: CommandLine) -> None:
    file = str(homes.folder / "shelf.backup")
    shelf.good("backup", file)
    note_of_damage(shelf.home.database).write_text("importer found it\n")
    shelf.good("restore", file, "--replace")
    assert not note_of_damage(shelf.home.database).exists()


def test_a_foreign_lock_is_named(shelf: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_lock, "_PATIENCE_S", 0.1)
    with foreign_program(shelf.home.database, "BEGIN IMMEDIATE") as program:
        words = f"is locked by {program.text}, which is not netrelay"
        assert f"data  the database {words}" in shelf.good("status")
        assert f" But the database {words}: nothing is stored" in shelf.good("why", "film.mkv")
        assert json.loads(shelf.good("status", "--json"))["database_locked_by"] == program.text
        assert f"fail  database   {shelf.home.database} {words}" in shelf("check").out
        code, text = shelf.bad("pause", "boat")
        assert (code, f"{shelf.home.database} {words}" in text) == (75, True), text
    shelf.good("pause", "boat")
    assert "data  " not in shelf.good("status")
    assert "locked" not in shelf.good("why", "film.mkv")
