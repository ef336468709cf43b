"""Two relays for one destination: the second takes over while the first is off, and gives back."""

import os
from collections.abc import Iterator

import pytest

from tests.story.nodes import MIB, Homes, RunningNode, wait_for

NOW_BY = "SELECT h.name FROM peers p JOIN peers h ON h.node = p.via WHERE p.name = ?"
ALL_TAKEN = "SELECT 1 FROM messages WHERE type = 6 AND state = 'S-2W' AND pieces_left = 0"
DELIVERED = "SELECT 1 FROM messages WHERE type = 6 AND state = 'F'"


class Diamond:
    """alba sends to cork by brno, else by bari; cork answers likewise."""

    def __init__(self, homes: Homes) -> None:
        self.alba, self.cork = homes.node("alba"), homes.node("cork")
        self.brno, self.bari = homes.node("brno"), homes.node("bari")
        self.all = (self.alba, self.brno, self.bari, self.cork)
        for node in self.all:
            node.configure(capacity=64 * 1024)
        relays = ("--via", "brno", "--via", "bari")
        for node in self.all:
            for other in self.all:
                if other is not node:
                    node.enrol(other)
        for end, other_end in ((self.alba, self.cork), (self.cork, self.alba)):
            end.line.good("peer", "route", other_end.name, *relays)
            for relay in (self.brno, self.bari):
                relay.line.good("peer", "allow", end.name, "relay")
                end.line.good("peer", "allow", relay.name, "carry", other_end.name)
        self.cork.line.good("peer", "allow", "alba", "deliver")

    def start(self) -> None:
        for node in self.all:
            node.begin()
        for node in self.all:
            node.wait_until_ready()

    def is_away(self, node: RunningNode) -> None:
        """Let the minute pass after which the first relay is away, once it is not reached."""
        node.wait_for_rows("SELECT 1 FROM connections WHERE unreached_s IS NOT NULL")
        node.change(
            "UPDATE connections SET unreached_s = unreached_s - 60", "SELECT wake('processor_s')"
        )

    def is_back(self, node: RunningNode) -> None:
        """Let the half minute pass after which the first relay is taken back."""
        node.connect_now()
        node.wait_for_rows(
            "SELECT 1 FROM connections c JOIN peers p ON p.node = c.peer"
            " WHERE p.name = 'brno' AND c.handle >= 0"
        )
        # After half a minute it is reached, also if its connection ends then for a new agreement.
        node.change(
            "UPDATE connections SET changed_s = changed_s - 30, unreached_s = NULL",
            "SELECT wake('processor_s')",
        )


@pytest.fixture
def diamond(homes: Homes) -> Iterator[Diamond]:
    found = Diamond(homes)
    found.start()
    yield found


def test_the_second_relay_takes_over_in_the_middle_of_a_file_and_gives_back(
    diamond: Diamond,
) -> None:
    alba, brno, bari, cork = diamond.all
    alba.line.good("limit", "brno", "400K")
    large = alba.drop("cork", "large.bin", os.urandom(3 * MIB))
    wait_for("a part of it to be at cork", cork.bytes_coming)
    brno.kill_up()
    diamond.is_away(alba)
    wait_for("bari to take over", lambda: alba.value(NOW_BY, "cork") == "bari")
    said = alba.line.good("why", "cork")
    assert "goes by bari" in said
    assert ", since brno is not reached: " in said
    assert "is taken back by itself; `netrelay peer ping brno" in alba.line("check").out
    assert "a minute, so what is for cork goes by bari now: " in alba.line.good("logs")
    # cork owes the receipt, and learns in its turn that brno is away.
    diamond.is_away(cork)
    cork.wait_for_delivery("alba", large)
    alba.wait_for_rows(DELIVERED)
    assert alba.rows("SELECT 1 FROM peers p JOIN peers h ON h.node = p.via WHERE h.name = 'brno'"
                     " AND p.name = 'cork'") == []  # fmt: skip

    # What brno took before is its duty: it brings it, and nothing comes of it twice.
    brno.start()
    diamond.is_back(alba)
    wait_for("brno to be taken back", lambda: alba.value(NOW_BY, "cork") == "brno")
    diamond.is_back(cork)
    wait_for("brno to be taken back by cork", lambda: cork.value(NOW_BY, "alba") == "brno")
    alba.line.good("limit", "brno", "none")
    before = bari.number("SELECT count(*) FROM messages WHERE type IN (1, 2)")
    small = alba.drop("cork", "small.txt", b"by brno again")
    cork.wait_for_delivery("alba", small)
    for node in diamond.all:
        node.due_now()
        node.wait_until_settled()
    assert bari.number("SELECT count(*) FROM messages WHERE type IN (1, 2)") == before
    assert cork.inbox_names("alba") == ["large.bin", "small.txt"]
    assert cork.number("SELECT count(*) FROM files") == 2
    assert [node.errors() for node in diamond.all] == [[]] * 4


def test_what_the_first_relay_has_taken_and_not_brought_comes_by_the_second(
    diamond: Diamond,
) -> None:
    """brno has acknowledged all of it and goes off: its destination says what it lacks."""
    alba, brno, bari, cork = diamond.all
    brno.line.good("pause", "cork")
    taken = alba.drop("cork", "taken.bin", os.urandom(MIB))
    alba.wait_for_rows(ALL_TAKEN)
    brno.kill_up()
    text = alba.drop("cork", "later.txt", b"waits for a connection")
    diamond.is_away(alba)
    wait_for("bari to take over", lambda: alba.value(NOW_BY, "cork") == "bari")
    cork.wait_for_delivery("alba", text)
    diamond.is_away(cork)
    # cork has its manifest by bari now, and answers the next one with what it lacks.
    cork.wait_for_rows("SELECT 1 FROM messages WHERE type = 3 AND state = 'N-4'")
    alba.due_now()
    cork.wait_for_delivery("alba", taken)
    wait_for("both receipts", lambda: len(alba.rows(DELIVERED)) == 2)
    brno.start()
    brno.line.good("resume", "cork")
    for node in diamond.all:
        node.due_now()
        node.wait_until_settled()
    assert cork.inbox_names("alba") == ["later.txt", "taken.bin"]
    assert cork.number("SELECT count(*) FROM files") == 2
    assert bari.number("SELECT count(*) FROM messages WHERE type = 2 AND birth = 'arrived'") == 16
    assert [node.errors() for node in diamond.all] == [[]] * 4
