"""Refusals and backoffs are rows, and the doors `outcomes`, `calls`, `greetings` follow them."""

from pathlib import Path

import pytest

from netrelay.core.words import Refusal
from netrelay.store.schema import backoffs, refusals
from tests.sql.node import MIB, Node

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
# By hand, from docs/protocol.md, section 10: for good, and costs an attempt.
FOR_GOOD = {
    *("UNKNOWN_TYPE", "UNKNOWN_SUITE", "LOOP", "CONFLICT", "MALFORMED", "FINISHED", "EXPIRED"),
    "NOT_BUILT",
}
FREE_OF_CHARGE = {"NEED_MANIFEST", "NO_ROOM", "QUOTA", "NOT_PERMITTED", "NO_ROUTE", "HELD"}


@pytest.fixture(name="node")
def _node() -> Node:
    """Return a node that knows nobody."""
    return Node("a")


def test_there_is_a_row_for_each_refusal_of_the_wire() -> None:
    assert [(row.code, row.name) for row in refusals()] == [
        (each.value, each.name) for each in Refusal
    ]


def test_what_a_refusal_is_to_its_sender() -> None:
    events = {row.name: row.event for row in refusals()}
    assert {name for name, event in events.items() if event == "refused"} == FOR_GOOD
    assert {
        name for name, event in events.items() if event in ("deferred", "need-manifest")
    } == FREE_OF_CHARGE
    assert events["NEED_MANIFEST"] == "need-manifest"


def test_what_is_over_asks_nobody_to_wait_and_waits_for_nothing() -> None:
    assert [row for row in refusals() if row.event == "refused" and (row.wait_s or row.cause)] == []
    assert [row for row in refusals() if row.event != "refused" and not row.cause] == []


def test_the_protocol_says_the_same() -> None:
    lines = PROTOCOL.read_text(encoding="utf-8").splitlines()
    for row in refusals():
        for_good = "yes" if row.event == "refused" else "no"
        costs = "yes" if row.event in ("refused", "nacked") else "no"
        begin = f"| {row.code} | {row.name} | {for_good} | {costs} |"
        assert [line for line in lines if line.startswith(begin)], begin


def test_the_rows_lie_in_every_database(node: Node) -> None:
    assert node.rows("SELECT * FROM refusals ORDER BY code") == [tuple(row) for row in refusals()]
    assert node.rows("SELECT * FROM backoffs ORDER BY policy, failures") == sorted(
        tuple(row) for row in backoffs()
    )


def test_delays_double_to_the_longest() -> None:
    delays = {
        policy: [(row.least_s, row.most_s) for row in backoffs() if row.policy == policy]
        for policy in ("call", "redial", "settle", "hello", "repeat", "hint", "delivery")
    }
    doubled = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert delays["call"] == [(0.1, most) for most in doubled]
    assert delays["hello"] == [(most / 2, most) for most in doubled]
    assert delays["redial"] == [(0.1, 0.3)]
    assert delays["settle"] == [(1, 1)]
    assert [most for _, most in delays["repeat"]] == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert delays["delivery"] == [(10, 10), (20, 20), (40, 40), (60, 60)]
    assert delays["hint"] == [(most, most) for most in (1, 2, 4, 8, 16, 32, 64, 128)]


class TestOutcomes:
    """A message that was handed over, and each answer to it."""

    @staticmethod
    def chunk(node: Node, is_carried: bool = False) -> int:
        """Return a chunk in S-4W: of a job, or carried for another node."""
        node.know("b")
        node.agree("b", MIB)
        if is_carried:
            message = node.arrived(
                2, "x", destination="b", size_bytes=MIB, total_bytes=MIB, envelope=b"e", salt=b"s"
            )
        else:
            node.job("b", 2 * MIB)
            message = node.value("SELECT min(id) FROM messages WHERE type = 2")
        node.fact(message, "handed", "processor_s")
        return message

    def answer(self, node: Node, message: int, code: int, retry_after_s: int = 0) -> None:
        node.execute("INSERT INTO outcomes VALUES (?, ?, ?, 'why')", (message, code, retry_after_s))

    def test_durable_is_acknowledged(self, node: Node) -> None:
        message = self.chunk(node)
        self.answer(node, message, 0)
        assert node.rows("SELECT state, refusal FROM messages WHERE id = ?", (message,)) == [
            ("F", None)
        ]

    @pytest.mark.parametrize("refusal", Refusal)
    def test_each_refusal_is_the_event_of_its_row(self, node: Node, refusal: Refusal) -> None:
        message = self.chunk(node)
        self.answer(node, message, refusal.value)
        event = node.value(
            "SELECT event FROM events WHERE message = ? ORDER BY seq DESC LIMIT 1", (message,)
        )
        (row,) = (row for row in refusals() if row.code == refusal)
        # What is refused for now goes back to S-1, and on to S-4 in the same walk.
        assert event == row.event
        state, code, count = node.rows(
            "SELECT state, refusal, refusals FROM messages WHERE id = ?", (message,)
        )[0]
        assert state == ("D" if row.event == "refused" else "S-4")
        assert (code, count) == (refusal.value, 1 if row.event == "nacked" else 0)

    def test_the_peer_says_how_long_to_wait_but_not_less_than_a_second(self, node: Node) -> None:
        message = self.chunk(node)
        self.answer(node, message, Refusal.NO_ROOM, 60)
        assert node.value("SELECT due_s - clock() FROM messages WHERE id = ?", (message,)) == 60
        node.time_s += 60
        node.fact(message, "handed", "processor_s")
        self.answer(node, message, Refusal.BAD_HASH, 0)
        assert node.value("SELECT due_s - clock() FROM messages WHERE id = ?", (message,)) == 1

    def test_at_its_source_what_could_not_be_opened_goes_at_once(self, node: Node) -> None:
        message = self.chunk(node)
        self.answer(node, message, Refusal.CANNOT_OPEN, 1)
        assert node.value("SELECT due_s FROM messages WHERE id = ?", (message,)) == 0

    def test_a_relay_waits_for_the_source_to_repeat_a_manifest(self, node: Node) -> None:
        message = self.chunk(node, is_carried=True)
        self.answer(node, message, Refusal.NEED_MANIFEST)
        assert node.value("SELECT due_s - clock() FROM messages WHERE id = ?", (message,)) == 30

    def test_a_code_that_is_none_changes_nothing_and_is_named(self, node: Node) -> None:
        message = self.chunk(node)
        with pytest.raises(Exception, match="refusal 99 by processor_s"):
            self.answer(node, message, 99)
        assert node.value("SELECT state FROM messages WHERE id = ?", (message,)) == "S-4W"


class TestCalls:
    """Connections that were asked for: backoff, doubt, and what is forgotten."""

    @pytest.fixture
    def linked(self, node: Node) -> Node:
        """A node that has agreed on a size with b."""
        node.know("b")
        node.agree("b", MIB)
        return node

    @staticmethod
    def call(
        node: Node,
        handle: int = -1,
        verdict: int = -1,
        retry_after_s: int = 0,
        open_s: float | None = None,
        jitter: float = 1.0,
    ) -> float:
        """Report a call; return the seconds until the next one."""
        number = node.value("SELECT agreement_number FROM sysinfo WHERE node = 'b'")
        node.execute(
            "INSERT INTO calls VALUES ('b', ?, ?, ?, ?, ?, ?, '', 'why')",
            (handle, verdict, number, retry_after_s, open_s, jitter),
        )
        delay_s: float = node.value("SELECT due_s - clock() FROM connections WHERE peer = 'b'")
        return delay_s

    def test_each_failure_doubles_the_delay_up_to_five_minutes(self, linked: Node) -> None:
        delays = [self.call(linked) for _ in range(12)]
        assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]

    def test_jitter_spreads_it_evenly_from_a_tenth_of_a_second_on(self, linked: Node) -> None:
        for _ in range(4):
            self.call(linked)
        assert self.call(linked, jitter=0.0) == pytest.approx(0.1)
        assert self.call(linked, jitter=0.5) == pytest.approx(0.1 + (32 - 0.1) / 2)

    def test_the_peer_may_ask_for_longer(self, linked: Node) -> None:
        assert self.call(linked, verdict=3, retry_after_s=17) == 17

    def test_a_connection_that_opens_forgets_the_failures(self, linked: Node) -> None:
        for _ in range(5):
            self.call(linked)
        linked.execute("INSERT INTO calls VALUES ('b', 7, 0, 2, 0, NULL, 0.5, '192.0.2.7', '')")
        assert linked.rows("SELECT handle, failures, due_s, down_s FROM connections") == [
            (7, 0, 0, None)
        ]

    def test_the_address_reached_or_tried_last_stays_beside_the_handle(self, linked: Node) -> None:
        def kept() -> list[tuple[int, str]]:
            linked.execute("INSERT INTO calls VALUES ('b', ?, 0, 2, 0, ?, 0.5, ?, 'why')", answer)
            return linked.rows("SELECT handle, address FROM connections")

        answer: tuple[int, float | None, str] = (-1, None, "")
        assert kept() == [(-1, "")]
        assert linked.value("SELECT last_address FROM peer_overview WHERE peer = 'b'") is None
        answer = (7, None, "192.0.2.7")
        assert kept() == [(7, "192.0.2.7")]
        answer = (-1, 100.0, "")
        assert kept() == [(-1, "192.0.2.7")]
        answer = (-1, None, "fe80::1%wlan0")
        assert kept() == [(-1, "fe80::1%wlan0")]
        answer = (-1, None, "")
        assert kept() == [(-1, "fe80::1%wlan0")]
        answer = (8, None, "192.0.2.8")
        assert kept() == [(8, "192.0.2.8")]
        answer = (9, None, "")
        assert kept() == [(9, "192.0.2.8")]
        assert linked.rows("SELECT last_address FROM peer_overview") == [("192.0.2.8",)]

    def test_what_was_open_is_dialled_again_soon_but_not_twice_a_second(self, linked: Node) -> None:
        assert self.call(linked, open_s=100.0, jitter=0.0) == pytest.approx(0.1)
        assert self.call(linked, open_s=100.0, jitter=1.0) == pytest.approx(0.3)
        assert self.call(linked, open_s=0.25, jitter=0.0) == pytest.approx(0.75)

    def test_a_peer_that_cannot_be_reached_twice_is_asked_where_it_is(self, linked: Node) -> None:
        self.call(linked)
        assert linked.rows("SELECT state FROM messages WHERE type = 4") == []
        for _ in range(3):
            self.call(linked)
        assert linked.rows("SELECT state FROM messages WHERE type = 4") == [("S-5",)]
        assert linked.value("SELECT count(*) FROM sysinfo") == 1

    @pytest.mark.parametrize("verdict", [2, 3])
    def test_a_peer_that_answers_is_where_it_should_be(self, linked: Node, verdict: int) -> None:
        for _ in range(4):
            self.call(linked, verdict=verdict)
        assert linked.rows("SELECT state FROM messages WHERE type = 4") == []

    def test_no_agreement_is_believed_and_asked_for_soon(self, linked: Node) -> None:
        for _ in range(6):
            self.call(linked)
        linked.time_s += 60
        assert self.call(linked, verdict=1) == 1
        assert linked.rows("SELECT * FROM sysinfo") == []

    def test_an_agreement_that_was_settled_since_is_kept(self, linked: Node) -> None:
        linked.time_s += 60
        linked.execute("INSERT INTO calls VALUES ('b', -1, 1, 0, 0, NULL, 0.5, '', 'why')")
        assert linked.value("SELECT count(*) FROM sysinfo") == 1

    def test_what_waits_for_its_next_try_goes_when_the_connection_is_back(
        self, linked: Node
    ) -> None:
        linked.job("b", 10)
        message = linked.value("SELECT id FROM messages WHERE type = 1")
        linked.fact(message, "handed", "processor_s")
        linked.execute("INSERT INTO outcomes VALUES (?, 6, 60, 'why')", (message,))
        self.call(linked, open_s=100.0)
        assert linked.value("SELECT due_s - clock() FROM messages WHERE id = ?", (message,)) == (
            pytest.approx(0.3)
        )


class TestGreetings:
    """Consensus messages: sent or not, due again until the reply is here."""

    def test_each_try_doubles_the_delay_and_half_of_it_is_drawn(self, node: Node) -> None:
        node.know("b")
        node.job("b", 10)
        hello = node.value("SELECT id FROM messages WHERE type = 4")
        delays = []
        for event in ("unsent", "sent", "unsent"):
            node.execute("INSERT INTO greetings VALUES (?, ?, 0.0, NULL)", (hello, event))
            delays.append(node.value("SELECT due_s - clock() FROM messages WHERE id = ?", (hello,)))
        assert delays == [0.5, 1, 2]
