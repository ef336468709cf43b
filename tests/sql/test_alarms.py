"""When a change of `health` is told: what lasts, what flaps, how often, and what fails."""

import pytest

from tests.sql.node import Node
from tests.sql.test_views import at, shelf

_HOUR_S = 3600.0


def seen(node: Node, severity: str = "warning", kind: str = "paused") -> None:
    """Let a look at the view find something about the boat."""
    node.execute(
        "INSERT INTO alarm_seen VALUES ('program', ?, 'boat', ?, 'words', 'help', '', ?)",
        (kind, severity, node.time_s),
    )


def cleared(node: Node, kind: str = "paused") -> None:
    """Let a look find it no more."""
    node.execute("INSERT INTO alarm_cleared VALUES ('program', ?, 'boat', ?)", (kind, node.time_s))


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


def overseen(severity: str = "warning", *kinds: str) -> Node:
    """Return a node with the boat as overseer, and findings that are due."""
    node = shelf()
    node.execute("INSERT INTO alarm_overseers VALUES ('boat')")
    for kind in kinds or ("disk",):
        node.execute(
            "INSERT INTO alarm_seen VALUES ('overseer', ?, '.', ?, 'words', 'help', '', ?)",
            (kind, severity, node.time_s),
        )
    at(node, node.time_s + 60)
    return node


def tell(node: Node, message: int = 7) -> list[str]:
    """Make a text of all that is due; return the changes."""
    rows = node.rows(
        "SELECT kind, change, severity FROM alarm_changes WHERE due_s <= ? ORDER BY kind",
        (node.time_s,),
    )
    for kind, change, severity in rows:
        telling = "gone" if change == "gone" else severity
        node.execute("INSERT INTO alarm_texts VALUES (?, '.', ?, ?)", (kind, telling, message))
    return [f"{change} {kind}" for kind, change, _ in rows]


def end_text(node: Node, exit_status: int = 0) -> None:
    node.execute(
        "INSERT INTO alarm_ends VALUES ('overseer', ?, 'why', ?)", (exit_status, node.time_s)
    )


def test_while_a_text_is_on_its_way_none_is_owed() -> None:
    node = overseen("warning", "disk", "errors")
    assert tell(node) == ["raised disk", "raised errors"]
    node.execute(
        "INSERT INTO alarm_seen VALUES ('overseer', 'disk', '.', 'error', 'w', 'h', '', 0)"
    )
    node.execute("INSERT INTO alarm_cleared VALUES ('overseer', 'errors', '.', ?)", (node.time_s,))
    assert due(node) == []
    at(node, node.time_s + 30 * 86_400)
    assert due(node) == []
    end_text(node)
    assert tell(node) == ["worse disk", "gone errors"]
    end_text(node)
    assert due(node) == []


def test_what_a_dead_text_told_is_owed_again_while_it_is_true() -> None:
    node = overseen("warning", "disk", "errors")
    tell(node)
    node.execute("INSERT INTO alarm_cleared VALUES ('overseer', 'errors', '.', ?)", (node.time_s,))
    end_text(node, 1)
    assert due(node) == [("raised", 60.0)]
    at(node, node.time_s + 60)
    assert tell(node) == ["raised disk"]
    end_text(node)
    assert due(node) == []


def test_another_overseer_is_told_everything_anew() -> None:
    node = overseen()
    tell(node)
    end_text(node)
    node.execute("INSERT INTO alarm_overseers VALUES ('buoy')")
    assert node.rows("SELECT * FROM alarms") == []
    assert node.rows("SELECT teller, peer FROM alarm_tellers") == [("overseer", "buoy")]
    node.execute("INSERT INTO alarm_overseers VALUES (NULL)")
    assert node.rows("SELECT * FROM alarm_tellers") == []


def test_the_program_and_the_overseer_are_told_apart() -> None:
    node = overseen()
    seen(node, kind="disk")
    assert len(due(node)) == 2
    tell_program = "INSERT INTO alarm_runs VALUES ('disk', 'boat', 'raised', 'warning', 0, '', 0)"
    node.execute(tell_program)
    assert node.rows("SELECT teller FROM alarm_changes") == [("overseer",)]


def test_each_way_of_waiting_for_the_overseer_is_one_of_its_way() -> None:
    node = shelf()
    ways = {kind for (kind,) in node.rows("SELECT kind FROM findings_of_ways")}
    causes = {cause for (cause,) in node.rows("SELECT cause FROM stall_bounds")}
    assert causes < ways
    assert not ways & {"disk", "errors", "restarts", "identity", "alarm-program", "budget-used"}
