"""Processes of another commit run while those of this one start, as when files are replaced.

`make other-version OTHER_VERSION=COMMIT` checks out the other version, and passes its path in
NETRELAY_OTHER_CHECKOUT. It has to have an older schema. Without it these tests are skipped, as in
`make test`.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netrelay.store.schema import schema_version
from tests.store.database_dump import dump
from tests.story.nodes import KIB, MIB, Homes, RunningNode, wait_for
from tests.story.other_version import OtherVersionNode, Program
from tests.story.relays import NodeRow
from tests.story.upgrades import MIGRATED, damage, starters

_OTHER = os.environ.get("NETRELAY_OTHER_CHECKOUT")
pytestmark = pytest.mark.skipif(_OTHER is None, reason="a campaign: make other-version")

# The transfer takes half a minute at 200 KiB a second.
LARGE_BYTES, LIMIT = 6 * MIB, "200K"


class Writer:
    """Stores texts with commands of the older version, one after another, until one fails."""

    def __init__(self, line: Program, peer: str) -> None:
        self._line = line
        self._peer = peer
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.stored: list[str] = []
        self.refused: list[str] = []

    def _run(self) -> None:
        number = 0
        while not self._ends.is_set():
            number += 1
            text = f"text {number}"
            outcome = self._line("message", text, "--to", self._peer)
            if outcome.code == 0:
                self.stored.append(text)
            else:
                self.refused.append(f"{outcome.code} {outcome.err}")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Store texts while the block runs."""
        self._thread.start()
        try:
            yield
        finally:
            self._ends.set()
            self._thread.join()


@pytest.fixture
def row(homes: Homes) -> NodeRow:
    """Two running nodes that have exchanged files: alba of the older version, brno of this one."""
    assert _OTHER is not None
    alba = OtherVersionNode(homes.folder, "alba", Path(_OTHER))
    homes.nodes.append(alba)
    row = NodeRow([alba, homes.node("brno")])
    for node, peer in ((row[0], row[1]), (row[1], row[0])):
        node.configure(capacity=64 * KIB)
        node.enrol(peer, "deliver")
    row.start()
    deliver(alba, row[1], "first")
    deliver(row[1], alba, "first")
    return row


def deliver(source: RunningNode, destination: RunningNode, name: str) -> None:
    """Send a small file, and block until it is delivered."""
    destination.wait_for_delivery(source.name, source.drop(destination.name, name, os.urandom(999)))


def version(node: RunningNode) -> object:
    ((found,),) = node.rows("PRAGMA user_version")
    return found


def test_the_newer_version_waits_for_the_older_one_to_stop_and_loses_nothing(
    homes: Homes, row: NodeRow
) -> None:
    alba, brno = row
    assert isinstance(alba, OtherVersionNode)
    older = version(alba)
    assert older != schema_version(), "the other version has the same schema"
    home = alba.home.path
    upgraded = RunningNode(homes.folder, "alba", home=home, address=alba.address)
    homes.nodes.append(upgraded)
    alba.line.good("limit", "brno", LIMIT)
    large = alba.drop("brno", "large", os.urandom(LARGE_BYTES))
    alba.wait_for_rows("SELECT 1 FROM messages WHERE type = 2 AND state = 'F'")
    writer = Writer(alba.program, "brno")
    with starters(Program(home)) as started, writer.writing():
        started.wait_until_they_wait()
        deliver(alba, brno, "meanwhile")
        deliver(brno, alba, "meanwhile")
        # A process that is killed meanwhile restarts as the older version.
        for process in ("importer", "processor_s"):
            killed = alba.kill(process)
            wait_for(f"{process} again", lambda: alba.process_pid(process) != killed)  # noqa: B023
        deliver(alba, brno, "after a kill")
        assert alba.line("pause", "brno").code == 0
        assert alba.line("resume", "brno").code == 0
        assert version(alba) == older
        assert not upgraded_at(home)
        wait_for("texts of the older version", lambda: len(writer.stored) > 3)
        alba.stop()
        started.wait_until_ready()
        assert version(upgraded) == schema_version()
        wait_for("a command of the older version to be refused", lambda: writer.refused)
        deliver(upgraded, brno, "afterwards")
        deliver(brno, upgraded, "afterwards")
        upgraded.line.good("limit", "brno", "none")
        brno.wait_for_delivery("alba", large)
        for node in (upgraded, brno):
            node.wait_until_settled()
        assert set(started.stop().values()) == {0}
    # Every command that exited with 0 took effect once, and every other one not at all.
    print(len(writer.stored), "texts stored;", *sorted(set(writer.refused)), sep="\n")
    texts = sorted(str(text) for (text,) in brno.rows("SELECT text FROM texts"))
    assert texts == sorted(writer.stored)
    names = ["after a kill", "afterwards", "first", "large", "meanwhile"]
    assert brno.inbox_names("alba") == names
    assert upgraded.inbox_names("brno") == ["afterwards", "first", "meanwhile"]
    assert len(upgraded.rows(MIGRATED)) == 1
    assert [damage(node) for node in (upgraded, brno)] == [[], []]
    assert [node.errors() for node in (upgraded, brno)] == [[], []]


def upgraded_at(home: Path) -> list[Path]:
    """Return the copies that a migration has made in a home."""
    return list(home.glob("netrelay.db.before-*"))


def test_the_older_version_is_refused_by_the_newer_tables(homes: Homes, row: NodeRow) -> None:
    alba, brno = row
    alba.stop()
    upgraded = RunningNode(homes.folder, "alba", home=alba.home.path, address=alba.address)
    homes.nodes.append(upgraded)
    upgraded.start()
    deliver(upgraded, brno, "upgraded")
    upgraded.wait_until_settled()
    upgraded.stop()
    content = dump(alba.home.database)
    code, line = alba.line.bad("message", "no", "--to", "brno")
    assert (code, "schema version" in line) == (78, True)
    alba.begin()
    assert alba.wait_for_end() == 78
    assert "schema version" in alba.log.read_text()
    assert dump(alba.home.database) == content
