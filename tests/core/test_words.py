"""The words that are on the wire or in the database keep their values."""

from pathlib import Path

import pytest

from netrelay.core.words import PROCESSES, MessageType, Refusal, State, WireError

TRANSITIONS = Path(__file__).parents[2] / "sql" / "transitions.txt"


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


def test_eight_processes_each_once() -> None:
    assert len(PROCESSES) == len(set(PROCESSES)) == 8


def test_a_wire_error_is_a_value_error_with_its_code() -> None:
    with pytest.raises(ValueError, match="too deep") as raised:
        raise WireError(Refusal.LOOP, "too deep")
    assert isinstance(raised.value, WireError)
    assert raised.value.refusal is Refusal.LOOP
