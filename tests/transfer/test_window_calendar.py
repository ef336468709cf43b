"""Windows over a moved clock: edges, the change to summer time, a boot without a clock."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from netrelay.store.node_clock import Clock
from netrelay.store.peer_settings import set_limit
from netrelay.store.peers import peer_revision, read_peers
from netrelay.store.stored_windows import lift_windows, set_limit_window, set_windows
from netrelay.transfer.line_calendar import UNSET_CLOCK_S
from netrelay.transfer.window_calendar import WindowCalendar, opening_now
from tests.store.node import THERE, OpenNode
from tests.transfer.test_budget_month import WallClock

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_S = 3600


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def unix_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


class MovedNode(OpenNode):
    """A node whose wall clock the test moves."""

    def __init__(self, folder: Path, wall: WallClock) -> None:
        self.wall = wall
        super().__init__(folder)

    @property
    def clock(self) -> Clock:
        """Return a clock on the time that all its connections share."""
        return Clock(
            lambda: self.time_s,
            "boot",
            lambda: self.wall.ahead_s + self.time_s,
            lambda: self.wall.is_set,
        )


class Night:
    """A node with a file that waits, windows for its next hop, and a wall clock that moves."""

    def __init__(self, folder: Path, begin: str, *texts: str, unsynchronised: str = "closed"):
        self.wall = WallClock(unix_s(begin) - 1000)
        self.node = MovedNode(folder, self.wall)
        self.node.know(THERE)
        self.node.agree(THERE)
        self.node.add_job(5)
        self.database = self.node.open("processor_s")
        with self.database.transaction():
            opening = opening_now(texts, self.now_s())
            set_windows(
                self.database, THERE, list(texts), unsynchronised, opening, is_clock_set=True
            )
        self.calendar = WindowCalendar(self.database)

    def now_s(self) -> float:
        return self.wall.ahead_s + self.node.time_s

    def sends(self) -> bool:
        asked = "work_send", "work_connect"
        found = {self.node.value(f"SELECT count(*) FROM {view}") for view in asked}
        assert len(found) == 1, "what is sent and what is connected for are the same"
        return found == {1}


def test_it_opens_and_closes_at_each_edge_of_a_month_and_sleeps_between(tmp_path: Path) -> None:
    """Each minute of March is asked for; the process wakes at the edges alone."""
    texts = ("Mon..Fri 22:00-06:00", "Sun 12:00-13:00")
    night = Night(tmp_path, "2026-03-01T00:00", *texts)
    wakes, edges = 0, []
    while night.now_s() < unix_s("2026-04-01T00:00"):
        wait_s = night.calendar.follow()
        assert wait_s is not None
        assert wait_s > 0
        wakes += 1
        before_s, was_open = night.now_s(), night.sends()
        for part in (0.0, 0.5, 1.0):
            wall = datetime.fromtimestamp(before_s + part * max(wait_s - 1, 0), BERLIN)
            hour, day = wall.hour, wall.weekday()
            is_night = (hour >= 22 and day < 5) or (hour < 6 and 0 < day < 6)
            assert was_open == (is_night or (day == 6 and hour == 12)), wall
        night.node.time_s += wait_s
        edges.append(night.now_s())
    assert unix_s("2026-03-28T06:00") in edges
    assert wakes < 80
    night.node.close()


def test_what_waits_is_named_with_its_end_and_is_not_stuck(tmp_path: Path) -> None:
    night = Night(tmp_path, "2026-11-28T12:00", "Mon..Fri 22:00-06:00")
    night.calendar.follow()
    ((cause, reason, since_s, opens_s),) = night.node.rows(
        "SELECT cause, reason, since_s, next_try_s FROM causes"
    )
    assert (cause, reason) == ("window", "open Mon..Fri 22:00-06:00")
    assert isinstance(since_s, float)
    assert isinstance(opens_s, float)
    offset_s = night.node.value("SELECT unix_offset_s FROM clock")
    assert isinstance(offset_s, float)
    assert opens_s + offset_s == pytest.approx(unix_s("2026-11-30T22:00"), abs=1)
    assert night.node.value("SELECT count(*) FROM stuck") == 0
    assert not night.sends()
    with night.database.transaction():
        assert lift_windows(night.database, THERE)
    assert any("processor_s" in rung for rung in night.node.rung) or night.database.pop_own_wake()
    assert night.sends()
    assert night.calendar.follow() is None
    night.node.close()


@pytest.mark.parametrize("unsynchronised", ["closed", "open"])
def test_a_boot_without_a_clock(tmp_path: Path, unsynchronised: str) -> None:
    night = Night(
        tmp_path, "2026-11-27T23:00", "Mon..Fri 22:00-06:00", unsynchronised=unsynchronised
    )
    night.calendar.follow()
    assert night.sends()
    night.wall.is_set = False
    wait_s = night.calendar.follow()
    assert wait_s is not None
    assert wait_s <= UNSET_CLOCK_S
    assert night.sends() == (unsynchronised == "open")
    if unsynchronised == "closed":
        reason = night.node.value("SELECT reason FROM causes")
        assert reason == "nothing has set the clock since the boot; open Mon..Fri 22:00-06:00"
    # NTP says that it is noon.
    night.wall.is_set, night.wall.ahead_s = True, unix_s("2026-11-28T12:00") - night.node.time_s
    assert night.calendar.follow() == 24 * HOUR_S
    assert not night.sends()
    night.wall.ahead_s = unix_s("2026-11-27T23:00") - night.node.time_s
    night.calendar.follow()
    assert night.sends(), "a clock that is set back counts too"
    night.node.close()


def test_receipts_do_not_wait_for_a_window(tmp_path: Path) -> None:
    night = Night(tmp_path, "2026-11-28T12:00", "Mon 10:00-11:00")
    assert not night.sends()
    night.node.write(
        "INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor)"
        " VALUES (7, 'here', ?, x'0102030405060708', 77, 'made', 'processor_s')",
        THERE,
    )
    assert night.node.rows("SELECT type FROM work_send") == [(7,)]
    assert night.node.value("SELECT count(*) FROM work_connect") == 1
    night.node.close()


def test_a_limit_follows_its_windows(tmp_path: Path) -> None:
    night = Night(tmp_path, "2026-03-27T12:00", "00:00-24:00")
    by_day, slow, fast = ["Mon..Fri 08:00-18:00"], 65_536, 1 << 20
    with night.database.transaction():
        set_limit(night.database, THERE, fast)
        opening = opening_now(tuple(by_day), night.now_s())
        set_limit_window(night.database, THERE, by_day, slow, opening)

    def limit() -> int | None:
        return read_peers(night.database)[THERE].limit_bytes_per_s

    found: list[tuple[str, int | None]] = []
    while night.now_s() < unix_s("2026-03-31T00:00"):
        before = peer_revision(night.database)
        wait_s = night.calendar.follow()
        assert wait_s is not None
        if not found or limit() != found[-1][1]:
            assert not found or peer_revision(night.database) > before, "processes read it again"
            found.append((datetime.fromtimestamp(night.now_s(), BERLIN).strftime("%a %H"), limit()))
        night.node.time_s += wait_s
    assert found == [("Fri 12", slow), ("Fri 18", fast), ("Mon 08", slow), ("Mon 18", fast)]
    night.wall.is_set = False
    night.calendar.follow()
    assert limit() == slow, "the lowest while nothing has set the clock"
    night.node.close()
