"""The words that are on the wire or in the database keep their values."""

from pathlib import Path

import pytest

from netrelay.core.words import PROCESSES, MessageType, Refusal, State, WireError

TRANSITIONS = Path(__file__).parents[2] / "sql" / "transitions.txt"
PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"


def test_types_have_the_numbers_of_the_wire() -> None:
    assert [(t.name, t.value) for t in MessageType] == [
        ("SINGLE", 1),
        ("CHUNK", 2),
        ("MANIFEST", 3),
        ("HELLO", 4),
        ("HELLO_REPLY", 5),
        ("JOB", 6),
        ("RECEIPT", 7),
    ]


def test_states_are_those_of_the_machine() -> None:
    rows = [line.split() for line in TRANSITIONS.read_text(encoding="utf-8").splitlines()]
    states = {row[0] for row in rows if row and row[0] != "#"}
    states |= {row[3] for row in rows if row and row[0] != "#"}
    assert states - {"-"} | {"N-0"} == {str(state) for state in State}


def test_the_document_says_what_each_refusal_means_for_a_sender() -> None:
    lines = PROTOCOL.read_text(encoding="utf-8").splitlines()
    for refusal in Refusal:
        yes_no = ["yes" if asked else "no" for asked in (refusal.for_good, refusal.costs_attempt)]
        begin = f"| {refusal.value} | {refusal.name} | {yes_no[0]} | {yes_no[1]} |"
        assert [line for line in lines if line.startswith(begin)], begin


def test_what_is_refused_for_good_costs_an_attempt() -> None:
    assert [r for r in Refusal if r.for_good and not r.costs_attempt] == []
    assert {r for r in Refusal if not r.costs_attempt} == {
        Refusal.NEED_MANIFEST,
        Refusal.NO_ROOM,
        Refusal.QUOTA,
        Refusal.NOT_PERMITTED,
        Refusal.NO_ROUTE,
        Refusal.HELD,
    }


def test_eight_processes_each_once() -> None:
    assert len(PROCESSES) == len(set(PROCESSES)) == 8


def test_a_wire_error_is_a_value_error_with_its_code() -> None:
    with pytest.raises(ValueError, match="too deep") as raised:
        raise WireError(Refusal.LOOP, "too deep")
    assert isinstance(raised.value, WireError)
    assert raised.value.refusal is Refusal.LOOP
