"""Two months with a budget, by the product's own code: a moved clock, power cuts, summer time.

The line is the test's: it knows what really crossed, also what nobody could report any more.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from netrelay.core.budget import Budget, trickle_bytes
from netrelay.core.calendar import Period, period_at
from netrelay.core.words import MessageType
from netrelay.runtime.time_zones import LocalZone
from netrelay.store.budgets import set_budget
from netrelay.store.node_clock import Clock
from netrelay.transfer.line_calendar import UNSET_CLOCK_S, LineCalendar
from tests.transfer.linked_pair import SEGMENT, Pair, Sent

MIB = 1 << 20
BERLIN = ZoneInfo("Europe/Berlin")
HOUR_S = 3600
HANDSHAKE_BYTES = 3500
# The largest frame of the pair with all that it costs, and the connection for it.
FRAME_BYTES = 2 * SEGMENT * 9 // 8 + 2048 + HANDSHAKE_BYTES
DEFAULT_PRIORITY, URGENT = 4, 1


class WallClock:
    """A wall clock that the test moves, and whether anything has set it."""

    def __init__(self, unix_s: float) -> None:
        self.ahead_s = unix_s
        self.is_set = True


class Crossed(NamedTuple):
    """The bytes that crossed in a period, by the begin of the period."""

    everything: Counter[int]
    ordinary: Counter[int]


class Line:
    """A source with a budget, and the line to its destination."""

    def __init__(self, pair: Pair, wall: WallClock, seed: int) -> None:
        self.pair = pair
        self.node = pair.source
        self.wall = wall
        self.random = random.Random(seed)
        self.crossed = Crossed(Counter(), Counter())
        self.begin()

    def begin(self) -> None:
        """Begin as processor_s does after a start."""
        self.node._clock = self._clock  # type: ignore[method-assign]
        self.node.start()
        self.node.refresh()
        self.calendar = LineCalendar(self.node.databases["processor_s"], self.node._log)

    def _clock(self) -> Clock:
        node, wall = self.node, self.wall
        return Clock(
            *(lambda: node.time_s, "boot", lambda: wall.ahead_s + node.time_s, lambda: wall.is_set)
        )

    def now_s(self) -> int:
        return int(self.wall.ahead_s + self.node.time_s)

    def sleep(self, seconds: float) -> None:
        self.node.time_s += seconds

    def drop(self, size_bytes: int, priority: int = DEFAULT_PRIORITY) -> None:
        name = b"%d" % self.random.getrandbits(60)
        self.node.drop_file(self.pair.destination, name, os.urandom(size_bytes))
        self.node.write(
            "UPDATE messages SET priority = ? WHERE type = 6 AND state IN ('S-1','S-2')"
            " AND id = (SELECT max(id) FROM messages WHERE type = 6)",
            priority,
        )

    def send(self, period_s: int, cut: str | None = None) -> list[Sent]:
        """Do a step of processor_s, and have the line carry what it handed over.

        cut: the power fails before sender's report is heard (`unheard`), or before it is stored.
        """
        self.calendar.follow()
        account = self.node.outbound.account
        frames = self.node.fill_once(self.pair.destination, slots=2)
        for slot, frame in enumerate(frames):
            count = int(len(frame.payload) * self.random.uniform(1.02, 1.1)) + 300
            count += HANDSHAKE_BYTES * (slot == 0)
            self.crossed.everything[period_s] += count
            if any(m.type != MessageType.RECEIPT and m.priority > 2 for m in frame.messages):
                self.crossed.ordinary[period_s] += count
            if cut != "unheard":
                account.add(self.pair.destination.id, count)
                account.release(slot)
        if cut is not None:
            self.begin()
        else:
            for frame in frames:
                self.node.outbound.decided(frame.handle, frame.number, self.node.time_s)
            self.node.outbound.commit([], self.node.time_s)
        return frames

    def used_bytes(self, period_s: int) -> int:
        value = self.node.value(
            "SELECT sum(used_bytes) FROM budget_use WHERE from_unix_s = ?", period_s
        )
        return int(str(value or 0))


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def unix_s(year: int, month: int, day: int, hour: int = 0) -> float:
    return datetime(year, month, day, hour, tzinfo=BERLIN).timestamp()


def line_of(tmp_path: Path, begin_s: float, budget: Budget, seed: int = 1) -> Line:
    pair = Pair(tmp_path)
    line = Line(pair, WallClock(begin_s - pair.source.time_s), seed)
    span = period_at(line.now_s(), budget.period, LocalZone())
    with pair.source.databases["processor_s"].transaction():
        set_budget(
            pair.source.databases["processor_s"], pair.destination.id, budget, span, "closed"
        )
    line.begin()
    return line


def seeds() -> range:
    first, last = os.environ.get("NETRELAY_BUDGET_SEEDS", "0:1").split(":")
    return range(int(first), int(last))


def causes(line: Line) -> set[object]:
    return {cause for (cause,) in line.node.rows("SELECT DISTINCT cause FROM causes")}


@pytest.mark.parametrize("seed", seeds())
def test_a_budget_is_never_exceeded_by_more_than_a_frame(tmp_path: Path, seed: int) -> None:
    """March and April: each day wants more than the month has; the power fails now and then."""
    budget = Budget(4 * MIB, Period.MONTH, 1 * MIB)
    line = line_of(tmp_path, unix_s(2026, 3, 1), budget, seed)
    months = [int(unix_s(2026, month, 1)) for month in (3, 4, 5)]
    handed: Counter[int] = Counter()
    seen: set[object] = set()
    while line.now_s() < months[2]:
        month_s = max(month for month in months if month <= line.now_s())
        if line.random.random() < 0.2:
            line.drop(line.random.randrange(1000, 6 * SEGMENT))
        if line.random.random() < 0.02:
            line.drop(line.random.randrange(1000, 2 * SEGMENT), URGENT)
        cut = line.random.choice((*[None] * 12, "unheard", "unstored"))
        handed[month_s] += len(line.send(month_s, cut))
        # What crossed is always counted, whatever was cut.
        assert line.crossed.everything[month_s] <= budget.limit_bytes + FRAME_BYTES
        ordinary_bytes = budget.limit_bytes - trickle_bytes(budget.limit_bytes)
        ordinary_bytes -= budget.reserve_bytes
        assert line.crossed.ordinary[month_s] <= ordinary_bytes + FRAME_BYTES
        seen |= causes(line)
        line.sleep(6 * HOUR_S)
    for month_s in months[:2]:
        assert handed[month_s] > 20
        assert line.crossed.everything[month_s] > budget.limit_bytes // 2
    assert "budget" in seen
    line.pair.close()


def test_what_waits_goes_on_at_the_edge_and_says_so(tmp_path: Path) -> None:
    budget = Budget(20 * MIB, Period.MONTH)
    line = line_of(tmp_path, unix_s(2026, 3, 28, 12), budget)
    march_s, april_s = int(unix_s(2026, 3, 1)), int(unix_s(2026, 4, 1))
    for _ in range(20):
        line.drop(16 * SEGMENT)
    while line.send(march_s):
        pass
    assert "budget" in causes(line)
    assert line.node.value("SELECT count(*) FROM work_connect") == 0
    assert line.node.value("SELECT count(*) FROM stuck") == 0
    reason = line.node.value("SELECT reason FROM causes WHERE cause = 'budget' LIMIT 1")
    assert "MiB of this month are used, and the rest is for receipts" in str(reason)
    opens_s = line.node.value("SELECT next_try_s FROM causes WHERE cause = 'budget' LIMIT 1")
    assert isinstance(opens_s, float)
    assert opens_s + line.wall.ahead_s == pytest.approx(april_s)
    # It sleeps over the change to summer time until the edge, and no longer.
    wait_s = line.calendar.follow()
    assert wait_s == april_s - line.now_s() == (3 * 24 + 11) * HOUR_S
    line.sleep(wait_s - 1)
    assert line.send(march_s) == []
    line.sleep(1)
    assert line.send(april_s) != []
    assert "budget" not in causes(line)
    line.pair.close()


def test_receipts_go_on_when_a_budget_is_used_up_until_their_share_is(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    line = Line(pair, WallClock(unix_s(2026, 3, 2) - pair.source.time_s), 1)
    budget = Budget(100 * MIB, Period.MONTH)
    database = pair.source.databases["processor_s"]
    with database.transaction():
        set_budget(
            database,
            pair.destination.id,
            budget,
            period_at(line.now_s(), Period.MONTH, LocalZone()),
            "closed",
        )
        database.execute("INSERT INTO wire_reports VALUES (?, ?)", (pair.destination.id, 99 * MIB))
        database.execute("INSERT INTO rights VALUES (?, 'deliver', '')", (pair.destination.id,))
    line.begin()
    pair.destination.drop_file(pair.source, b"name", b"content")
    for sent in pair.destination.fill(pair.source):
        pair.source.take(pair.destination, [sent.payload])
    pair.source.deliver()
    line.drop(100)
    pair.source.say_receipts()
    assert line.node.value("SELECT count(*) FROM work_connect") == 1
    frames = line.send(0)
    assert {m.type for frame in frames for m in frame.messages} == {MessageType.RECEIPT}
    with line.node.databases["processor_s"].transaction():
        line.node.databases["processor_s"].execute(
            "INSERT INTO wire_reports VALUES (?, ?)", (pair.destination.id, MIB)
        )
    pair.source.write("UPDATE receipts_due SET verdict = verdict")
    assert line.node.value("SELECT closed FROM budgets") == 3
    assert line.send(0) == []
    pair.close()


def test_a_boot_without_a_clock_gives_no_bytes_back(tmp_path: Path) -> None:
    budget = Budget(MIB, Period.DAY)
    line = line_of(tmp_path, unix_s(2026, 3, 28, 12), budget)
    first_s = int(unix_s(2026, 3, 28))
    for _ in range(30):
        line.drop(2 * SEGMENT)
    while line.send(first_s):
        pass
    used_bytes = line.used_bytes(first_s)
    # Days later; until NTP answers the clock shows 1970, or any time.
    for shown_s in (0.0, unix_s(2026, 3, 30), unix_s(2030, 1, 1)):
        line.wall.is_set, line.wall.ahead_s = False, shown_s - line.node.time_s
        line.begin()
        assert line.send(first_s) == []
        assert line.calendar.follow() == UNSET_CLOCK_S
    assert line.used_bytes(first_s) == used_bytes
    line.wall.is_set, line.wall.ahead_s = True, unix_s(2026, 3, 31, 9) - line.node.time_s
    assert line.send(int(unix_s(2026, 3, 31))) != []
    # A clock that is set back finds the use of that day.
    line.wall.ahead_s = unix_s(2026, 3, 28, 23) - line.node.time_s
    assert line.send(first_s) == []
    assert line.used_bytes(first_s) == used_bytes
    line.pair.close()


def test_a_clock_that_a_person_believes_begins_a_period(tmp_path: Path) -> None:
    line = line_of(tmp_path, unix_s(2026, 3, 28, 12), Budget(MIB, Period.DAY))
    first_s = int(unix_s(2026, 3, 28))
    for _ in range(20):
        line.drop(2 * SEGMENT)
    while line.send(first_s):
        pass
    line.node.write("UPDATE budgets SET unsynchronised = 'open'")
    line.wall.is_set = False
    line.sleep(12 * HOUR_S)
    assert line.send(first_s + 86_400) != []
    line.pair.close()


def test_four_fifths_are_named_once_a_period(tmp_path: Path) -> None:
    line = line_of(tmp_path, unix_s(2026, 3, 28, 12), Budget(10 * MIB, Period.DAY))
    peer = line.pair.destination.id

    def use(count_bytes: int) -> list[str]:
        database = line.node.databases["processor_s"]
        with database.transaction():
            database.execute("INSERT INTO wire_reports VALUES (?, ?)", (peer, count_bytes))
        line.node.logged.clear()
        line.calendar.follow()
        return list(line.node.logged)

    assert use(8 * MIB - 1) == []
    assert use(1) == ["8 MiB of 10 MiB a day with brno are used; netrelay budget brno says more"]
    assert use(MIB) == []
    line.sleep(24 * HOUR_S)
    assert use(0) == []
    assert use(9 * MIB) != []
    line.pair.close()
