"""Properties of the machine as a whole, each one query over the table or the schema."""

import re
from collections import Counter

import pytest

from netrelay.core.words import PROCESSES, State
from netrelay.store.arrivals import ArrivalVerdict
from netrelay.store.guards import guards_script
from netrelay.store.schema import machine_script
from tests.sql.node import Node

UNREACHABLE = """
WITH RECURSIVE reached (state) AS (
  VALUES ('-') UNION SELECT to_state FROM transitions JOIN reached ON from_state = state)
SELECT from_state FROM transitions WHERE from_state NOT IN reached
"""

# For each type: states it can be in from which no chain of moves leads to F or D.
DEAD_ENDS = """
WITH RECURSIVE
  places (type, state) AS (SELECT type, to_state FROM transitions),
  home (type, state) AS (
    SELECT DISTINCT type, state FROM places WHERE state IN ('F', 'D')
    UNION SELECT t.type, t.from_state FROM transitions t JOIN home h
      ON t.type = h.type AND t.to_state = h.state)
SELECT DISTINCT type, state FROM places EXCEPT SELECT type, state FROM home
"""

# States in which a type can come to rest: some move ends there and the engine asks nothing more,
# or every answer may be a self-loop. N-1, N-2 and N-3 always ask; so does S-1 of types 4 and 5.
WAITING = """
SELECT DISTINCT type, to_state FROM transitions
 WHERE to_state IN ('N-4', 'S-1', 'S-2', 'S-2W', 'S-4', 'S-4W', 'S-5')
   AND NOT (to_state = 'S-1' AND type IN (4, 5))
   AND NOT (to_state = 'N-4' AND type IN (2, 4, 5, 7))
"""
WITHOUT_LIFETIME = (
    WAITING + " AND NOT EXISTS (SELECT 1 FROM transitions e WHERE e.event = 'expired'"
    " AND e.from_state = transitions.to_state AND e.type = transitions.type AND e.to_state = 'D')"
)

EFFECT_WITHOUT_TRIGGER = """
SELECT DISTINCT effect FROM transitions t WHERE effect IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'effect_' || t.effect
     AND tbl_name = 'messages' AND sql LIKE '%AFTER UPDATE OF effect ON messages%'
     AND sql LIKE '%NEW.effect = ''' || t.effect || '''%')
"""
TRIGGER_WITHOUT_EFFECT = """
SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'effect~_%' ESCAPE '~'
   AND substr(name, 8) NOT IN (SELECT effect FROM transitions WHERE effect IS NOT NULL)
"""

# Questions of the engine whose answers lead round in a circle without a fact from outside.
CIRCLES = """
WITH RECURSIVE
  asked (type, state, next) AS (
    SELECT type, from_state, to_state FROM transitions
     WHERE actor = 'engine' AND from_state <> to_state
       AND (from_state IN ('N-1', 'N-2', 'N-3')
         OR from_state = 'N-4' AND event IN ('piece-stored', 'key-stored', 'acted')
         OR from_state = 'S-1'
           AND event IN ('consensus', 'no-route', 'no-size', 'fits', 'too-big', 'outgrown',
              'oversize', 'any-size')
         OR from_state = 'S-2W' AND event = 'hop-enough')),
  path (type, start, state) AS (
    SELECT type, state, next FROM asked
    UNION SELECT p.type, p.start, a.next FROM path p JOIN asked a
      ON a.type = p.type AND a.state = p.state)
SELECT DISTINCT type, start FROM path WHERE start = state
"""


@pytest.fixture
def node() -> Node:
    return Node("here")


def test_every_state_is_reachable(node: Node) -> None:
    assert node.rows(UNREACHABLE) == []
    node.execute("DELETE FROM transitions WHERE to_state = 'S-4W'")
    assert ("S-4W",) in node.rows(UNREACHABLE)


def test_every_state_has_a_way_home(node: Node) -> None:
    assert node.rows(DEAD_ENDS) == []
    node.execute("DELETE FROM transitions WHERE from_state = 'N-4' AND type = 7")
    assert node.rows(DEAD_ENDS) == [(7, "N-3"), (7, "N-4")]


def test_every_state_that_waits_has_a_lifetime_exit(node: Node) -> None:
    types: dict[str, set[int]] = {}
    for type_, state in node.rows(WAITING):
        types.setdefault(state, set()).add(type_)
    assert types == {
        "N-4": {1, 3},
        "S-1": {1, 2, 3, 6, 7},
        "S-2": {2, 6},
        "S-2W": {1, 2, 6},
        "S-4": {1, 2, 3, 7},
        "S-4W": {1, 2, 3, 7},
        "S-5": {4, 5},
    }
    assert node.rows(WITHOUT_LIFETIME) == []
    node.execute("DELETE FROM transitions WHERE from_state = 'S-4W' AND event = 'expired'")
    assert node.rows(WITHOUT_LIFETIME + " AND type = 2") == [(2, "S-4W")]


def test_effects_and_their_triggers_name_one_another(node: Node) -> None:
    assert node.rows(EFFECT_WITHOUT_TRIGGER) == []
    assert node.rows(TRIGGER_WITHOUT_EFFECT) == []
    node.execute("DELETE FROM transitions WHERE effect = 'remind'")
    assert node.rows(TRIGGER_WITHOUT_EFFECT) == [("effect_remind",)]
    node.execute("DROP TRIGGER effect_cut")
    assert node.rows(EFFECT_WITHOUT_TRIGGER) == [("cut",)]


def test_questions_of_the_engine_lead_nowhere_in_a_circle(node: Node) -> None:
    assert node.rows(CIRCLES) == []
    node.execute(
        "INSERT INTO transitions VALUES"
        " ('S-2W', 'hop-enough', 3, 'N-1', NULL, 'engine', 'a circle'),"
        " ('S-1', 'any-size', 3, 'S-2W', NULL, 'engine', 'a circle')"
    )
    assert (3, "N-1") in node.rows(CIRCLES)


def test_effects_stand_only_where_a_walk_rests(node: Node) -> None:
    """A walk keeps the effect of its last step alone: one on a step it passes would be lost."""
    passed = node.rows(
        "SELECT from_state, event, to_state, type FROM transitions WHERE effect IS NOT NULL"
        " AND from_state <> to_state AND (to_state IN ('N-1', 'N-2', 'N-3', 'S-1')"
        "   OR to_state = 'N-4' AND type IN (2, 4, 5, 7) OR to_state = 'S-2W' AND type IN (1, 2))"
    )
    assert passed == []


def test_every_word_is_known(node: Node) -> None:
    states = {s for (s,) in node.rows("SELECT from_state FROM transitions")}
    states |= {s for (s,) in node.rows("SELECT to_state FROM transitions")}
    assert states - {"-"} <= set(State)
    actors = {a for (a,) in node.rows("SELECT actor FROM transitions")}
    assert actors <= {*PROCESSES, "engine", "person"}
    assert node.rows("SELECT * FROM transitions WHERE length(why) < 4") == []


def test_what_the_engine_says_is_in_the_machine(node: Node) -> None:
    """Every event a trigger reports has a row by the engine, and every engine row is said."""
    script = re.sub(r"--.*", "", machine_script())
    said = set(re.findall(r"'([a-z]+(?:-[a-z]+)*)'", script))
    engine = {e for (e,) in node.rows("SELECT event FROM transitions WHERE actor = 'engine'")}
    assert engine - said == set()
    for event, actor in re.findall(r"'([a-z-]+)', '(engine|processor_s|exporter)' FROM", script):
        assert node.rows("SELECT 1 FROM transitions WHERE event = ? AND actor = ?", (event, actor))


def test_the_dead_and_the_finished_stay_what_they_are(node: Node) -> None:
    """Every way out of F and D, by name: nothing leaves them by accident."""
    ways = node.rows(
        "SELECT from_state, event, to_state, group_concat(type, '') FROM transitions"
        " WHERE from_state IN ('F', 'D') AND to_state <> from_state GROUP BY 1, 2, 3"
    )
    assert sorted(ways) == [
        ("D", "again", "F", "4"),
        ("D", "again", "N-1", "123"),
        ("D", "again", "S-1", "5"),
        ("D", "agreed", "F", "4"),
        ("D", "parent-done", "F", "123"),
        ("D", "receipted", "F", "16"),
        ("D", "repeat", "S-1", "123"),
        ("D", "retry", "N-1", "16"),
        ("D", "touched", "N-1", "6"),
        ("F", "again", "N-1", "2"),
        ("F", "again", "S-1", "5"),
        ("F", "carry", "N-1", "13"),
        ("F", "repeat", "S-1", "123"),
    ]


TRIGGER = re.compile(
    r"CREATE TRIGGER (\w+) (BEFORE|AFTER|INSTEAD OF) (INSERT|DELETE|UPDATE)(?: OF ([\w, ]+?))?"
    r"\s+ON (\w+)\s*(?:WHEN (.*?))?\s*BEGIN",
    re.DOTALL,
)


def test_watched_columns_exist(node: Node) -> None:
    """SQLite accepts UPDATE OF a column that is not there, and never fires."""
    triggers = TRIGGER.findall(re.sub(r"--.*", "", machine_script()) + guards_script())
    assert len(triggers) == node.value("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
    for name, _, _, columns, table, _ in triggers:
        exist = {c for (c,) in node.rows(f"SELECT name FROM pragma_table_info('{table}')")}
        assert set(columns.replace(" ", "").split(",")) - {""} <= exist, name


def test_at_most_one_trigger_fires_at_a_time(node: Node) -> None:
    """The order of several is undocumented: those of one kind must exclude each other."""
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for name, timing, event, columns, table, when in TRIGGER.findall(
        re.sub(r"--.*", "", machine_script())
    ):
        if not name.startswith(("guard_", "effect_")):
            groups.setdefault((table, timing, event, columns), []).append((name, when))
    shared = {key: names for key, names in groups.items() if len(names) > 1}
    group = shared.pop(("messages", "AFTER", "UPDATE", "state"))
    outcomes = shared.pop(("outcomes", "INSTEAD OF", "INSERT", ""))
    calls = shared.pop(("calls", "INSTEAD OF", "INSERT", ""))
    arrivals = shared.pop(("arrivals", "INSTEAD OF", "INSERT", ""))
    decided = shared.pop(("decided_arrivals", "INSTEAD OF", "INSERT", ""))
    call_reports = shared.pop(("call_reports", "INSTEAD OF", "INSERT", ""))
    sources = shared.pop(("source_troubles", "INSTEAD OF", "INSERT", ""))
    assert shared == {}
    for reason in ("'why'", "NULL"):
        assert _firing(node, sources, {"NEW.reason": reason}) == 1
    for event in ("open", "ended", "unagreed", "unreached", "silent", "kept", "rested"):
        assert _firing(node, call_reports, {"NEW.event": f"'{event}'"}) == 1
    for found in ("x'00'", "x'01'", "NULL"):
        assert _firing(node, arrivals, {"NEW.hash": "x'00'", "NEW.found": found}) == 1
    for verdict in ArrivalVerdict:
        assert _firing(node, decided, {"NEW.verdict": f"'{verdict}'"}) == 1, verdict
    for code in (0, 1, 17):
        assert _firing(node, outcomes, {"NEW.code": str(code)}) == 1
    for handle in ("-1", "0", "7"):
        for open_s in ("NULL", "0.5"):
            assert _firing(node, calls, {"NEW.handle": handle, "NEW.open_s": open_s}) == 1
    for parent in (0, 7):
        for birth in ("cut", "arrived"):
            for old in State:
                for new in set(State) - {old}:
                    values = {
                        "NEW.parent": str(parent),
                        "NEW.birth": f"'{birth}'",
                        "NEW.type": "6",
                        "NEW.state": f"'{new}'",
                        "OLD.state": f"'{old}'",
                    }
                    assert _firing(node, group, values) <= 1, values


def test_every_trigger_is_compiled_once(node: Node) -> None:
    """DO UPDATE, OR IGNORE and OR REPLACE compile all triggers below them for their own clause.

    Each process compiles the engine for each of its statements: 40 ms and 4 MB when it was twice.
    """
    compiled = Counter(name for name, _ in _programs(node) if not name.startswith("guard_"))
    assert compiled["fact_reported"] == 1
    assert {name: count for name, count in compiled.items() if count > 1} == {}


def test_a_trigger_of_messages_or_events_is_short(node: Node) -> None:
    """SQLite clears the registers of each of them at every walk, whether it fires or not."""
    programs = dict(_programs(node))
    events = {"walk_stored", "guard_events_insert"}
    on_row = {
        name
        for name, _, _, _, table, _ in TRIGGER.findall(re.sub(r"--.*", "", machine_script()))
        if table == "messages" and not name.startswith("guard_")
    }
    assert "effect_receipts" in on_row
    assert events <= programs.keys()
    long = {name: programs[name] for name in on_row & programs.keys() if programs[name] > 100}
    assert long == {}


@pytest.mark.parametrize("written", ["facts", "arrivals", "calls", "call_reports"])
def test_no_program_makes_a_table_of_constants(node: Node, written: str) -> None:
    """IN with more than two constants fills a temporary table each time: seven for each walk once.

    The conditions of partial indexes are compiled into these programs too.
    """
    columns = len(node.rows(f"PRAGMA table_info({written})"))
    statement = f"INSERT INTO {written} VALUES ({', '.join('1' * columns)})"
    assert columns > 0
    assert _tables_of_constants(node, statement) == set()


def test_a_table_of_constants_is_seen(node: Node) -> None:
    node.execute(
        "CREATE TRIGGER three AFTER INSERT ON events WHEN NEW.event IN ('a', 'b', 'c') BEGIN"
        " SELECT 1; END"
    )
    assert _tables_of_constants(node, "INSERT INTO facts VALUES (1, 1, 1, 1, 1)") == {"three"}


def _tables_of_constants(node: Node, statement: str) -> set[str]:
    """Return the triggers that fill a temporary table with more than two constants."""
    found, name, opcodes = set(), "", ""
    for _, opcode, _, _, _, comment, *_ in node.rows("EXPLAIN " + statement):
        trigger = re.match(r"-- TRIGGER (\w+)", str(comment))
        name = trigger[1] if trigger else name
        opcodes = f"{opcodes} {opcode}"
        if re.search(r"OpenEphemeral( (String8|Integer) MakeRecord IdxInsert){3}$", opcodes):
            found.add(name)
    return found


def _programs(node: Node) -> list[tuple[str, int]]:
    """Return the name and the number of instructions of each trigger that a fact compiles."""
    programs: list[tuple[str, int]] = []
    explained = node.rows("EXPLAIN INSERT INTO facts (message, event, actor) VALUES (1, 'a', 'b')")
    for address, _, _, _, _, comment, *_ in explained:
        if address == 0:
            programs.append(("", 0))
        found = re.match(r"-- TRIGGER (\w+)", str(comment))
        programs[-1] = (found[1] if found else programs[-1][0], programs[-1][1] + 1)
    return [(name, count) for name, count in programs if name]


def _firing(node: Node, triggers: list[tuple[str, str]], values: dict[str, str]) -> int:
    """Return how many of these triggers fire for a row."""
    count = 0
    for _, when in triggers:
        question = when
        for column, value in values.items():
            question = question.replace(column, value)
        count += bool(node.value(f"SELECT {question}"))
    return count


# Views and statements that run at every step: none may read all messages or all files.
STEPS = {
    "work_initial_sender": "SELECT * FROM work_initial_sender",
    "work_connect": "SELECT * FROM work_connect",
    "work_send": "SELECT * FROM work_send WHERE next_hop = 'x' LIMIT 8",
    "work_timer": "SELECT * FROM work_timer",
    "work_exporter": "SELECT * FROM work_exporter",
    "work_importer": "SELECT * FROM work_importer",
    "work_receipts": "SELECT * FROM work_receipts",
    "next_due": "SELECT * FROM next_due",
    "a manifest": "SELECT id FROM messages WHERE source = 'x' AND destination = 'x'"
    " AND epoch = x'00' AND sequence = 1 AND attempt = 1 AND type = 3 AND hash IS found",
}


@pytest.mark.parametrize("step", STEPS)
def test_no_step_reads_everything(node: Node, step: str) -> None:
    plan = [detail for *_, detail in node.rows("EXPLAIN QUERY PLAN " + STEPS[step])]
    for line in plan:
        partial = re.search(
            r"USING (?:COVERING )?INDEX (messages_to_\w+|messages_\w+|files_open)", line
        )
        assert not re.match(r"SCAN (m|messages|w|h|f|files|events)\b", line) or partial, plan


def test_a_plan_that_reads_everything_is_seen(node: Node) -> None:
    """The negative control of the test above."""
    for index in ("messages_exhausted", "messages_to_send", "messages_postponed"):
        node.execute(f"DROP INDEX {index}")
    with pytest.raises(AssertionError):
        test_no_step_reads_everything(node, "work_timer")
