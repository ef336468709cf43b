"""What is written to the disk of the home: stored beside other rows, one row a day when idle."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from netrelay.cli.main import main
from netrelay.disk.block_device import BlockDevice, DeviceKind, NoDeviceError
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_node
from netrelay.store import node_clock
from netrelay.store.database import Database, Value
from netrelay.store.lock import WriteLock
from netrelay.store.node_clock import Clock
from netrelay.transfer import written_days
from netrelay.transfer.retention import Retention
from tests.budget import over_budget

DAY_S = 86_400.0
NOON_S = 20_000 * DAY_S + DAY_S / 2
CARD = BlockDevice("one", "mmcblk0", DeviceKind.CARD, 32 * 10**9, 0, None)


class Machine:
    """A node on a card of choice, at a time of choice."""

    def __init__(self, node: Node, clock: Callable[["Machine"], Clock]) -> None:
        self.time_s = 1_000.0
        self.unix_s = NOON_S
        self.is_set = True
        self.boot = "boot"
        self.device: BlockDevice | NoDeviceError = CARD
        self.commits = 0
        node.database.close()
        lock = WriteLock(node.home.runtime / "database.lock", "exporter")
        database = Database(node.home.database, "exporter", lock, clock(self))
        database.tell_commits(self._count)
        self.node = node._replace(database=database)
        self.retention = Retention(self.node)

    def _count(self, _seconds: float) -> None:
        self.commits += 1

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.time_s += seconds
        self.unix_s += seconds

    def write(self, count_bytes: int) -> None:
        """Let somebody write to the card."""
        assert isinstance(self.device, BlockDevice)
        self.device = self.device._replace(written_bytes=self.device.written_bytes + count_bytes)

    def minutes(self, count: int, each_bytes: int = 0) -> None:
        """Let so many minutes pass, with exporter's step in each."""
        for _ in range(count):
            self.wait(60.0)
            self.write(each_bytes)
            while self.retention.advance() == 0.0:
                pass

    def days(self) -> list[tuple[Value, ...]]:
        """Return the days and the bytes that are stored."""
        return self.node.database.rows(
            "SELECT day, device_bytes FROM device_days WHERE device_bytes > 0 ORDER BY day"
        )


@pytest.fixture
def machine(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(short_path / "run"))
    home = Home(short_path / "shelf")
    assert main(["init", "shelf", "--home", str(home.path)]) == 0
    made = Machine(
        open_node("exporter", home),
        lambda machine: Clock(
            lambda: machine.time_s, "boot", lambda: machine.unix_s, lambda: machine.is_set
        ),
    )

    def device(_folder: Path) -> BlockDevice:
        if isinstance(made.device, NoDeviceError):
            raise made.device
        return made.device

    monkeypatch.setattr(written_days, "device_of", device)
    monkeypatch.setattr(written_days, "boot_id", lambda: made.boot)
    monkeypatch.setattr(written_days, "boottime_s", lambda: made.time_s)
    yield made
    made.node.database.close()


class _Idle(NamedTuple):
    commits: float
    log_bytes: float


@pytest.mark.parametrize("day", ["idle_day", "idle_day_with_history"])
def test_an_idle_day_costs_as_much_as_its_budget_says(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    """Of the second day on: the room on the disks, what was written, and at times the clock."""
    if day == "idle_day_with_history":
        monkeypatch.setattr(node_clock, "_SOMETHING_IS_KEPT", "SELECT 1")
    machine.minutes(24 * 60)
    log = machine.node.home.database.with_name("netrelay.db-wal")
    commits, log_bytes = machine.commits, log.stat().st_size
    days = 4
    machine.minutes(days * 24 * 60, each_bytes=1_000)
    found = _Idle((machine.commits - commits) / days, (log.stat().st_size - log_bytes) / days)
    assert over_budget(day, found._asdict()) == []
    assert len(machine.days()) >= days


def test_a_day_ends_with_its_last_minute(machine: Machine) -> None:
    machine.minutes(1)
    machine.minutes(12 * 60, each_bytes=1_000)
    # The first reading was a minute after noon, the last one of the day a minute before midnight.
    assert machine.days() == [(20_000, 718_000)]
    machine.retention.close()
    assert sum(int(str(size)) for _, size in machine.days()) == 720_000


def test_a_busy_time_is_stored(machine: Machine) -> None:
    machine.minutes(1)
    machine.minutes(359, each_bytes=10)
    assert machine.days() == []
    with machine.node.database.transaction():
        machine.node.database.execute(
            "INSERT INTO logs VALUES (1, 0, 0, 'x', 'notice', 'e', 1, 'p', 't')"
        )
    machine.minutes(1, each_bytes=10)
    assert machine.days() == [(20_000, 3_600)]


def test_an_orderly_stop_loses_nothing(machine: Machine) -> None:
    machine.minutes(1)
    machine.write(500)
    machine.retention.close()
    assert machine.days() == [(20_000, 500)]


def test_after_a_boot_what_was_written_since_is_added(machine: Machine) -> None:
    machine.minutes(1)
    machine.boot = "next"
    machine.device = CARD._replace(written_bytes=40_000)
    machine.minutes(1)
    assert machine.days() == [(20_000, 40_000)]


def test_a_clock_that_nothing_has_set_names_no_day(machine: Machine) -> None:
    machine.is_set = False
    machine.minutes(1)
    machine.write(500)
    machine.retention.close()
    assert machine.days() == [(-1, 500)]
    assert machine.node.database.rows("SELECT day, device_bytes FROM written_by_day") == [
        (None, 500)
    ]


def test_a_clock_that_is_set_back_ends_a_day(machine: Machine) -> None:
    machine.minutes(1)
    machine.write(500)
    machine.minutes(1)
    machine.unix_s -= 3 * DAY_S
    machine.minutes(1, each_bytes=7)
    machine.retention.close()
    assert machine.days() == [(19_997, 7), (20_000, 500)]


def test_another_disk_begins_at_its_first_reading(machine: Machine) -> None:
    machine.minutes(1)
    machine.device = CARD._replace(identity="two", name="sda", written_bytes=9_000_000)
    machine.minutes(1)
    machine.write(70)
    machine.retention.close()
    assert machine.node.database.rows(
        "SELECT device, device_bytes FROM device_days WHERE device_bytes > 0"
    ) == [("two", 70)]


def test_without_a_disk_nothing_is_stored_or_logged(machine: Machine) -> None:
    machine.device = NoDeviceError("its file system, tmpfs, has no disk of its own")
    for _ in range(3):
        machine.wait(60.0)
        while machine.retention.advance() == 0.0:
            pass
    machine.retention.close()
    assert machine.node.database.rows("SELECT * FROM devices") == []
    assert machine.node.database.rows("SELECT * FROM logs") == []


@pytest.mark.parametrize(("given_tb", "endurance_bytes"), [(0, 3200 * 10**9), (40, 40 * 10**12)])
def test_the_endurance_is_assumed_unless_it_is_given(
    machine: Machine, given_tb: int, endurance_bytes: int
) -> None:
    config = machine.node.config._replace(disk_endurance_tb=given_tb)
    machine.retention = Retention(machine.node._replace(config=config))
    machine.minutes(1)
    row = machine.node.database.row("SELECT endurance_bytes, is_endurance_given FROM devices")
    assert row == (endurance_bytes, int(given_tb > 0))
