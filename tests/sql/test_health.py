"""The view `health`: each cause of the view `causes`, each other kind, and what is no finding."""

import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from netrelay.store.schema import refusals, sql_directory
from tests.sql.node import MIB, Node
from tests.sql.test_cost import steps
from tests.sql.test_views import at, refused, shelf

_DAY_S = 86_400.0


def kinds(node: Node) -> dict[str, str]:
    """Return the subject of each finding by kind; none may be there twice."""
    found = node.rows("SELECT kind, subject FROM health")
    assert len(set(found)) == len(found)
    return dict(found)


def words(node: Node, kind: str) -> str:
    """Return the words of the only finding of a kind."""
    said: str = node.value("SELECT words FROM health WHERE kind = ?", (kind,))
    return said


def known_causes() -> set[str]:
    """Return every cause that the view `causes` can name, by its text and refusals.txt."""
    text = (sql_directory() / "views.sql").read_text()
    judged = text.split("judged AS NOT MATERIALIZED", 1)[1].split("AS cause\n", 1)[0]
    named = set(re.findall(r"(?:THEN|ELSE) '([a-z-]+)'", judged))
    # `state = 'D' AND death IN (...) THEN death`
    named |= {"expired", "cancelled"}
    return named | {row.cause for row in refusals() if row.cause is not None}


def connected(node: Node, handle: int = 7, **columns: object) -> None:
    """Store the connection to the boat."""
    names = "".join(f", {name}" for name in columns)
    marks = ", ?" * len(columns)
    node.execute(
        f"INSERT INTO connections (peer, handle{names}) VALUES ('boat', ?{marks})",
        (handle, *columns.values()),
    )


def sent(node: Node, size: int = 100) -> int:
    """Make a job whose manifest or single may be sent to the boat."""
    node.agree("boat", MIB)
    return node.job("boat", size)


def _on_its_way(node: Node) -> None:
    connected(node)
    sent(node)


def _ready(node: Node) -> None:
    sent(node)


def _stalled(node: Node) -> None:
    connected(node, stalled_s=1000.0, stall_reason="tried again")
    sent(node)


def _no_connection(node: Node) -> None:
    connected(node, -1, failures=3, due_s=9e9, down_s=1000.0, reason="timed out")
    sent(node)


def _no_call(node: Node) -> None:
    node.execute("UPDATE peers SET calls = 1 WHERE node = 'boat'")
    sent(node)


def _no_agreement(node: Node) -> None:
    node.job("boat", 100)


def _no_reply(node: Node) -> None:
    node.job("boat", 100)
    (hello, _, _) = node.messages(4)[0]
    for _ in range(2):
        node.fact(hello, "unsent", "initial_sender", "no reply came back", 9e9)


def _no_route(node: Node) -> None:
    node.job("buoy", 100)


def _no_peer(node: Node) -> None:
    node.job("buoy", 100)
    node.execute("DELETE FROM peers WHERE node = 'buoy'")


def _paused(node: Node) -> None:
    sent(node)
    node.execute("UPDATE peers SET paused_s = 1000 WHERE node = 'boat'")


def _window(node: Node) -> None:
    node.execute(
        "INSERT INTO windows (peer, texts, is_open, closed_s) VALUES ('boat', '[\"Sat\"]', 0, 1000)"
    )
    sent(node)


def _budget(node: Node) -> None:
    now_s = int(time.time())
    node.execute(
        "INSERT INTO budgets (peer, limit_bytes, period, from_unix_s, until_unix_s)"
        " VALUES ('boat', 1048576, 'month', ?, ?)",
        (now_s - 1, now_s + 9 * 86_400),
    )
    node.execute("INSERT INTO wire_reports VALUES ('boat', 2097152)")
    sent(node)


def _refusal(name: str) -> Callable[[Node], None]:
    def refuse(node: Node) -> None:
        connected(node)
        (piece,) = node.pieces(sent(node))
        node.fact(piece, "handed", "processor_s")
        refused(node, piece, name, f"{name}: why")
        node.execute("UPDATE messages SET due_s = 9e9 WHERE id = ?", (piece,))

    return refuse


def _unreadable(node: Node) -> None:
    node.execute(
        "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " unix_s, path, trouble, trouble_reason, trouble_s, failures, due_s)"
        " VALUES (9, 'shelf', 'boat', x'', 1, 'a', 9, 0, 0, x'61', 'unread', 'gone', 1000, 1, 9e9)"
    )
    node.execute("UPDATE messages SET file = 9 WHERE id = ?", (sent(node),))


def _receipt(node: Node) -> None:
    connected(node)
    job = sent(node)
    for _ in range(2):
        for piece in node.pieces(job):
            if node.state(piece) == "S-4":
                node.send(piece)
        if node.value("SELECT repeats FROM messages WHERE id = ?", (job,)) == 0:
            node.fact(job, "repeat", "processor_s")


def _arriving(node: Node, pieces: int) -> int:
    node.execute(
        "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes,"
        " mtime_ns, unix_s) VALUES (1, 'boat', 'shelf', x'', 1, 'a', 2097152, 0, 0)"
    )
    whole = node.arrived(3, "boat", total_bytes=2 * MIB, file=1)
    for number in range(pieces):
        place = {"offset": number * MIB, "size_bytes": MIB, "total_bytes": 2 * MIB}
        node.arrived(2, "boat", parent=whole, file=1, **place)
    return whole


def _coming(node: Node) -> None:
    _arriving(node, 1)


def _being_delivered(node: Node) -> None:
    _arriving(node, 2)


def _undelivered(node: Node) -> None:
    node.execute(
        "INSERT INTO delivery_troubles VALUES (?, 'disk-full', 'full')", (_arriving(node, 2),)
    )


def _dead(event: str, actor: str) -> Callable[[Node], None]:
    def end(node: Node) -> None:
        node.fact(sent(node), event, actor, "why")

    return end


def _delivered(node: Node) -> None:
    connected(node)
    job = sent(node)
    for piece in node.pieces(job):
        node.send(piece)
    node.fact(job, "receipted", "engine")


def _received(node: Node) -> None:
    node.fact(_arriving(node, 2), "exported", "exporter")


def _carried(node: Node) -> None:
    node.know("far")
    node.agree("far", MIB)
    sizes = {"size_bytes": 9, "total_bytes": 9}
    node.send(node.arrived(1, "boat", destination="far", envelope=b"e", salt=b"s", **sizes))


# For each cause of the view `causes`: how a job gets there, and whether that is a finding once it
# has lasted for a day. A new cause needs a line here, and one in stall_bounds (sql/health.sql).
STALLS: dict[str, tuple[Callable[[Node], None], bool]] = {
    "on-its-way": (_on_its_way, False),
    "ready": (_ready, True),
    "stalled": (_stalled, True),
    "no-connection": (_no_connection, True),
    "no-call": (_no_call, True),
    "no-agreement": (_no_agreement, True),
    "no-reply": (_no_reply, True),
    "no-route": (_no_route, True),
    "no-peer": (_no_peer, True),
    "paused": (_paused, True),
    "window": (_window, True),
    "budget": (_budget, True),
    "right-missing": (_refusal("NOT_PERMITTED"), True),
    "disk-full": (_refusal("NO_ROOM"), True),
    "quota": (_refusal("QUOTA"), True),
    "no-route-there": (_refusal("NO_ROUTE"), True),
    "refused": (_refusal("BAD_HASH"), True),
    "unreadable": (_unreadable, True),
    "receipt": (_receipt, True),
    "coming": (_coming, True),
    "being-delivered": (_being_delivered, True),
    "undelivered": (_undelivered, True),
    "delivered": (_delivered, False),
    "received": (_received, False),
    "carried": (_carried, False),
    "cancelled": (_dead("cancelled", "person"), False),
    "expired": (_dead("expired", "processor_s"), True),
    "dead": (_dead("failed", "engine"), True),
}


def test_each_cause_has_a_bound_and_a_line_in_the_table() -> None:
    bounds = dict(shelf().rows("SELECT cause, usual_s IS NOT NULL FROM stall_bounds"))
    assert set(bounds) == set(STALLS) == known_causes()
    assert {cause: bool(shown) for cause, shown in bounds.items()} == {
        cause: shown for cause, (_, shown) in STALLS.items()
    }


@pytest.mark.parametrize("cause", STALLS)
def test_each_stall_is_shown(cause: str) -> None:
    arrange, is_shown = STALLS[cause]
    node = shelf()
    arrange(node)
    at(node, 1000.0 + _DAY_S)
    assert cause in {found for (found,) in node.rows("SELECT cause FROM causes")}
    assert (cause in kinds(node)) is is_shown


def test_a_peer_that_was_not_reached_for_a_moment_is_no_finding() -> None:
    node = shelf()
    _no_connection(node)
    for time_s, found in ((1598.0, False), (1602.0, True)):
        at(node, time_s)
        assert ("no-connection" in kinds(node)) is found


def test_a_peer_that_is_usually_away_is_waited_for() -> None:
    node = shelf()
    node.execute("INSERT INTO heard VALUES ('boat', 1000.0, 40000.0, 3)")
    _no_connection(node)
    for time_s, found in ((80_999.0, False), (81_001.0, True)):
        at(node, time_s)
        assert ("no-connection" in kinds(node), "silent" in kinds(node)) == (found, found)


def test_the_longest_silence_is_learned_and_fades() -> None:
    node = shelf()
    node.agree("boat", MIB)
    connected(node, -1)
    seen = []
    for up_s, down_s in (
        (1100.0, 1200.0),
        (9200.0, 9300.0),
        (9330.0, 9400.0),
        (10_400.0, 10_500.0),
    ):
        at(node, up_s)
        node.execute("UPDATE connections SET handle = 7")
        at(node, down_s)
        node.execute("UPDATE connections SET handle = -1")
        seen.append(node.row("SELECT heard_s, longest_s, gaps FROM heard"))
    # A silence of 30 s is none.
    assert seen == [
        (1200.0, 100.0, 1),
        (9300.0, 8000.0, 2),
        (9400.0, 8000.0, 2),
        (10_500.0, 7200.0, 3),
    ]


def test_jobs_of_one_cause_are_counted() -> None:
    node = shelf()
    _no_connection(node)
    for sequence in range(2, 13):
        node.job("boat", 100, sequence)
    at(node, 1700.0)
    assert words(node, "no-connection") == "12 jobs: no connection to boat: timed out"
    for sequence in range(13, 121):
        node.job("boat", 100, sequence)
    assert words(node, "no-connection").startswith("100 jobs or more: ")


def test_many_jobs_cost_no_more_than_some() -> None:
    """Else `status` of a node with a million jobs would take minutes."""
    node = shelf()
    _no_connection(node)
    counts = []
    for first, last in ((2, 120), (120, 1500)):
        with node.transaction():
            for sequence in range(first, last):
                node.job("boat", 100, sequence)
        at(node, 1700.0)
        # The first one compiles it.
        kinds(node)
        counts.append(steps(node, lambda: kinds(node)))
    assert counts[1] < 1.05 * counts[0]


@pytest.mark.parametrize("driver", [sqlite3.connect, apsw.Connection])
def test_no_sqlite_reads_all_messages(
    tmp_path: Path, driver: Callable[[str], sqlite3.Connection | apsw.Connection]
) -> None:
    """Each version plans differently: where it would read them all, the index is named."""
    path = tmp_path / "netrelay.db"
    image = shelf().connection.serialize("main")
    assert image is not None
    path.write_bytes(image)
    for view in ("health", "health_edges"):
        plan = driver(str(path)).execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view}").fetchall()
        steps_of = [str(row[3]) for row in plan]
        assert len(steps_of) > 50
        assert [
            step
            for step in steps_of
            if step in ("SCAN m", "SCAN messages") or ("AUTOMATIC" in step and "state=" in step)
        ] == []


def test_what_waits_behind_an_answered_job_is_found() -> None:
    """The first job for a peer waits for its receipt, the others cannot be sent."""
    node = shelf()
    connected(node)
    for sequence in range(1, 6):
        job = node.job("boat", 100, sequence) if sequence > 1 else sent(node)
        for piece in node.pieces(job):
            node.send(piece)
    node.job("boat", 100, 9)
    node.execute("UPDATE connections SET handle = -1, failures = 2, down_s = 1000, reason = 'x'")
    at(node, 2000.0)
    assert words(node, "no-connection").endswith(": no connection to boat: x")


def test_a_refusal_behind_many_others_is_found() -> None:
    node = shelf()
    _refusal("NOT_PERMITTED")(node)
    node.know("ferry")
    node.agree("ferry", MIB)
    for sequence in range(1, 1101):
        for piece in node.pieces(node.job("ferry", 100, sequence)):
            node.fact(piece, "handed", "processor_s")
            refused(node, piece, "NO_ROOM", "NO_ROOM: full")
    node.execute("UPDATE messages SET due_s = 9e9 WHERE state = 'S-4'")
    at(node, 1100.0)
    assert {"right-missing", "disk-full"} <= set(kinds(node))


def test_what_is_carried_for_others_and_has_no_job_is_shown() -> None:
    node = shelf()
    node.know("far")
    node.agree("far", MIB)
    sizes = {"size_bytes": 9, "total_bytes": 90, "envelope": b"e", "salt": b"s"}
    node.arrived(2, "boat", destination="far", **sizes)
    at(node, 1700.0)
    assert node.rows("SELECT * FROM jobs") == []
    assert kinds(node) == {"pieces-wait": "far"}


def log(node: Node, event: str, level: str, process: str, text: str, age_s: float = 5.0) -> None:
    """Log a line as a process."""
    node.execute(
        "INSERT INTO logs (unix_s, at_s, process, level, event, text) VALUES (?, 0, ?, ?, ?, ?)",
        (time.time() - age_s, process, level, event, text),
    )


def _unanswered_hello(node: Node) -> None:
    node.execute("INSERT INTO wanted_agreements VALUES ('boat')")
    (hello, _, _) = node.messages(4)[0]
    node.fact(hello, "unsent", "initial_sender", "timed out", 9e9)


def _silent(node: Node) -> None:
    node.execute("INSERT INTO heard VALUES ('boat', 1000.0, 4000.0, 5)")


def _one_way(node: Node) -> None:
    _no_reply(node)


def _call_failing(node: Node) -> None:
    node.execute("INSERT INTO cannot_dial_here VALUES ('boat', 1000.0)")
    node.execute(
        "INSERT INTO placed_calls (peer, failures, down_s, reason) VALUES ('boat', 2, 1000, 'x')"
    )


def _not_landed(node: Node) -> None:
    node.execute("UPDATE selfinfo SET lands = '[]'")
    node.execute(
        "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " unix_s) VALUES (77, 'boat', 'shelf', x'00', 77, 'name', 5, 0, 0)"
    )
    message = node.arrived(1, "boat", sequence=77, size_bytes=5, total_bytes=5, file=77)
    node.execute("INSERT INTO owed_landings VALUES (77, ?, zeroblob(32))", (message,))


def _no_way_back(node: Node) -> None:
    node.execute("INSERT INTO receipts_due VALUES ('buoy', 'shelf', x'00', 1, 1, 1, 0, '')")


def _refused_here(node: Node) -> None:
    node.execute("INSERT INTO refusals_given VALUES ('boat', 6, 'deliver', 'boat', 2, 0, 0, 'x')")


def _identity(node: Node) -> None:
    for epoch, number, first_s, last_s in ((b"1", 1, 0, 900), (b"2", 2, 100, 950)):
        node.execute(
            "INSERT INTO named_epochs VALUES ('boat', ?, ?, ?, ?, 'a', NULL)",
            (epoch, number, first_s, last_s),
        )


def _own_identity(node: Node) -> None:
    node.execute("INSERT INTO rights VALUES ('boat', 'deliver', '')")
    node.execute("INSERT INTO named_epochs VALUES ('boat', x'01', 1, 0, 0, 'a', 900)")


def _left_in_drop(node: Node) -> None:
    for name in ("a.part", "b.part"):
        node.execute("INSERT INTO passed_over VALUES ('boat', ?, 'unfinished', 1000)", (name,))


def _clock(node: Node) -> None:
    node.execute(
        "INSERT INTO windows (peer, texts, is_open, closed_s, is_clock_set)"
        " VALUES ('boat', '[\"Sat\"]', 0, 1000, 0)"
    )


def _disk(node: Node) -> None:
    node.execute("INSERT INTO disks VALUES ('.', 'full', 900, 1, 1000000, 900, 1, 900, 80)")


def _disk_fills(node: Node) -> None:
    node.execute(
        "INSERT INTO disks VALUES ('.', 'fine', 900, 4000000, 9000000, ?, 5000000, 1000, NULL)",
        (1000.0 + _DAY_S,),
    )


def _stand_in(node: Node) -> None:
    node.know("cork", via="boat")
    node.execute("INSERT INTO routes VALUES ('cork', 2, 'buoy', NULL)")
    node.execute("UPDATE peers SET via = 'buoy' WHERE node = 'cork'")


def _card_wear(node: Node) -> None:
    node.execute("INSERT INTO disks VALUES ('.', 'fine', 900, 9, 9, 900, 9, 900, 90)")


def _hook(node: Node) -> None:
    node.execute(
        "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " unix_s) VALUES (1, 'boat', 'shelf', x'', 1, 'a', 1, 0, 0)"
    )
    node.execute("INSERT INTO hooks VALUES (1, 1, 7, 1700000000, 'no paper')")


def _alarm_program(node: Node) -> None:
    node.execute(
        "INSERT INTO alarm_tellers VALUES ('program', 2, 1000, 0, 127, 'not found', NULL, NULL)"
    )


_GIB = 1 << 30


def wear(
    node: Node,
    endurance_bytes: int | None,
    days: int,
    day_bytes: int,
    total_bytes: int = 0,
    life_percent: int | None = None,
) -> None:
    """Let a card have had so many days, each with so many bytes, up to now."""
    node.execute(
        "INSERT OR REPLACE INTO devices VALUES ('one', 'mmcblk0', 'card', 1, ?, 0, ?, 0, 900, ?,"
        " 'boot', 0, 0, 0, 0, 0)",
        (endurance_bytes, life_percent, total_bytes),
    )
    node.execute("DELETE FROM device_days")
    for day in range(days):
        node.execute(
            "INSERT INTO device_days VALUES ('one', ?, ?, 86400, ?, 0, 0, 0)",
            (20_000 - day, 1000.0 - day * _DAY_S, day_bytes),
        )


def _card_life(node: Node) -> None:
    wear(node, 1000 * _GIB, 10, 10 * _GIB, 100 * _GIB)


def _card_writes(node: Node) -> None:
    wear(node, 3650 * _GIB, 10, _GIB // 10)
    node.execute(
        "UPDATE device_days SET device_bytes = ?, files_bytes = ? WHERE day = 20000",
        (2 * _GIB, _GIB),
    )


# For each kind that is no cause of a job: how it comes about, and its subject.
OTHERS: dict[str, tuple[Callable[[Node], None], str]] = {
    "silent": (_silent, "boat"),
    "stand-in": (_stand_in, "cork"),
    "unanswered-hello": (_unanswered_hello, "boat"),
    "one-way": (_one_way, "boat"),
    "call-failing": (_call_failing, "boat"),
    "no-way-back": (_no_way_back, "buoy"),
    "refused-here": (_refused_here, "boat"),
    "identity": (_identity, "boat"),
    "own-identity": (_own_identity, "boat"),
    "left-in-drop": (_left_in_drop, "drop/boat"),
    "budget-used": (_budget, "boat"),
    "clock": (_clock, "boat"),
    "disk": (_disk, "."),
    "disk-fills": (_disk_fills, "."),
    "card-wear": (_card_wear, "."),
    "card-life": (_card_life, "mmcblk0"),
    "card-writes": (_card_writes, "mmcblk0"),
    "restarts": (lambda node: log(node, "crashed", "error", "sender", "x"), "sender"),
    "errors": (lambda node: log(node, "claim-failed", "error", "importer", "x"), "importer"),
    "hook": (_hook, "post_receive"),
    "not-landed": (_not_landed, "store"),
    "alarm-program": (_alarm_program, "on_alarm"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_each_other_kind_is_shown(kind: str) -> None:
    arrange, subject = OTHERS[kind]
    node = shelf()
    assert kinds(node) == {}
    arrange(node)
    at(node, 1000.0 + _DAY_S)
    assert kinds(node)[kind] == subject


def edge_s(node: Node) -> float | None:
    """Return when time alone changes the view next."""
    due_s: float | None = node.value("SELECT min(due_s) FROM health_edges")
    return due_s


TIMED = {
    **{cause: arrange for cause, (arrange, is_shown) in STALLS.items() if is_shown},
    **{kind: arrange for kind, (arrange, _) in OTHERS.items()},
}


@pytest.mark.parametrize("kind", TIMED)
def test_what_time_makes_a_finding_is_known_before(kind: str) -> None:
    """Without this an alarm would be told whenever rows change next."""
    node = shelf()
    TIMED[kind](node)
    while kind not in kinds(node):
        edge = edge_s(node)
        assert edge is not None
        assert edge <= 1000.0 + _DAY_S
        at(node, edge - 1)
        assert kind not in kinds(node)
        at(node, edge + 1)


def test_a_fault_is_a_finding_for_a_day() -> None:
    node = shelf()
    log(node, "crashed", "error", "sender", "x")
    edge = edge_s(node)
    assert edge == pytest.approx(1000.0 + _DAY_S, abs=60)


def test_the_kinds_of_the_tables_are_all_there_are() -> None:
    text = (sql_directory() / "health.sql").read_text().split("CREATE VIEW findings", 1)[1]
    named = set(re.findall(r"(?m)^SELECT '([a-z-]+)', ", text))
    # Shown by a test of its own.
    assert named == set(OTHERS) | {"pieces-wait"}


def test_a_disk_without_room_and_a_process_that_crashes_on_are_errors() -> None:
    node = shelf()
    _disk(node)
    log(node, "crashed", "error", "sender", "first")
    severities = "SELECT kind, severity FROM health ORDER BY kind"
    assert node.rows(severities) == [("disk", "error"), ("restarts", "warning")]
    for text in ("second", "last"):
        log(node, "restarted", "warning", "sender", text)
    assert node.rows(severities) == [("disk", "error"), ("restarts", "error")]
    assert words(node, "restarts").endswith("3 times in the last day: last")


def test_a_disk_that_lasts_for_a_year_is_fine() -> None:
    node = shelf()
    _card_life(node)
    assert words(node, "card-life").startswith("the disk mmcblk0 will last for about 90 days")
    for endurance, days, day_bytes, total in (
        (1000 * _GIB, 10, 2 * _GIB, 100 * _GIB),  # 450 days
        (1000 * _GIB, 6, 10 * _GIB, 100 * _GIB),  # not a week yet
        (None, 10, 10 * _GIB, 0),  # it turns
        (1000 * _GIB, 10, 0, 0),
    ):
        wear(node, endurance, days, day_bytes, total)
        assert kinds(node) == {}, (endurance, days, day_bytes)


def test_what_a_disk_says_of_itself_counts_more_than_what_was_counted() -> None:
    node = shelf()
    wear(node, 1000 * _GIB, 10, 2 * _GIB, 100 * _GIB, life_percent=80)
    assert kinds(node) == {"card-life": "mmcblk0"}
    left = node.row("SELECT left_bytes / 1000000, left_days FROM disk_life")
    assert left == (200 * _GIB // 1_000_000, 100)
    # That one is told by its own kind.
    wear(node, 1000 * _GIB, 10, 2 * _GIB, life_percent=90)
    assert kinds(node) == {}


def test_days_before_a_month_and_other_disks_do_not_count() -> None:
    node = shelf()
    at(node, 100 * _DAY_S)
    wear(node, 1000 * _GIB, 10, 10 * _GIB, 100 * _GIB)
    assert node.value("SELECT day_bytes FROM disk_life") is None
    node.execute("UPDATE device_days SET until_s = until_s + 99 * 86400")
    assert node.value("SELECT day_bytes FROM disk_life") == 10 * _GIB
    node.execute(
        "INSERT INTO devices VALUES ('two', 'sda', 'turning', 1, NULL, 0, NULL, 0, 8e6, 0,"
        " 'boot', 0, 0, 0, 0, 0)"
    )
    assert node.rows("SELECT disk, day_bytes, left_days FROM disk_life") == [("sda", None, None)]
    assert kinds(node) == {}


@pytest.mark.parametrize(
    ("usual_bytes", "last_bytes", "days", "is_told"),
    [
        (_GIB // 10, 2 * _GIB, 10, True),
        (_GIB // 4, 2 * _GIB, 10, False),  # eight times
        (1000, _GIB - 1, 10, False),  # little for this card
        (_GIB // 10, 2 * _GIB, 7, False),  # six days before it
    ],
)
def test_a_day_is_told_when_it_is_ten_others(
    usual_bytes: int, last_bytes: int, days: int, is_told: bool
) -> None:
    node = shelf()
    wear(node, 3650 * _GIB, days, usual_bytes)
    node.execute("UPDATE device_days SET device_bytes = ? WHERE day = 20000", (last_bytes,))
    assert ("card-writes" in kinds(node)) is is_told
    # The next day ends it.
    node.execute("INSERT INTO device_days VALUES ('one', 20001, 1001, 60, 5, 0, 0, 0)")
    assert "card-writes" not in kinds(node)


def test_what_is_over_is_no_finding() -> None:
    node = shelf()
    log(node, "crashed", "error", "sender", "x", age_s=_DAY_S + 5)
    _hook(node)
    node.execute("UPDATE hooks SET exit_status = 0")
    node.execute("INSERT INTO alarm_tellers VALUES ('program', 0, NULL, 0, 0, '', NULL, NULL)")
    assert kinds(node) == {}
