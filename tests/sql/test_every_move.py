"""Every state, event, type and actor tried against the real triggers.

Exactly the rows of transitions.txt move; everything else is refused with the clear error and
changes nothing. The rows are read here anew, not by the code that fills the database.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import apsw
import pytest

from netrelay.core.words import PROCESSES, State
from netrelay.store.schema import sql_directory
from tests.sql.node import MIB, Node

TYPES = range(9)  # 8 stands for what is no type at all
ACTORS = (*PROCESSES, "engine", "person", "nobody")
STATES = ("-", *State)
OUTGOING = {"S-1", "S-2", "S-2W", "S-4", "S-4W", "S-5"}


class Move(NamedTuple):
    """What a row of the file says about one type."""

    to: str
    actor: str
    effect: str


def read_file() -> dict[tuple[str, str, int, str], Move]:
    moves: dict[tuple[str, str, int, str], Move] = {}
    for line in (sql_directory() / "transitions.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            from_state, event, types, to, effect, actor = line.split()[:6]
            for digit in types:
                key = (from_state, event, int(digit), actor)
                assert key not in moves, f"two rows for {key}"
                moves[key] = Move(to, actor, effect)
    return moves


MOVES = read_file()
EVENTS = sorted({event for _, event, _, _ in MOVES} | {"no-such-event"})


def kind(type_: int) -> int:
    return type_ if type_ in range(1, 8) else 0


class Board(NamedTuple):
    """A node with one message for each state and type, both ways where it can be."""

    node: Node
    ids: dict[tuple[str, int], int]


@pytest.fixture(scope="module")
def board() -> Board:
    """Place the messages with the guards off, then put the guards back as they were."""
    node = Node("here")
    node.know("there")
    node.agree("there", MIB)
    off = ("message_born", "guard_messages_insert")
    scripts = node.rows("SELECT name, sql FROM sqlite_master WHERE name IN (?, ?)", off)
    assert len(scripts) == 2
    for name in off:
        node.execute(f"DROP TRIGGER {name}")
    ids: dict[tuple[str, int], int] = {}
    for state in STATES:
        for type_ in TYPES:
            ours = state in OUTGOING or (state in "FD" and type_ in (1, 2, 3, 6))
            node.execute(
                "INSERT INTO messages (type, state, source, destination, epoch, sequence, birth,"
                " actor, size_bytes, total_bytes, lifetime_s, reason, info)"
                " VALUES (?, ?, ?, ?, x'0102030405060708', ?, '', '', 5, 5, 60, 'r', ?)",
                (
                    type_,
                    state,
                    "here" if ours else "there",
                    "there" if ours else "here",
                    1000 + len(ids),
                    '{"addresses": [], "commsport": 1, "dataports": [1], "capacity": 65536,'
                    ' "size": 65536, "words": []}',
                ),
            )
            ids[state, type_] = node.connection.last_insert_rowid()
    for _, script in scripts:
        node.execute(script)
    return Board(node, ids)


def tries(board: Board, state: str) -> Iterator[tuple[int, int, str, str]]:
    for type_ in TYPES:
        for event in EVENTS:
            for actor in ACTORS:
                yield board.ids[state, type_], type_, event, actor


def snapshot(node: Node, message: int) -> tuple[object, ...]:
    return (
        node.row("SELECT * FROM messages WHERE id = ?", (message,)),
        node.row("SELECT count(*), max(id) FROM messages"),
        node.row("SELECT coalesce(max(seq), 0) FROM events"),
    )


def check_walk(type_: int, event: str, actor: str, walk: str) -> None:
    """Every step of a walk is a row: the first the reported one, the rest the engine's."""
    states = walk.split()
    assert MOVES[states[0], event, kind(type_), actor].to == states[1]
    steps = {
        (f, m.to) for (f, _, t, _), m in MOVES.items() if t == kind(type_) and m.actor == "engine"
    }
    for step in pairwise(states[1:]):
        assert step in steps, f"{step} in {walk} of type {type_}"


@pytest.mark.parametrize("state", STATES)
def test_only_the_rows_move(board: Board, state: str) -> None:
    node, moved = board.node, set()
    for message, type_, event, actor in tries(board, state):
        before = snapshot(node, message)
        node.execute("SAVEPOINT attempt")
        try:
            node.execute("INSERT INTO facts VALUES (?, ?, ?, NULL, NULL)", (message, event, actor))
        except apsw.ConstraintError as error:
            assert str(error) == (
                f"no such move: message {message} in {state} of type {type_}, {event} by {actor}"
            )
            assert snapshot(node, message) == before
        else:
            moved.add((type_, event, actor))
            from_state, to, walk = node.row(
                "SELECT from_state, to_state, walk FROM events WHERE seq = (SELECT min(seq)"
                " FROM events WHERE message = ?)",
                (message,),
            )
            assert (from_state, to) == (state, walk.split()[-1])
            check_walk(type_, event, actor, walk)
        node.execute("ROLLBACK TO attempt")
        node.execute("RELEASE attempt")
    expected = {
        (type_, event, actor)
        for type_ in TYPES
        for event in EVENTS
        for actor in ACTORS
        if (state, event, kind(type_), actor) in MOVES
    }
    assert moved == expected


def test_the_board_shows_a_missing_row(board: Board) -> None:
    """The negative control: a row taken out of the machine is a move that is refused."""
    node, message = board.node, board.ids["S-4", 1]
    node.execute("SAVEPOINT control")
    node.execute("DELETE FROM transitions WHERE from_state = 'S-4' AND event = 'handed'")
    with pytest.raises(apsw.ConstraintError, match="no such move"):
        node.fact(message, "handed", "processor_s")
    node.execute("ROLLBACK TO control")
    node.execute("RELEASE control")
    node.execute("SAVEPOINT control")
    node.fact(message, "handed", "processor_s")
    node.execute("ROLLBACK TO control")
    node.execute("RELEASE control")


def test_an_unknown_state_or_type_takes_no_row_of_another(board: Board) -> None:
    assert {t for _, _, t, _ in MOVES} == set(range(8))
    assert {s for s, _, _, _ in MOVES} | {m.to for m in MOVES.values()} == set(STATES) - {"N-0"}
