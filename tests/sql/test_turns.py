"""Whose turn it is: the chunks of several jobs for one hop, in the order in which they would go."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import islice

import pytest

from tests.sql.node import SEGMENT, Node
from tests.sql.test_cost import steps


@pytest.fixture
def node() -> Node:
    node = Node("here", capacity=SEGMENT)
    node.know("there")
    node.agree("there", SEGMENT)
    return node


def large(node: Node, sequence: int, chunks: int, priority: int = 4) -> int:
    """Make a job of so many chunks, whose manifest is admitted."""
    size = chunks * SEGMENT
    job = node.born(
        *(6, "created", "importer"),
        destination="there",
        sequence=sequence,
        size_bytes=size,
        total_bytes=size,
        inner_bytes=100,
        priority=priority,
    )
    node.send(node.pieces(job, 3)[0])
    while node.state(job) == "S-2":
        node.fact(job, "cut-on", "processor_s")
    return job


def send_next(node: Node, count: int) -> list[int]:
    """Send the next chunks, one after another; gives whose they were."""
    sent = []
    for _ in range(count):
        ((message, parent),) = node.rows(
            "SELECT id, parent FROM work_send WHERE next_hop = 'there' AND type = 2 LIMIT 1"
        )
        node.send(message)
        sent.append(parent)
    return sent


def test_jobs_of_one_size_take_turns(node: Node) -> None:
    jobs = [large(node, sequence, 6) for sequence in (1, 2, 3)]
    sent = send_next(node, 18)
    assert [set(sent[at : at + 3]) for at in range(0, 18, 3)] == [set(jobs)] * 6


def test_each_job_goes_in_the_order_of_its_bytes(node: Node) -> None:
    for sequence in (1, 2):
        large(node, sequence, 5)
    offsets: dict[int, list[int]] = {}
    for job, offset in node.rows(
        'SELECT parent, "offset" FROM work_send WHERE next_hop = ?', ("there",)
    ):
        offsets.setdefault(job, []).append(offset)
    assert list(offsets.values()) == [[at * SEGMENT for at in range(5)]] * 2


@pytest.mark.parametrize("gone", [0, 1, 150])
def test_the_smaller_goes_more_often_and_the_larger_goes_on(node: Node, gone: int) -> None:
    slow = large(node, 1, 300)
    send_next(node, gone)
    quick = large(node, 2, 30)
    sent = send_next(node, 32)
    assert sent.count(quick) >= 29, "ten times smaller, ten times as often"
    assert slow in sent, "and the other is not starved"


def test_who_comes_later_neither_waits_nor_catches_up_first(node: Node) -> None:
    first = large(node, 1, 200)
    send_next(node, 150)
    second = large(node, 2, 200)
    assert Counter(send_next(node, 40)) == Counter({first: 20, second: 20})


def test_who_was_not_admitted_for_long_does_not_catch_up_first(node: Node) -> None:
    first, second = large(node, 1, 200), node.job("there", 200 * SEGMENT, sequence=2)
    assert set(send_next(node, 100)) == {first}
    (message,) = node.row("SELECT id FROM work_send WHERE next_hop = 'there' AND type = 2 LIMIT 1")
    node.fact(message, "handed", "processor_s")
    node.send(node.pieces(second, 3)[0])
    assert Counter(send_next(node, 40)) == Counter({first: 20, second: 20})


def test_a_job_that_nobody_takes_does_not_set_the_others_back(node: Node) -> None:
    refused, first = large(node, 1, 200), large(node, 2, 200)
    node.execute("UPDATE messages SET due_s = 1000 WHERE parent = ?", (refused,))
    assert set(send_next(node, 150)) == {first}
    (message,) = node.row("SELECT id FROM work_send WHERE next_hop = 'there' LIMIT 1")
    node.fact(message, "handed", "processor_s")
    second = large(node, 3, 200)
    assert Counter(send_next(node, 20)) == Counter({first: 10, second: 10})


def test_what_was_lost_does_not_go_behind_all_the_rest(node: Node) -> None:
    for sequence in (1, 2):
        large(node, sequence, 100)
    send_next(node, 10)
    ready = [row[0] for row in node.rows("SELECT id FROM work_send WHERE next_hop = 'there'")]
    for event in ("handed", "lost"):
        for message in ready[:8]:
            node.fact(message, event, "processor_s")
    send_next(node, 20)
    assert {node.state(message) for message in ready[:8]} == {"F"}


def test_the_urgent_go_first_whatever_their_size(node: Node) -> None:
    large(node, 1, 10)
    send_next(node, 3)
    urgent = large(node, 2, 300, priority=1)
    assert set(send_next(node, 300)) == {urgent}


def urgent_job(node: Node, priority: int) -> tuple[int, list[int]]:
    """Make a job of two chunks; return its manifest and them."""
    job = node.born(
        *(6, "created", "importer"),
        destination="there",
        sequence=7,
        size_bytes=2 * SEGMENT,
        total_bytes=2 * SEGMENT,
        inner_bytes=100,
        priority=priority,
    )
    (manifest,) = node.pieces(job, 3)
    return manifest, node.pieces(job, 2)


@pytest.mark.parametrize("priority", [0, 2, 3, 4])
def test_urgent_chunks_follow_their_manifest_before_it_is_durable(
    node: Node, priority: int
) -> None:
    manifest, chunks = urgent_job(node, priority)
    ready = "SELECT id FROM work_send WHERE next_hop = 'there'"
    assert node.rows(ready) == [(manifest,)]
    node.fact(manifest, "handed", "processor_s")
    assert node.rows(ready) == ([(chunk,) for chunk in chunks] if priority <= 2 else [])
    # Refused once, it goes alone.
    node.execute("INSERT INTO outcomes VALUES (?, 6, 60, 'not now')", (manifest,))
    assert node.rows(ready) == []
    node.time_s += 100
    assert node.rows(ready) == [(manifest,)]
    node.fact(manifest, "handed", "processor_s")
    assert node.rows(ready) == []
    node.fact(manifest, "acked", "processor_s")
    assert node.rows(ready) == [(chunk,) for chunk in chunks]


def test_urgent_chunks_of_another_hop_wait_for_the_manifest_there(node: Node) -> None:
    manifest, _ = urgent_job(node, 0)
    node.fact(manifest, "handed", "processor_s")
    node.execute("UPDATE messages SET next_hop = 'elsewhere' WHERE type = 2")
    assert node.rows("SELECT id FROM work_send WHERE next_hop = 'elsewhere'") == []


def test_what_is_carried_takes_turns_by_its_source(node: Node) -> None:
    """One source brought all of its file before the other brought any."""
    for source in ("anna", "bert"):
        node.know(source)
        for at in range(20):
            node.arrived(
                *(2, source),
                destination="there",
                offset=at * SEGMENT,
                size_bytes=SEGMENT,
                total_bytes=20 * SEGMENT,
                salt=b"salt",
                envelope=b"header",
            )
    sources = (
        source for (source,) in node.rows("SELECT source FROM work_send WHERE next_hop = 'there'")
    )
    assert [set(islice(sources, 2)) for _ in range(20)] == [{"anna", "bert"}] * 20


def test_other_hops_do_not_matter(node: Node) -> None:
    node.know("elsewhere")
    node.agree("elsewhere", SEGMENT)
    large(node, 1, 100)
    send_next(node, 90)
    job = node.job("elsewhere", 10 * SEGMENT, sequence=1)
    turns = node.rows("SELECT turn FROM messages WHERE parent = ? AND type = 2 LIMIT 1", (job,))
    assert turns == [(0.0,)]


def test_whose_turn_it_is_costs_no_more_among_many() -> None:
    costs = []
    for chunks in (20, 250):
        node = Node("here", capacity=SEGMENT)
        node.know("there")
        node.agree("there", SEGMENT)
        for sequence in (1, 2, 3):
            large(node, sequence, chunks)
        send_next(node, 5)
        ((message,),) = node.rows("SELECT id FROM work_send WHERE next_hop = 'there' LIMIT 1")
        look = "SELECT * FROM work_send WHERE next_hop = 'there' LIMIT 8"
        actions: dict[str, Callable[[], object]] = {
            "look": partial(node.rows, look),
            "handed": partial(node.fact, message, "handed", "processor_s"),
            "lost": partial(node.fact, message, "lost", "processor_s"),
            "new job": partial(large, node, 9, 5),
        }
        costs.append({name: steps(node, action) for name, action in actions.items()})
    few, many = costs
    assert {name for name in few if many[name] > 1.2 * few[name]} == set()
