"""Texts for the overseer: what they tell, one at a time, and not about the way to it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netrelay.core.single import decode_single, decode_text
from tests.transfer.test_alarm_runs import Watched


class Overseen(Watched):
    """A node whose overseer is the peer hq, to which nothing can be sent yet."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.overseer = "hq"
        with self.node.database.transaction():
            self.enrol("hq")

    def enrol(self, name: str) -> None:
        self.node.database.execute(
            "INSERT INTO peers (node, name, pin, via) VALUES (?1, ?1, ?2, ?1)",
            (name, name.encode().ljust(32, b"\0")),
        )

    def texts(self) -> list[list[str]]:
        """Return the changes of each text, oldest first: "raised restarts sender"."""
        rows = self.node.database.rows("SELECT body FROM bodies ORDER BY message")
        return [[brief(change) for change in changes(body)] for (body,) in rows]

    def end_text(self, event: str) -> None:
        """Report what becomes of the newest text."""
        with self.node.database.transaction():
            self.node.database.execute(
                "INSERT INTO facts (message, event, actor)"
                " SELECT max(id), ?, 'person' FROM messages WHERE type = 1",
                (event,),
            )


def changes(body: Any) -> list[dict[str, str]]:
    first, *lines = decode_text(decode_single(body)[1]).split("\n")
    assert first == "netrelay alarm of shelf"
    return [json.loads(line) for line in lines]


def brief(change: dict[str, str]) -> str:
    return f"{change['change']} {change['kind']} {change['subject']}"


@pytest.fixture
def watched(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Overseen]:
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(short_path / "run"))
    monkeypatch.setattr("netrelay.transfer.alarm_runs._INTERVAL_S", 0.0)
    found = Overseen(short_path)
    found.begin()
    yield found
    found.runs.close()
    found.node.database.close()


def test_changes_that_are_owed_at_once_are_one_text(watched: Overseen) -> None:
    assert watched.finish() is None
    watched.fault("killed")
    watched.fault("killed", "importer")
    watched.finish()
    assert watched.texts() == [["raised restarts importer", "raised restarts sender"]]
    row = watched.node.database.row(
        "SELECT destination, priority, birth, actor FROM messages WHERE type = 1"
    )
    assert row == ("hq", 0, "created", "exporter")
    ((told,),) = watched.node.database.rows("SELECT body FROM bodies")
    change = changes(told)[1]
    assert change["words"] == "sender ended unexpectedly: killed"
    assert (change["severity"], bool(change["help"] and change["since"])) == ("warning", True)


def test_one_text_waits_for_an_overseer_that_is_away_for_weeks(watched: Overseen) -> None:
    watched.fault("killed")
    watched.finish()
    for week in range(4):
        watched.now_s += 7 * 86_400
        watched.fault(f"week {week}")
        watched.fault(f"week {week}", "receiver")
        watched.finish()
    # Its own text waits for hq, which is a finding, and of its way.
    kinds = {kind for (kind,) in watched.node.database.rows("SELECT kind FROM health")}
    assert "no-agreement" in kinds
    rows = watched.node.database.rows("SELECT DISTINCT kind FROM alarms ORDER BY kind")
    assert rows == [("restarts",)]
    assert watched.texts() == [["raised restarts sender"]]


def test_a_text_that_is_taken_back_is_made_again(watched: Overseen) -> None:
    watched.fault("killed")
    watched.finish()
    watched.end_text("cancelled")
    assert watched.finish() == pytest.approx(60, abs=1)
    watched.now_s += 60
    watched.finish()
    assert watched.texts() == [["raised restarts sender"]] * 2


def test_a_restart_makes_no_text_again(watched: Overseen) -> None:
    watched.fault("killed")
    watched.finish()
    watched.begin()
    watched.finish()
    assert watched.texts() == [["raised restarts sender"]]


def test_a_program_that_hangs_holds_up_no_text_and_its_failure_is_told(watched: Overseen) -> None:
    watched.begin("sleep 1000")
    watched.fault("killed")
    deadline_s = time.monotonic() + 30
    while not watched.texts():
        watched.runs.advance()
        assert time.monotonic() < deadline_s
    watched.end_text("cancelled")
    watched.begin("exit 3")
    watched.finish()
    # It has to last, too; the program itself is not told.
    for _ in range(3):
        watched.now_s += 60
        watched.finish()
    assert watched.texts()[1:] == [["raised alarm-program on_alarm", "raised restarts sender"]]
    rows = watched.node.database.rows("SELECT kind FROM alarms WHERE teller = 'program'")
    assert rows == [("restarts",)]


def test_an_overseer_that_is_no_peer_is_told_once_it_is_one(watched: Overseen) -> None:
    watched.overseer = "office"
    watched.begin()
    watched.fault("killed")
    assert watched.finish() is None
    assert watched.texts() == []
    with watched.node.database.transaction():
        watched.enrol("office")
    watched.finish()
    assert watched.texts() == [["raised restarts sender"]]
    watched.overseer = ""
    watched.begin()
    assert watched.node.database.rows("SELECT * FROM alarms") == []
