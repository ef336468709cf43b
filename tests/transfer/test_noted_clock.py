"""The age of what an idle node holds, over cuts of its power: retention notes the clock."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.cli.main import main
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_node
from netrelay.store.database import Database
from netrelay.store.lock import WriteLock
from netrelay.store.node_clock import Clock
from netrelay.transfer.retention import Retention

MINUTE_S = 60.0
DAY_S = 86_400.0


class Machine:
    """A node's exporter on a machine whose power the test cuts; only its retention runs."""

    def __init__(self, home: Home, node: Node) -> None:
        self._home = home
        self._node = node
        self._boots = 0
        self.up_s = 0.0
        self.retention: Retention
        self.database = node.database
        self.boot()

    def boot(self) -> None:
        """Cut the power and boot: nothing is closed in order."""
        self.database.close()
        self._boots += 1
        self.up_s = 7.0
        lock = WriteLock(self._home.runtime / "database.lock", "exporter")
        clock = Clock(lambda: self.up_s, f"boot {self._boots}", lambda: self.up_s)
        self.database = Database(self._home.database, "exporter", lock, clock)
        self.retention = Retention(self._node._replace(database=self.database))

    def run(self, minutes: int) -> None:
        """Run for some minutes; retention asks for one wake-up a minute, as without a note."""
        for _ in range(minutes):
            assert self.retention.advance() == MINUTE_S
            self.up_s += MINUTE_S

    def lost_s(self, minutes: int) -> float:
        """Return how much of a run of some minutes is lost when the power is cut at its end."""
        self.boot()
        began_s = self.database.now_s()
        self.run(minutes)
        ended_s = self.database.now_s()
        assert ended_s == began_s + minutes * MINUTE_S
        self.boot()
        return ended_s - self.database.now_s()

    def hold(self) -> None:
        """Hold one job that waits for a route."""
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor,"
                " lifetime_s) VALUES (6, (SELECT node FROM selfinfo), 'there', x'00', 1, 'created',"
                " 'importer', 2592000)"
            )

    def end(self) -> None:
        """End it: the row stays for the history."""
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO facts (message, event, actor, reason)"
                " SELECT id, 'cancelled', 'person', '' FROM messages WHERE id > 0"
            )
        assert self.database.value("SELECT state FROM messages WHERE id > 0") == "D"


@pytest.fixture
def machine(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(short_path / "run"))
    home = Home(short_path / "shelf")
    assert main(["init", "shelf", "--home", str(home.path)]) == 0
    made = Machine(home, open_node("exporter", home))
    yield made
    made.database.close()


@pytest.fixture
def noted_s(machine: Machine) -> Callable[[], object]:
    return lambda: machine.database.value("SELECT noted_s FROM clock")


def test_a_waiting_job_ages_on_a_node_that_does_nothing_else(machine: Machine) -> None:
    machine.hold()
    lost = {minutes: machine.lost_s(minutes) for minutes in (2, 3, 5, 11, 33, 60, 241)}
    for minutes, lost_s in lost.items():
        assert lost_s <= max(min(minutes * MINUTE_S / 2 + MINUTE_S, 600.0), MINUTE_S), lost


def test_many_short_runs_age_it_too(machine: Machine) -> None:
    machine.hold()
    (expires_s,) = machine.database.rows("SELECT expires_s FROM messages WHERE id > 0")[0]
    began_s = machine.database.now_s()
    for _ in range(40):
        machine.boot()
        machine.run(5)
    assert 100 * MINUTE_S <= machine.database.now_s() - began_s <= 200 * MINUTE_S
    assert machine.database.value("SELECT expires_s FROM messages WHERE id > 0") == expires_s


def test_an_orderly_stop_loses_nothing(machine: Machine) -> None:
    machine.hold()
    machine.run(30)
    machine.up_s += 17.5
    stopped_s = machine.database.now_s()
    machine.retention.close()
    machine.boot()
    assert machine.database.now_s() == stopped_s


def test_a_history_loses_an_hour_at_most(machine: Machine) -> None:
    machine.hold()
    machine.end()
    assert 600.0 < machine.lost_s(24 * 60) <= 3_660.0


def test_nothing_is_written_while_nothing_ages(
    machine: Machine, noted_s: Callable[[], object]
) -> None:
    before_s = noted_s()
    machine.run(24 * 60)
    machine.retention.close()
    assert noted_s() == before_s


def test_nothing_is_written_while_other_rows_are(
    machine: Machine, noted_s: Callable[[], object]
) -> None:
    machine.hold()
    before_s = noted_s()
    for _ in range(60):
        machine.run(1)
        with machine.database.transaction():
            machine.database.execute(
                "INSERT INTO calls (peer, handle, retry_after_s, jitter, address, reason)"
                " VALUES ('there', -1, 0, 0, '', 'No route to host')"
            )
    assert noted_s() == before_s
    latest_s = machine.database.value("SELECT changed_s FROM connections")
    machine.boot()
    assert machine.database.now_s() == latest_s


def test_a_day_of_waiting_writes_less_than_two_hundred_rows(machine: Machine) -> None:
    machine.hold()
    machine.database.execute("CREATE TEMP TABLE notes (at_s)")
    machine.database.execute(
        "CREATE TEMP TRIGGER note AFTER UPDATE ON main.clock BEGIN"
        " INSERT INTO notes VALUES (NEW.noted_s); END"
    )
    machine.run(24 * 60)
    notes = [float(str(at_s)) for (at_s,) in machine.database.rows("SELECT at_s FROM notes")]
    assert 140 < len(notes) < 200
    assert notes == sorted(set(notes))
