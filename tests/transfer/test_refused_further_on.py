"""The source of a file that a node further on refuses is told which node that is, and why."""

import os

from netrelay.core.words import Refusal
from tests.transfer.carried_row import Row
from tests.transfer.linked_pair import SIZE

CONTENT = os.urandom(SIZE)
SHOWN = "SELECT c.cause, c.reason FROM causes c JOIN messages m ON m.id = c.job AND m.type = 6"


def tell(row: Row) -> None:
    """Let brno bring its receipts to alba."""
    row.brno.say_receipts()
    row.hop(row.brno, row.alba, row.first)


def test_a_relay_without_the_right_to_carry(row: Row) -> None:
    row.cork.write("DELETE FROM rights WHERE verb = 'carry'")
    row.alba.drop_file(row.cork, b"name", CONTENT)
    assert set(row.first_hop()) == {None}
    assert row.alba.rows(SHOWN) == [("receipt", None)]
    assert set(row.second_hop()) == {Refusal.NOT_PERMITTED}
    tell(row)
    assert row.alba.rows(SHOWN) == [
        (
            "receipt",
            "brno could not carry it on: NOT_PERMITTED: cork does not permit it; there, type:"
            " netrelay peer allow alba deliver; netrelay peer allow brno carry alba",
        )
    ]
    # It is told once, and nothing is ended.
    said = len(row.brno.states(7))
    for _ in range(3):
        row.brno.time_s += 61
        assert set(row.second_hop()) == {Refusal.NOT_PERMITTED}
        tell(row)
    assert len(row.brno.states(7)) == said == 1
    row.cork.allow(row.brno, "carry", row.alba.id)
    row.brno.time_s += 61
    assert set(row.second_hop()) == {None}
    row.cork.deliver()
    row.cork.say_receipts()
    row.hop(row.cork, row.brno, row.second)
    row.hop(row.brno, row.alba, row.first)
    assert row.alba.states(6) == ["F"]
    assert row.cork.inbox(row.alba) == {"name": CONTENT}
    assert row.alba.refused == row.brno.refused == row.cork.refused == []
