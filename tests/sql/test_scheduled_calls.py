"""Calls on a schedule: when the next one is placed, and what ends for want of anything to send."""

import pytest

from tests.sql.node import Node
from tests.sql.test_calls import boat, hub, report, settle

__all__ = ["boat", "hub"]  # fixtures

EVERY_S = 900
DUE_S = "SELECT due_s FROM work_call"
OPENED = "INSERT INTO calls VALUES ('hub', 6, 0, 3, 0, NULL, 0.5, '10.0.0.9', '')"
ENDED = "INSERT INTO calls VALUES ('hub', -1, ?, 3, 0, 30.0, 0.5, '', 'nothing is left')"


@pytest.fixture(autouse=True)
def schedule(boat: Node, hub: Node) -> None:
    boat.execute("UPDATE selfinfo SET call_every_s = ?", (EVERY_S,))
    settle(boat, hub)


def test_the_next_call_is_due_an_interval_after_the_last_one_opened(boat: Node) -> None:
    assert boat.rows("SELECT node, rest_s FROM work_call WHERE due_s <= clock()") == [("hub", 10)]
    boat.time_s = 1000.0
    report(boat, "open")
    boat.time_s += 40
    report(boat, "rested", "")
    assert boat.rows("SELECT is_open, failures, reason FROM placed_calls") == [(0, 0, "")]
    assert boat.value(DUE_S) == 1000 + EVERY_S
    due_s = boat.value("SELECT due_s FROM next_due WHERE process = 'processor_r'")
    assert due_s == 1000 + EVERY_S


def test_after_a_long_call_there_is_a_minute_of_rest(boat: Node) -> None:
    boat.time_s = 1000.0
    report(boat, "open")
    boat.time_s += 5000
    report(boat, "rested", "")
    assert boat.value(DUE_S) == 6000 + 60


def test_one_that_breaks_or_is_not_reached_is_placed_as_any_other(boat: Node) -> None:
    report(boat, "open")
    boat.time_s += 10
    report(boat, "ended")
    assert boat.value(DUE_S) <= boat.time_s + 1
    boat.time_s += 10
    report(boat, "unreached")
    assert boat.value(DUE_S) <= boat.time_s + 2


def test_what_is_sent_has_the_call_placed_with_it(boat: Node) -> None:
    for opened in (OPENED, ENDED.replace("?", "0"), OPENED):
        boat.time_s += 10
        report(boat, "open")
        boat.time_s += 40
        report(boat, "rested", "")
        boat.time_s += 10
        boat.woken.clear()
        boat.execute(opened)
        is_due = boat.value(DUE_S) <= boat.time_s
        assert is_due is (opened == OPENED)
        assert ("processor_r" in boat.woken) is is_due


def test_a_call_that_stays_open_has_no_schedule(boat: Node) -> None:
    boat.execute("UPDATE selfinfo SET call_every_s = NULL")
    assert boat.rows("SELECT rest_s FROM work_call") == [(0,)]
    boat.job("hub", 5)
    assert boat.rows("SELECT rest_s FROM work_connect") == [(0,)]


def test_a_connection_without_anything_to_send_ends_and_did_not_fail(boat: Node) -> None:
    boat.job("hub", 5)
    assert boat.rows("SELECT node, rest_s FROM work_connect") == [("hub", 10)]
    boat.execute(OPENED)
    boat.execute(ENDED, (0,))
    assert boat.rows("SELECT handle, failures FROM connections") == [(-1, 0)]
    boat.execute(OPENED)
    boat.execute(ENDED, (-1,))
    assert boat.rows("SELECT handle, failures FROM connections") == [(-1, 1)]


def test_what_is_refused_is_not_tried_again_because_the_connection_rests(boat: Node) -> None:
    boat.job("hub", 5)
    boat.execute(OPENED)
    message = boat.value("SELECT id FROM messages WHERE state = 'S-4'")
    boat.fact(message, "handed", "processor_s")
    boat.execute("INSERT INTO outcomes VALUES (?, 3, 60, 'it is full')", (message,))
    (due_s,) = boat.row("SELECT due_s FROM messages WHERE id = ?", (message,))
    assert due_s > boat.time_s
    boat.execute(ENDED, (0,))
    assert boat.row("SELECT due_s FROM messages WHERE id = ?", (message,)) == (due_s,)
    boat.execute(OPENED)
    boat.execute(ENDED, (-1,))
    assert boat.value("SELECT due_s FROM messages WHERE id = ?", (message,)) < due_s


def test_people_see_when_the_next_call_is(boat: Node) -> None:
    boat.execute(
        "INSERT INTO clock (one, boot_id, offset_s, unix_offset_s) VALUES (1, 'boot', 0, 0)"
    )
    shown = "SELECT call, call_every_s, unixepoch(call_next_at) FROM peer_overview"
    assert boat.rows(shown) == [("none", EVERY_S, None)]
    boat.time_s = 1000.0
    report(boat, "open")
    assert boat.rows(shown) == [("open", EVERY_S, None)]
    boat.time_s += 40
    report(boat, "rested", "")
    assert boat.rows(shown) == [("resting", EVERY_S, 1000 + EVERY_S)]
    boat.time_s += EVERY_S
    report(boat, "unreached")
    assert boat.rows(shown)[0][0] == "failing"
