"""Commands of a netrelay whose tables are newer than those of the home, or of a backup."""

import json
import os
import sqlite3
import tarfile
from pathlib import Path

import apsw
import pytest

from netrelay.runtime.single_instance import lock_process
from netrelay.store.engine_functions import register_functions
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, walks
from tests.store.database_dump import dump
from tests.store.next_schema import NextSchema


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node that is down, with a job."""
    line = homes.pair()[0]
    with walks(line) as node:
        node.claim("boat", "film.mkv", 3 * MIB)
    return line


@pytest.fixture
def schema(homes: Place) -> NextSchema:
    """Return the schema of the next version; a test installs it."""
    return NextSchema(homes.folder / "sql")


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        assert isinstance(version, int)
        return version
    finally:
        connection.close()


def names(line: CommandLine) -> list[str]:
    return [json.loads(text)["name"] for text in line.good("jobs", "--json").splitlines()]


# A home with older tables


@pytest.mark.parametrize("words", [("status",), ("jobs",), ("why", "1"), ("sql", "SELECT 1")])
def test_a_command_that_only_reads_reports_it_and_changes_nothing(
    shelf: CommandLine, schema: NextSchema, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    before = dump(shelf.home.database)
    schema.install(monkeypatch)
    code, line = shelf.bad(*words)
    assert code == 78
    assert line == (
        f"netrelay: {shelf.home.database} has schema version {schema.present}, this netrelay knows"
        f" {schema.version}: it is migrated when the node is started or restarted"
        f" (`netrelay up --home {shelf.home.path}`, or `sudo systemctl restart netrelay.target`)."
        f" While the node is down, `netrelay resume NODE --home {shelf.home.path}` and all other"
        " commands that change something migrate it too"
    )
    assert dump(shelf.home.database) == before


def test_a_command_that_writes_migrates_it_while_the_node_is_down(
    shelf: CommandLine, schema: NextSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.install(monkeypatch)
    shelf.good("pause", "boat")
    assert version_of(shelf.home.database) == schema.version
    assert names(shelf) == ["film.mkv"]
    logged = shelf.good("logs")
    assert f"from schema version {schema.present} to {schema.version}" in logged
    assert shelf.home.database.with_name(f"netrelay.db.before-{schema.version}").exists()


def test_a_command_that_writes_leaves_a_node_that_runs_alone(
    shelf: CommandLine, schema: NextSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = lock_process(shelf.runtime, "sender")
    before = dump(shelf.home.database)
    schema.install(monkeypatch)
    code, line = shelf.bad("pause", "boat")
    os.close(place)
    assert (code, line) == (
        75,
        f"netrelay: {shelf.home.database} has to be migrated for this netrelay, and an older one"
        f" still runs: sender of this home runs already, as process {os.getpid()}; restart the"
        " node",
    )
    assert dump(shelf.home.database) == before


def test_a_command_that_writes_reports_a_migration_that_fails(
    shelf: CommandLine, schema: NextSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(shelf.home.database)
    schema.write_migration(2, "rebuilt", "SELECT 1 FROM nowhere;")
    schema.install(monkeypatch)
    code, line = shelf.bad("pause", "boat")
    assert code == 78
    assert f"migration {schema.version:04}_rebuilt.sql failed: " in line
    assert "Nothing has changed: install the netrelay that was there before" in line
    assert dump(shelf.home.database) == before


# Backups


@pytest.fixture
def backup(homes: Place, shelf: CommandLine) -> Path:
    """Return a backup that the present netrelay made."""
    file = homes.folder / "shelf.backup"
    shelf.good("backup", str(file))
    return file


def described(file: Path) -> dict[str, object]:
    with tarfile.open(file) as archive:
        content = archive.extractfile("backup.json")
        assert content is not None
        found = json.load(content)
        assert isinstance(found, dict)
        return found


def changed(file: Path, statement: str) -> Path:
    """Return a copy of a backup in which a statement changed the database."""
    made = file.with_suffix(".changed")
    database = file.with_suffix(".db")
    with tarfile.open(file) as before, tarfile.open(made, "w") as after:
        for entry in before:
            content = before.extractfile(entry)
            assert content is not None
            if entry.name == "netrelay.db":
                database.write_bytes(content.read())
                connection = apsw.Connection(str(database))
                register_functions(connection, lambda: 0.0, lambda _: 1)
                connection.execute(statement)
                connection.close()
                after.add(database, entry.name)
            else:
                after.addfile(entry, content)
    return made


def test_no_backup_is_made_of_older_tables(
    homes: Place, shelf: CommandLine, schema: NextSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its description would name tables that are not in it."""
    schema.install(monkeypatch)
    file = homes.folder / "made"
    code, line = shelf.bad("backup", str(file))
    assert (code, "it is migrated when the node is started" in line) == (78, True)
    assert not file.exists()
    shelf.good("pause", "boat")
    shelf.good("backup", str(file))
    assert described(file)["schema"] == schema.version


@pytest.mark.parametrize("in_place", [False, True])
def test_the_backup_of_an_older_netrelay_is_restored_and_migrated(
    homes: Place,
    shelf: CommandLine,
    schema: NextSchema,
    backup: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_place: bool,
) -> None:
    archive = backup.read_bytes()
    assert described(backup)["schema"] == schema.present
    schema.install(monkeypatch)
    line = shelf if in_place else homes.line("other")
    line.good("restore", str(backup), *(["--replace"] if in_place else []))
    assert version_of(line.home.database) == schema.version
    assert names(line) == ["film.mkv"]
    assert "ok    database   whole" in line("check").out
    # The archive is the copy of what was before.
    assert backup.read_bytes() == archive
    assert not list(line.home.path.glob("netrelay.db.before-[0-9]*"))
    if in_place:
        aside = line.home.database.with_name("netrelay.db.before-restore")
        assert version_of(aside) == schema.present


@pytest.mark.parametrize(
    ("version", "why"),
    [(99, "install the netrelay that wrote it, or a newer one"), (1, "install the netrelay that")],
)
def test_a_backup_with_tables_that_nothing_leads_from_changes_nothing(
    shelf: CommandLine, backup: Path, version: int, why: str
) -> None:
    spoilt = changed(backup, f"PRAGMA user_version = {version}")
    before = dump(shelf.home.database)
    code, line = shelf.bad("restore", str(spoilt), "--replace")
    assert code == 65
    assert f"netrelay.db has schema version {version}" in line
    assert why in line
    assert dump(shelf.home.database) == before
    assert not list(shelf.home.path.glob(".restore-*"))


def test_a_backup_that_cannot_be_migrated_changes_nothing(
    shelf: CommandLine, schema: NextSchema, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt = changed(backup, "INSERT INTO bodies VALUES (4711, x'')")
    before = dump(shelf.home.database)
    schema.install(monkeypatch)
    code, line = shelf.bad("restore", str(spoilt), "--replace")
    assert code == 65
    assert "row 4711 of bodies refers to no row of messages" in line
    assert dump(shelf.home.database) == before
