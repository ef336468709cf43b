"""The log: one bounded line each, limited in rate and rows, stored in one transaction."""

import ast
import string
from collections.abc import Iterator
from typing import Any

import apsw
import pytest

from netrelay.runtime import log as log_module
from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home
from netrelay.runtime.log import CRASHED, STRANGER, Log, LogLine
from netrelay.store.database import Database
from netrelay.store.lock import WriteLock
from tests.house.source_tree import modules_in

LINE = LogLine("*", "test", "notice", "{what}")
OTHER = LogLine("*", "other", "error", "{what}")
LINES = {name: each for name, each in vars(log_module).items() if isinstance(each, LogLine)}


class Time:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def read(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def database(home: Home, time: Time) -> Iterator[Database]:
    home.make_runtime()
    lock = WriteLock(home.runtime / "database.lock", "sender")
    clock = system_clock()._replace(boottime_s=time.read)
    database = Database(home.database, "sender", lock, clock)
    yield database
    database.close()
    lock.close()


@pytest.fixture
def log(database: Database) -> Log:
    return Log("sender", database)


def texts(database: Database) -> list[str]:
    return [str(text) for (text,) in database.rows("SELECT text FROM logs ORDER BY id")]


def test_a_row_has_process_time_event_message_and_peer(
    log: Log, database: Database, time: Time
) -> None:
    log.write(STRANGER, message=7, peer="b" * 32, address="192.0.2.7", reason="no certificate")
    assert texts(database) == []
    time.now_s += 1
    log.store()
    query = "SELECT process, level, event, message, peer, text, at_s FROM logs"
    assert database.rows(query) == [
        (
            "sender",
            "warning",
            "stranger",
            7,
            "b" * 32,
            "connection from 192.0.2.7 ended: no certificate",
            database.now_s(),
        )
    ]
    log.store()
    assert len(texts(database)) == 1


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[2J\x00\x7f", r"\x1b[2J\x00\x7f"),
        ("gpj\u202eexe", r"gpj\u202eexe"),
        ("\udcff name", r"\udcff name"),
        ("{braces} and %s", "{braces} and %s"),
        ("Öl für 3 €", "Öl für 3 €"),
        ("x" * 10_000, "x" * 500),
        (OSError("broken"), "broken"),
        (None, "None"),
    ],
)
def test_every_text_is_one_bounded_line(
    log: Log, database: Database, what: object, shown: str
) -> None:
    log.write(LINE, what=what)
    log.store()
    assert texts(database) == [shown]


def test_the_same_line_is_logged_once_a_minute(log: Log, database: Database, time: Time) -> None:
    for seconds in (0, 30, 29.5):
        time.now_s += seconds
        log.write(LINE, what="again")
        log.write(LINE, what=f"new after {seconds}")
        log.store()
    assert texts(database) == ["again", "new after 0", "new after 30", "new after 29.5"]
    time.now_s += 1
    log.write(LINE, what="again")
    log.store()
    assert texts(database)[-1] == "again"


def test_lines_of_a_kind_are_limited_in_a_minute(log: Log, database: Database, time: Time) -> None:
    for number in range(1000):
        log.write(LINE, what=f"host {number}")
        log.write(OTHER, what="not affected")
    log.store()
    logged = texts(database)
    assert len(logged) == 61
    assert logged[-1] == "host 59 (more lines of this kind are left out for a minute)"
    assert "not affected" in logged
    time.now_s += 60
    log.write(LINE, what="host 1000")
    log.store()
    assert texts(database)[-1] == "host 1000"


def test_the_memory_of_logged_lines_is_bounded(log: Log, time: Time) -> None:
    for number in range(10_000):
        time.now_s += 61
        log.write(LINE, what=number)
    assert len(log._last_logged_s) <= 256
    assert len(log._minutes) == 1


def test_the_oldest_rows_are_deleted(
    log: Log, database: Database, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "_MOST_KEPT", 5)
    for number in range(12):
        time.now_s += 61
        log.write(LINE, what=number)
        log.store()
    assert texts(database) == ["7", "8", "9", "10", "11"]


def test_queued_lines_are_one_transaction_and_without_lines_there_is_none(
    log: Log, database: Database
) -> None:
    commits = []

    def count() -> bool:
        commits.append(1)
        return False

    database._connection.set_commit_hook(count)
    log.store()
    assert commits == []
    log.write(LINE, what="one")
    log.write(OTHER, what="two")
    log.store()
    assert commits == [1]
    assert texts(database) == ["one", "two"]


def test_lines_that_could_not_be_stored_are_stored_the_next_time(
    log: Log, database: Database
) -> None:
    log.write(LINE, what="kept")
    database._connection.set_commit_hook(lambda: True)
    with pytest.raises(apsw.Error):
        log.store()
    database._connection.set_commit_hook(None)
    log.write(CRASHED, error="and why")
    log.store()
    assert texts(database) == ["kept", "unexpected error, starting again: and why"]


# Every line, and every call that logs one


@pytest.mark.parametrize("name", LINES)
def test_every_line_can_be_stored(name: str, log: Log, database: Database) -> None:
    line = LINES[name]
    fields: dict[str, Any] = {
        field: "x" for _, field, _, _ in string.Formatter().parse(line.text) if field
    }
    log.write(line, **fields)
    log.store()
    assert len(texts(database)) == 1


def test_event_names_are_unique() -> None:
    assert len({line.event for line in LINES.values()}) == len(LINES)


def calls(folder: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield place and node of every call of `write` with the name of a line."""
    for module in modules_in(folder):
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "write"
                and node.args
                and isinstance(node.args[0], ast.Name)
                and node.args[0].id in LINES
            ):
                yield f"{module.name}:{node.lineno}", node


CALLS = [call for room in ("processes", "transfer", "runtime") for call in calls(room)]


def fault(call: ast.Call) -> str:
    """Return how the fields of a call differ from those of its line; "" if they do not."""
    name = call.args[0]
    assert isinstance(name, ast.Name)
    wanted = {field for _, field, _, _ in string.Formatter().parse(LINES[name.id].text) if field}
    given = {keyword.arg for keyword in call.keywords} - {"message", "peer"}
    return "" if given == wanted else f"{name.id} wants {sorted(wanted)}, gets {given}"


def test_every_call_passes_the_fields_of_its_line() -> None:
    assert len(CALLS) > 10
    assert [f"{where}: {fault(call)}" for where, call in CALLS if fault(call)] == []


def test_a_call_with_a_missing_field_is_caught() -> None:
    call = ast.parse("log.write(STRANGER, reason=1)").body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert fault(call.value)


def test_every_line_is_last_logged_somewhere() -> None:
    rooms = ("processes", "transfer", "runtime", "cli")
    used = {
        node.id
        for room in rooms
        for module in modules_in(room)
        if module.name != "netrelay.runtime.log"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name)
    }
    assert set(LINES) - used == set()
