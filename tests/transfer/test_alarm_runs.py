"""The program on_alarm: what it is told, when it is run again, and that it delays nothing."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.cli.main import main
from netrelay.runtime.home import Home
from netrelay.runtime.log import Log
from netrelay.runtime.node import Node, open_node
from netrelay.store.alarms import look_at_health
from netrelay.store.database import Database
from netrelay.store.health_rows import HealthRow
from netrelay.store.lock import WriteLock
from netrelay.store.node_clock import Clock
from netrelay.transfer.alarm_runs import AlarmRuns

DAY_S = 86_400.0


class Watched:
    """A node with a clock that the test moves, a program that notes what it is told, a runner."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "shelf")
        assert main(["init", "shelf", "--home", str(self.home.path)]) == 0
        self.program = self.home.path / "alarm"
        self.told = self.home.path / "told"
        self.now_s = 1_000.0
        self.overseer = ""
        self.node = self._open("")
        self.runs = AlarmRuns(self.node)

    def _open(self, path: str) -> Node:
        node = open_node("exporter", self.home)
        node.database.close()
        lock = WriteLock(self.home.runtime / "database.lock", "exporter")
        # The views ask SQLite for the wall clock.
        clock = Clock(lambda: self.now_s, "boot", time.time)
        database = Database(self.home.database, "exporter", lock, clock)
        config = node.config._replace(on_alarm=path, on_alarm_limit_s=30, overseer=self.overseer)
        log = Log("exporter", database)
        return node._replace(database=database, config=config, log=log)

    def begin(self, *lines: str) -> None:
        """Start anew with a program of these lines; without any, with none."""
        self.program.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
        self.program.chmod(0o755)
        self.runs.close()
        self.node.database.close()
        self.node = self._open(str(self.program) if lines else "")
        self.runs = AlarmRuns(self.node)

    def fault(self, text: str, process: str = "sender") -> None:
        """Log that a process ended unexpectedly: a finding that is told at once."""
        with self.node.database.transaction():
            self.node.database.execute(
                "INSERT INTO logs (unix_s, at_s, process, level, event, text)"
                " VALUES (?, 0, ?, 'warning', 'restarted', ?)",
                (time.time(), process, text),
            )

    def finish(self) -> float | None:
        """Advance until no program runs; return how long nothing is to be done."""
        deadline_s = time.monotonic() + 30
        while True:
            delay_s = self.runs.advance()
            if self.runs._current is None:
                self.node.log.store()
                return delay_s
            self.node.poller.wait(1)
            assert time.monotonic() < deadline_s

    def lines(self) -> list[str]:
        """Return what the program was told, a line for each run."""
        return self.told.read_text().splitlines() if self.told.exists() else []


@pytest.fixture
def watched(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(short_path / "run"))
    # Two looks are ten seconds apart, by a clock that the test does not move.
    monkeypatch.setattr("netrelay.transfer.alarm_runs._INTERVAL_S", 0.0)
    found = Watched(short_path)
    yield found
    found.runs.close()
    found.node.database.close()


def test_the_program_is_told_of_a_change_once(watched: Watched) -> None:
    watched.begin(
        'echo "$NETRELAY_NODE $NETRELAY_ALARM_CHANGE $NETRELAY_ALARM_SEVERITY'
        f' $NETRELAY_ALARM_KIND $NETRELAY_ALARM_SUBJECT: $NETRELAY_ALARM_WORDS" >> {watched.told}',
        f'test "$NETRELAY_ALARM_HELP" -a "$NETRELAY_ALARM_SINCE" || echo x >> {watched.told}',
    )
    assert watched.finish() is None
    watched.fault("killed")
    watched.finish()
    watched.finish()
    assert watched.lines() == [
        "shelf raised warning restarts sender: sender ended unexpectedly: killed"
    ]
    watched.fault("again")
    watched.fault("and again")
    watched.finish()
    assert [line.split(":")[0] for line in watched.lines()[1:]] == [
        "shelf worse error restarts sender"
    ]


def test_a_value_from_elsewhere_is_one_bounded_line(watched: Watched) -> None:
    watched.begin(f'printf "%s" "$NETRELAY_ALARM_WORDS" > {watched.told}')
    watched.fault("$(touch /tmp/x); `id` \x1b[31m\n\0" + "a" * 5000)
    watched.finish()
    (line,) = watched.lines()
    assert line.startswith(r"sender ended unexpectedly: $(touch /tmp/x); `id` \x1b[31m\n\x00aaa")
    assert len(line) == 1000


def test_a_program_that_fails_is_a_finding_and_is_run_again_later(watched: Watched) -> None:
    watched.begin(f"echo x >> {watched.told}; echo no modem; exit 3")
    watched.fault("killed")
    delay_s = watched.finish()
    assert delay_s == pytest.approx(60, abs=1)
    assert watched.lines() == ["x"]
    rows = watched.node.database.rows("SELECT kind, words FROM health ORDER BY kind")
    assert rows[0] == ("alarm-program", "the alarm program ended with 3: no modem")
    ((text,),) = watched.node.database.rows("SELECT text FROM logs WHERE event = 'alarm-failed'")
    assert "alarm ended with status 3 for the alarm restarts of sender; it said: no modem" in str(
        text
    )
    watched.now_s += 61
    watched.finish()
    assert watched.lines() == ["x", "x"]


def test_a_program_that_hangs_is_said_to_have_been_killed(watched: Watched) -> None:
    watched.begin(f"echo no modem; echo x > {watched.told}; sleep 1000")
    watched.fault("killed")
    watched.runs.advance()
    deadline_s = time.monotonic() + 30
    while not watched.lines():
        assert time.monotonic() < deadline_s
    assert watched.runs._current is not None
    watched.runs._current[1].deadline_s = 0.0
    watched.finish()
    words = watched.node.database.value("SELECT words FROM health WHERE kind = 'alarm-program'")
    killed = "the alarm program ended with 137: it was killed after 30 s, it said: no modem"
    assert words == killed


def test_a_program_that_is_not_there_is_a_finding(watched: Watched) -> None:
    watched.begin("exit 0")
    watched.program.unlink()
    watched.fault("killed")
    watched.finish()
    assert watched.node.database.value("SELECT exit_status FROM alarm_tellers") == 127


def test_a_run_that_was_cut_short_is_made_again(watched: Watched) -> None:
    watched.begin(f"echo x >> {watched.told}; sleep 1000")
    watched.fault("killed")
    watched.runs.advance()
    deadline_s = time.monotonic() + 30
    while not watched.lines():
        assert time.monotonic() < deadline_s
    watched.begin(f"echo y >> {watched.told}")
    watched.finish()
    assert watched.lines() == ["x", "y"]


def test_without_a_program_nothing_is_looked_at_and_old_alarms_are_forgotten(
    watched: Watched,
) -> None:
    watched.begin("exit 3")
    watched.fault("killed")
    watched.finish()
    watched.begin()
    assert watched.finish() is None
    for table in ("alarms", "alarm_tellers"):
        assert watched.node.database.rows(f"SELECT * FROM {table}") == []


def test_nothing_is_read_again_until_rows_or_time_change_it(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.begin("exit 0")
    looks: list[None] = []
    look = "netrelay.transfer.alarm_runs.look_at_health"
    monkeypatch.setattr(look, lambda *_: looks.append(None))
    for _ in range(3):
        assert watched.runs.advance() is None
    assert len(looks) == 1
    watched.fault("killed")
    # The finding ends a day later, and nothing else changes it.
    delays_s = [watched.runs.advance() for _ in range(3)]
    assert len(looks) == 2
    assert delays_s == [pytest.approx(DAY_S, abs=60)] * 3


def test_more_findings_than_are_kept_are_told_when_there_is_room(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netrelay.store.alarms._MOST_WARNINGS", 2)
    watched.begin(f'echo "$NETRELAY_ALARM_CHANGE $NETRELAY_ALARM_SUBJECT" >> {watched.told}')
    for process in ("importer", "receiver", "sender"):
        watched.fault("killed", process)
    watched.finish()
    assert watched.lines() == ["raised importer", "raised receiver"]
    # None of the two has gone because a third is there.
    watched.fault("again", "importer")
    watched.finish()
    assert len(watched.node.database.rows("SELECT * FROM alarms")) == 2
    assert watched.lines() == ["raised importer", "raised receiver"]


def test_findings_that_are_over_leave_their_room_to_what_is_found_later(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All rows that there may be tell of what has gone: a later finding is told all the same."""
    monkeypatch.setattr("netrelay.store.alarms._MOST_WARNINGS", 2)
    watched.begin(f'echo "$NETRELAY_ALARM_CHANGE $NETRELAY_ALARM_SUBJECT" >> {watched.told}')
    for process in ("importer", "receiver"):
        watched.fault("killed", process)
    watched.finish()
    with watched.node.database.transaction():
        watched.node.database.execute("DELETE FROM faults")
    watched.finish()
    gone = watched.lines()[2:]
    assert sorted(gone) == ["gone importer", "gone receiver"]
    watched.now_s += 3601
    watched.fault("killed", "sender")
    watched.finish()
    assert watched.lines()[4:] == ["raised sender"]


def test_an_error_is_told_where_warnings_have_all_their_room(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netrelay.store.alarms._MOST_WARNINGS", 2)
    rows = [
        HealthRow("silent", "warning", f"peer-{number}", None, None, "w", "h")
        for number in range(3)
    ]
    error = HealthRow("disk", "error", "", None, None, "full", "h")
    monkeypatch.setattr("netrelay.store.alarms.health", lambda _: rows)
    look_at_health(watched.node.database, True, None)
    rows.insert(0, error)
    look_at_health(watched.node.database, True, None)
    kept = watched.node.database.rows("SELECT kind, subject FROM alarms ORDER BY kind, subject")
    assert kept == [("disk", ""), ("silent", "peer-0"), ("silent", "peer-1")]
