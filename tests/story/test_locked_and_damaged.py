"""Running nodes whose database another program locks, or a failing card damages."""

import sqlite3
from contextlib import ExitStack
from functools import partial

from tests.store.foreign_program import foreign_program
from tests.story.nodes import Homes, RunningNode, wait_for


def test_transfers_go_on_after_a_foreign_lock(homes: Homes) -> None:
    """No process ends, whatever it was doing; both nodes name the program while it has the lock."""
    pair = homes.pair()
    shelf, boat = pair
    pair.start()
    first = shelf.drop("boat", "first.txt", b"first")
    boat.wait_for_delivery("shelf", first)
    pair.wait_until_settled()
    pids = sorted(shelf.pids() + boat.pids())
    with ExitStack() as stack:
        programs = [
            stack.enter_context(foreign_program(node.home.database, "BEGIN IMMEDIATE"))
            for node in pair
        ]
        dropped = [
            (shelf, boat, shelf.drop("boat", "second.txt", b"second")),
            (boat, shelf, boat.drop("shelf", "third.txt", b"third")),
        ]
        for node, program in zip(pair, programs, strict=True):
            words = f"is locked by {program.text}, which is not netrelay"
            assert f"the database {words}" in node.line.good("status")
            assert f"{node.home.database} {words}" in node.line("check").out
            wait_for(f"{words} of importer", partial(says, node, words))
    for source, destination, file in dropped:
        destination.wait_for_delivery(source.name, file)
    pair.wait_until_settled()
    assert sorted(shelf.pids() + boat.pids()) == pids
    for node in pair:
        assert not node.errors()
        assert node.rows("SELECT 1 FROM logs WHERE event = 'database-locked'")
        assert "is not locked any more" in node.log.read_text()
        assert "Traceback" not in node.log.read_text()
        assert node.line("check").code == 0


def says(node: RunningNode, words: str) -> bool:
    return f"netrelay importer: {node.home.database} {words}" in node.log.read_text()


def damage(node: RunningNode, table: str) -> None:
    """Overwrite the first page of a table of a running node, as a failing card does."""
    connection = sqlite3.connect(node.home.database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ((page,),) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
    ).fetchall()
    connection.close()
    with node.home.database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


def test_damage_while_it_runs_is_one_clear_word_and_a_way_on(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair
    pair.start()
    boat.wait_for_delivery("shelf", shelf.drop("boat", "before.txt", b"before"))
    pair.wait_until_settled()
    damage(shelf, "files")
    dropped = shelf.drop("boat", "after.txt", b"after")
    assert shelf.wait_for_end() == 78
    said = shelf.log.read_text()
    assert f"{shelf.home.database} is damaged (" in said
    assert "Traceback" not in said
    assert "starting it again in" not in said
    keys = str(homes.folder / "shelf.keys")
    for words in ("status", "check"):
        answer = shelf.line(words)
        assert "is damaged" in answer.out + answer.err
    code, text = shelf.line.bad("backup", str(homes.folder / "shelf.backup"))
    assert (code, "backup --identity FILE" in text) == (78, True)
    shelf.line.good("backup", "--identity", keys)
    shelf.line.good("restore", keys, "--replace")
    shelf.enrol(boat, "deliver")
    shelf.start()
    boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    assert shelf.line("check").code == 0
