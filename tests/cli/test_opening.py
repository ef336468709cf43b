"""Connections to the database that a command opens, and the state that its parts see."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from netrelay.cli.checks import peer_findings
from netrelay.cli.queries.stand_ins import awaited
from netrelay.store.database import ReadOnlyDatabase
from tests.cli.checked import check
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, walks

# The integrity check of `check` has one of its own: it names what keeps another from opening.
READING = {"check": 2, "check --line": 2} | dict.fromkeys(
    (
        *("status", "status --json", "id", "why boat", "why {job}", "show {job}", "trace {job}"),
        *("jobs", "peer ls", "peer ls boat", "peer ways boat", "inbox", "top --once"),
        *("budget boat", "limit boat", "window boat", "group ls", "logs"),
    ),
    1,
)
# One reads, before anything is copied or numbered; one writes, however many files there are.
WRITING = {"pause boat": 1, "resume boat": 1} | dict.fromkeys(
    (
        *("send {file} {file} --to boat", "send {file} --to boat --priority 7"),
        *("message hello --to boat", "retry {dead}", "cancel {job}"),
        "card-state --boot {folder}",
    ),
    2,
)


@contextmanager
def counted_openings() -> Iterator[list[str]]:
    """Yield the files of the connections that are opened inside the block."""
    opened: list[str] = []

    def note(connection: apsw.Connection) -> None:
        opened.append(connection.filename)

    apsw.connection_hooks.append(note)
    try:
        yield opened
    finally:
        apsw.connection_hooks.remove(note)


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


@pytest.mark.parametrize(("words", "most"), [*READING.items(), *WRITING.items()])
def test_a_command_opens_the_database_once_to_read_and_once_to_write(
    shelf: CommandLine, tmp_path: Path, words: str, most: int
) -> None:
    with walks(shelf) as node:
        job = node.claim("boat", "film.mkv", 3 * MIB)
        dead = node.claim("boat", "dead.mkv", 3 * MIB)
        node.report("expired", "processor_s", f"id = {dead}")
    file = tmp_path / "photo"
    file.write_bytes(b"x")
    shelf.home.make_folders()
    (shelf.home.drop / "boat").mkdir(exist_ok=True)
    given = {"job": job, "dead": dead, "file": file, "folder": tmp_path}
    with counted_openings() as opened:
        outcome = shelf(*words.format(**given).split())
    assert outcome.code in (0, 1, 2), outcome
    assert len(opened) == most, outcome


def test_all_checks_of_peers_see_one_state(
    homes: Place, shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    deck = homes.node("deck", "--address", "127.0.0.3")
    deck.good("id", "--card", str(homes.folder / "deck.card"))
    shelf.good("peer", "add", str(homes.folder / "deck.card"))
    shelf.good("peer", "route", "boat", "--via", "deck")

    def remove_meanwhile(database: ReadOnlyDatabase) -> dict[str, list[str]]:
        shelf.good("peer", "rm", "boat")
        return awaited(database)

    monkeypatch.setattr(peer_findings, "awaited", remove_meanwhile)
    _, found = check(shelf)
    assert any("boat: its files come by deck" in text for _, text, *_ in found["peers"])
    monkeypatch.undo()
    _, found = check(shelf)
    assert not any("boat" in text for _, text, *_ in found["peers"])
