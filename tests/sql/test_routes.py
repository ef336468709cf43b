"""Several next hops for one peer: the next takes over while one is away, and gives back."""

import pytest

from tests.sql.node import MIB, Node

AWAY_S, BACK_S = 60.0, 30.0


@pytest.fixture
def node() -> Node:
    """A node that sends to `there` by `one`, else by `two`."""
    node = Node("here")
    for peer in ("one", "two", "there"):
        node.know(peer)
    for peer in ("one", "two"):
        node.agree(peer, MIB)
    listed(node, "one", "two")
    node.time_s = 1000.0
    return node


def listed(node: Node, *hops: str) -> None:
    node.execute("DELETE FROM routes WHERE peer = 'there'")
    for position, hop in enumerate(hops, 1):
        node.execute("INSERT INTO routes VALUES ('there', ?, ?, NULL)", (position, hop))
    node.execute("UPDATE peers SET via = ? WHERE node = 'there'", (hops[0],))


def call(node: Node, peer: str, handle: int = -1, open_s: float | None = None) -> None:
    """Report what became of a connection: failed, unless it has a handle or was open."""
    node.execute(
        "INSERT INTO calls VALUES (?, ?, ?, 2, 0, ?, 0.5, '', 'why')",
        (peer, handle, 0 if handle >= 0 else -1, open_s),
    )


def turn(node: Node) -> str:
    """Do what processor_s does; return the next hop."""
    node.execute("INSERT INTO route_turns SELECT * FROM route_turns")
    return str(node.value("SELECT via FROM peers WHERE node = 'there'"))


def away(node: Node, peer: str = "one") -> None:
    """Fail to reach a peer for a minute."""
    call(node, peer)
    node.time_s += AWAY_S
    call(node, peer)


def test_the_next_takes_over_after_a_minute(node: Node) -> None:
    single = node.text("there", 5)
    call(node, "one")
    node.time_s += AWAY_S - 0.1
    call(node, "one")
    assert turn(node) == "one"
    assert node.rows("SELECT min(due_s) FROM route_edges") == [(1000.0 + AWAY_S,)]
    node.time_s += 0.1
    assert turn(node) == "two"
    assert node.row("SELECT state, next_hop FROM messages WHERE id = ?", (single,)) == (
        "S-4",
        "two",
    )
    assert node.rows("SELECT hop, used_s FROM routes WHERE peer = 'there' ORDER BY position") == [
        ("one", None),
        ("two", node.time_s),
    ]


def test_the_first_is_dialled_meanwhile_although_nothing_is_ready_for_it(node: Node) -> None:
    away(node)
    assert turn(node) == "two"
    node.time_s += 600.0
    assert ("one",) in node.rows("SELECT node FROM work_connect")
    call(node, "one")
    due_s = node.value("SELECT due_s FROM connections WHERE peer = 'one'")
    assert node.value("SELECT due_s FROM next_due WHERE process = 'processor_s'") == due_s
    node.execute("UPDATE peers SET paused_s = 1 WHERE node = 'one'")
    node.time_s += 600.0
    assert node.rows("SELECT node FROM work_connect") == []


def test_the_first_is_taken_back_when_it_has_been_open_for_half_a_minute(node: Node) -> None:
    away(node)
    assert turn(node) == "two"
    call(node, "two", handle=1)
    flying, waiting = node.text("there", 5), node.text("there", 5, 2)
    node.fact(flying, "handed", "processor_s")
    call(node, "one", handle=2)
    node.time_s += BACK_S - 0.1
    assert turn(node) == "two"
    node.time_s += 0.1
    assert turn(node) == "one"
    # What two has is decided by two; what waits goes by one.
    assert node.state(flying) == "S-4W"
    node.fact(flying, "acked", "processor_s")
    assert node.row("SELECT state, next_hop FROM messages WHERE id = ?", (waiting,)) == (
        "S-4",
        "one",
    )


def test_one_that_comes_and_goes_each_second_is_not_taken_back(node: Node) -> None:
    away(node)
    assert turn(node) == "two"
    for handle in range(200):
        call(node, "one", handle=handle)
        node.time_s += 1.0
        assert turn(node) == "two"
        call(node, "one", open_s=1.0)
        node.time_s += 1.0
        assert turn(node) == "two"


def test_one_that_only_comes_and_goes_is_left_after_a_minute(node: Node) -> None:
    """It opens, and ends at once, again and again: nothing gets through by it."""
    found = []
    for handle in range(60):
        call(node, "one", handle=handle)
        node.time_s += 0.5
        call(node, "one", open_s=0.5)
        node.time_s += 1.0
        found.append((node.time_s, turn(node)))
    first = next(at_s for at_s, hop in found if hop == "two")
    assert 1000.0 + AWAY_S <= first <= 1000.0 + AWAY_S + 2.0
    assert {hop for at_s, hop in found if at_s >= first} == {"two"}


def test_one_that_ends_for_a_newer_agreement_is_not_away(node: Node) -> None:
    """A relay that starts anew greets, and connections under the agreement before end at once."""
    call(node, "one")
    node.time_s += AWAY_S / 2
    call(node, "one", handle=1)
    node.execute("UPDATE sysinfo SET agreement_number = 4 WHERE node = 'one'")
    call(node, "one", open_s=0.5)
    node.time_s += AWAY_S / 2 + 1.0
    assert turn(node) == "one"


def test_one_that_answers_that_it_has_no_agreement_is_not_away(node: Node) -> None:
    node.execute("INSERT INTO calls VALUES ('one', -1, 1, 9, 0, NULL, 0.5, '', 'why')")
    node.time_s += 2 * AWAY_S
    assert turn(node) == "one"


def test_while_all_are_away_the_first_that_returns_is_taken_at_once(node: Node) -> None:
    away(node, "one")
    assert turn(node) == "two"
    away(node, "two")
    node.time_s += AWAY_S
    assert turn(node) == "two"
    call(node, "one", handle=2)
    assert turn(node) == "one"


def test_a_next_hop_without_an_agreement_is_left_when_its_hello_is_not_answered(
    node: Node,
) -> None:
    node.forget("one")
    single = node.text("there", 5)
    assert node.state(single) == "S-1"
    assert "processor_s" in node.woken
    hello = node.value("SELECT id FROM messages WHERE type = 4 AND destination = 'one'")
    node.execute("INSERT INTO greetings VALUES (?, 'unsent', 0.5, 'nobody is there')", (hello,))
    assert node.rows("SELECT min(due_s) FROM route_edges") == [(1000.0 + AWAY_S,)]
    node.time_s += AWAY_S
    assert turn(node) == "two"
    assert node.state(single) == "S-4"
    # It is greeted until it answers, although nothing waits for the answer.
    node.time_s += 600.0
    assert node.rows("SELECT in_vain FROM work_initial_sender WHERE id = ?", (hello,)) == [(0,)]
    node.fact(hello, "expired", "initial_sender")
    assert node.value("SELECT count(*) FROM messages WHERE type = 4 AND state = 'S-5'") == 1


def test_one_that_calls_is_left_when_no_call_of_it_is_open(node: Node) -> None:
    node.execute("UPDATE peers SET calls = 1 WHERE node = 'one'")
    call(node, "one", handle=3)
    node.time_s += 1000.0
    assert turn(node) == "one"
    call(node, "one", open_s=1000.0)
    node.time_s += AWAY_S - 0.1
    assert turn(node) == "one"
    node.time_s += 0.1
    assert turn(node) == "two"


def test_the_manifest_goes_first_to_who_takes_over(node: Node) -> None:
    job = node.job("there", 3 * MIB)
    pieces = dict(node.rows("SELECT type, id FROM messages WHERE parent = ?", (job,)))
    node.send(pieces[3])
    away(node)
    assert turn(node) == "two"
    assert node.rows("SELECT type FROM work_send WHERE next_hop = 'two'") == [(3,)]
    node.send(pieces[3])
    assert set(node.rows("SELECT type FROM work_send WHERE next_hop = 'two'")) == {(2,)}


def test_the_destination_is_asked_at_once_what_it_has_of_what_the_first_took(node: Node) -> None:
    single = node.text("there", 5)
    node.send(single)
    node.time_s += 1.0
    assert node.rows("SELECT event FROM work_timer") == []
    node.execute("UPDATE messages SET due_s = 9e9 WHERE id = ?", (single,))
    away(node)
    assert turn(node) == "two"
    assert node.rows("SELECT id, event FROM work_timer") == [(single, "repeat")]


def test_receipts_by_each_of_the_next_hops_are_let_in(node: Node) -> None:
    away(node)
    assert turn(node) == "two"
    for hop in ("one", "two"):
        question = (
            f'[{{"previous_hop": "{hop}", "source": "there", "destination": "here",'
            ' "is_receipt": true}]'
        )
        found = node.rows("SELECT refusal FROM admissions WHERE questions = ?", (question,))
        assert found == [(None,)]


def test_a_removed_next_hop_leaves_the_list(node: Node) -> None:
    node.execute("DELETE FROM peers WHERE node = 'one'")
    assert node.rows("SELECT position, hop FROM routes WHERE peer = 'there'") == [(1, "two")]
    assert node.value("SELECT via FROM peers WHERE node = 'there'") == "two"
    node.execute("DELETE FROM peers WHERE node = 'two'")
    assert node.rows("SELECT hop FROM routes WHERE peer = 'there'") == []
    assert node.value("SELECT via FROM peers WHERE node = 'there'") is None


def test_a_single_next_hop_is_a_list_of_one(node: Node) -> None:
    node.execute("UPDATE peers SET via = 'there' WHERE node = 'there'")
    assert node.rows("SELECT position, hop FROM routes WHERE peer = 'there'") == [(1, "there")]
    node.execute("UPDATE peers SET via = NULL WHERE node = 'there'")
    assert node.rows("SELECT hop FROM routes WHERE peer = 'there'") == []


def test_a_direct_way_that_is_away_is_greeted_and_called_all_the_same(node: Node) -> None:
    """A node that only dials goes on calling a peer whose files go by a relay meanwhile."""
    listed(node, "there", "two")
    node.agree("there", MIB)
    node.execute("UPDATE peers SET addresses = '[\"a.example\"]', answers_calls = 1")
    node.execute("UPDATE selfinfo SET can_be_dialled = 0")
    away(node, "there")
    node.agree("there", MIB, 4)
    node.agree("two", MIB, 4)
    assert turn(node) == "two"
    assert ("there",) in node.rows("SELECT node FROM peers_to_call")
