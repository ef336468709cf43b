"""When a change of `health` is told: what lasts, what flaps, how often, and what fails."""

import pytest

from tests.sql.node import Node
from tests.sql.test_views import at, shelf

_HOUR_S = 3600.0


def seen(node: Node, severity: str = "warning", kind: str = "paused") -> None:
    """Let a look at the view find something about the boat."""
    node.execute(
        "INSERT INTO alarm_seen VALUES (?, 'boat', ?, 'words', 'help', '', ?)",
        (kind, severity, node.time_s),
    )


def cleared(node: Node, kind: str = "paused") -> None:
    """Let a look find it no more."""
    node.execute("INSERT INTO alarm_cleared VALUES (?, 'boat', ?)", (kind, node.time_s))


def due(node: Node) -> list[tuple[str, float]]:
    """Return each change that is owed, and in how many seconds."""
    found = node.rows("SELECT change, due_s - ? FROM alarm_changes", (node.time_s,))
    return [(change, max(left_s, 0.0)) for change, left_s in found]


def run(node: Node, exit_status: int = 0) -> str:
    """Run the program for the only change that is due; return the change."""
    kind, change, severity = node.row("SELECT kind, change, severity FROM alarm_changes")
    assert due(node) == [(change, 0.0)]
    node.execute(
        "INSERT INTO alarm_runs VALUES (?, 'boat', ?, ?, ?, 'said', ?)",
        (kind, change, severity, exit_status, node.time_s),
    )
    return str(change)


def test_what_lasts_is_told_once_and_what_has_gone_for_a_while_too() -> None:
    node = shelf()
    seen(node)
    assert due(node) == [("raised", 30.0)]
    at(node, 1030.0)
    assert run(node) == "raised"
    assert due(node) == []
    cleared(node)
    assert due(node) == [("gone", 300.0)]
    at(node, 1330.0)
    assert run(node) == "gone"
    assert due(node) == []
    at(node, 1330.0 + _HOUR_S)
    cleared(node)
    assert node.rows("SELECT * FROM alarms") == []


def test_what_is_gone_before_it_was_told_is_none() -> None:
    node = shelf()
    seen(node)
    at(node, 1020.0)
    cleared(node)
    assert node.rows("SELECT * FROM alarms") == []


def test_a_line_that_comes_and_goes_all_night_is_one_alarm() -> None:
    node = shelf()
    seen(node)
    at(node, 1030.0)
    run(node)
    for number in range(100):
        at(node, 1100.0 + 300 * number)
        cleared(node)
        assert [change for change, left_s in due(node) if left_s == 0.0] == []
        at(node, 1100.0 + 300 * number + 200)
        seen(node)
        assert due(node) == []


def test_what_gets_worse_is_told_at_once_and_better_is_not() -> None:
    node = shelf()
    seen(node)
    at(node, 1030.0)
    run(node)
    seen(node, "error")
    assert run(node) == "worse"
    seen(node)
    assert due(node) == []
    seen(node, "error")
    assert due(node) == []


def test_at_most_six_runs_an_hour_for_one_kind_and_subject() -> None:
    node = shelf()
    told = []
    for number in range(12):
        (cleared if number % 2 else seen)(node)
        ((_, left_s),) = due(node)
        if left_s > 300:
            break
        at(node, node.time_s + left_s)
        told.append(run(node))
    assert told == ["raised", "gone"] * 3
    first_s = 1030.0
    assert node.time_s + left_s == first_s + _HOUR_S


def test_a_program_that_fails_is_run_again_later_and_later() -> None:
    node = shelf()
    seen(node)
    at(node, 1030.0)
    waits = []
    for _ in range(9):
        assert run(node, 7) == "raised"
        ((_, left_s),) = due(node)
        waits.append(left_s)
        at(node, node.time_s + left_s)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    said = "SELECT kind, words FROM health WHERE kind = 'alarm-program'"
    assert node.row(said) == (
        "alarm-program",
        "the alarm program ended with 7: said; 9 times in a row",
    )
    assert run(node) == "raised"
    assert node.rows(said) == []


def test_what_goes_while_the_program_fails_is_not_told() -> None:
    node = shelf()
    seen(node)
    at(node, 1030.0)
    run(node, 7)
    cleared(node)
    assert due(node) == []


def test_what_comes_back_during_the_run_that_says_that_it_is_gone_is_raised_again() -> None:
    node = shelf()
    seen(node)
    at(node, 1030.0)
    run(node)
    cleared(node)
    at(node, 1330.0)
    seen(node)
    node.execute("INSERT INTO alarm_runs VALUES ('paused', 'boat', 'gone', 'warning', 0, '', 1330)")
    assert due(node) == [("raised", 30.0)]


@pytest.mark.parametrize("kind", ["refused", "right-missing", "quota", "disk-full"])
def test_a_refusal_is_one_alarm_although_each_try_is_on_its_way(kind: str) -> None:
    node = shelf()
    seen(node, kind=kind)
    at(node, 1030.0)
    run(node)
    cleared(node, kind)
    # A message is offered again after five minutes at the latest.
    assert due(node) == [("gone", 900.0)]
