"""Ended messages are deleted, oldest first; what deduplication needs is kept."""

import json

from netrelay.store.arrivals import ArrivalVerdict, verdict_of
from netrelay.store.history import (
    count_messages,
    forget_sent,
    newest_message,
    outdated_sent,
    prune,
    prune_former_jobs,
    prune_keys,
)
from netrelay.store.jobs import close_files, note_sent
from tests.store.node import EPOCH, OTHER, SIZE, THEIR_EPOCH, THERE, OpenNode, arrived

# On the node's clock, which starts at 0 with its database.
LONG_AGO_S, NOW_S = 0.0, 99_000.0


def finish(node: OpenNode, job: int, event: str = "receipted", actor: str = "engine") -> None:
    node.write("INSERT INTO facts VALUES (?, ?, ?, NULL, NULL)", job, event, actor)


def jobs(node: OpenNode, count: int, size_bytes: int = 10) -> list[int]:
    node.know(THERE)
    node.agree(THERE)
    return [node.add_job(size_bytes, f"{number}") for number in range(count)]


def left(node: OpenNode) -> list[object]:
    return [job for (job,) in node.rows("SELECT id FROM messages WHERE type = 6 ORDER BY id")]


def run(node: OpenNode, before_s: float = NOW_S, surplus: int = 0, keeps: bool = True) -> int:
    """Prune until no row is deleted, and return the number of deleted rows."""
    total = 0
    for _ in range(100):
        rows = prune(node.open("exporter"), before_s, surplus - total, keeps, 4)
        if not rows:
            return total
        total += rows
    raise AssertionError("never ends")


def put_away(node: OpenNode) -> None:
    database = node.open("importer")
    with database.transaction():
        close_files(database, range(100))


def test_old_jobs_go_with_their_pieces_files_and_events(node: OpenNode) -> None:
    first, second, alive = jobs(node, 3, 3 * SIZE)
    finish(node, first)
    finish(node, second, "cancelled", "person")
    put_away(node)
    node.time_s += NOW_S
    young = node.add_job(10, "young")
    finish(node, young)
    put_away(node)
    before = node.value("SELECT count(*) FROM messages")
    assert run(node, LONG_AGO_S) == 0
    # A manifest, three chunks and the job itself, twice.
    assert run(node, NOW_S) == 10
    assert left(node) == [alive, young]
    assert count_messages(node.open("exporter")) == before - 10  # type: ignore[operator]
    assert node.rows("SELECT name FROM files ORDER BY id") == [("2",), ("young",)]
    assert node.rows("SELECT 1 FROM events WHERE message NOT IN (SELECT id FROM messages)") == []
    assert node.rows("PRAGMA foreign_key_check") == []


def test_surplus_rows_are_deleted_oldest_first_at_any_age(node: OpenNode) -> None:
    made = jobs(node, 10)
    for job in reversed(made):
        finish(node, job)
    put_away(node)
    assert run(node, 0.0, surplus=0) == 0
    assert run(node, 0.0, surplus=5) == 6  # whole jobs of two rows
    assert left(node) == made[:7]


def test_a_batch_ends_within_a_job_of_many_pieces(node: OpenNode) -> None:
    (job,) = jobs(node, 1, 1_200 * SIZE)
    for _ in range(5):
        node.write(
            "INSERT INTO facts SELECT id, 'cut-on', 'processor_s', NULL, NULL FROM messages"
            " WHERE state = 'S-2'"
        )
    assert node.value("SELECT count(*) FROM messages WHERE parent = ?", job) == 1_201
    finish(node, job, "cancelled", "person")
    put_away(node)
    node.time_s += NOW_S
    node.add_job(10)
    batches = []
    while rows := prune(node.open("exporter"), NOW_S, 0, True, 4):
        batches.append(rows)
    assert batches[0] == 512
    assert node.value("SELECT count(*) FROM messages WHERE id = ? OR parent = ?", job, job) == 0


def test_a_message_with_work_left_is_kept(node: OpenNode) -> None:
    claimed, kept, told, plain = jobs(node, 4)
    for job in (claimed, kept, told, plain):
        finish(node, job)
    database = node.open("importer")
    with database.transaction():
        close_files(database, [3, 4])
        note_sent(database, [(2, b"sent/there/1")])
        database.execute("INSERT INTO hooks (file, message) VALUES (3, ?)", (told,))
    node.time_s += NOW_S
    node.add_job(10)
    run(node, NOW_S, keeps=False)
    assert left(node)[:-1] == [claimed, kept, told]
    run(node, NOW_S, keeps=True)
    assert left(node)[:-1] == [claimed, told]


def test_the_newest_event_is_kept_for_the_nodes_clock(node: OpenNode) -> None:
    (job,) = jobs(node, 1)
    finish(node, job)
    put_away(node)
    node.time_s += NOW_S
    run(node, NOW_S + 1)
    assert left(node) == [job]


def test_a_pruned_delivery_is_still_deduplicated(node: OpenNode) -> None:
    node.know(THERE)
    text = {"info": '{"kind": "text"}', "text": "hello", "written_unix_s": 0, "unix_s": 0}
    node.arrive(1, 7, **text)
    node.arrive(1, 8)
    node.time_s += NOW_S
    node.agree(OTHER)
    run(node, NOW_S)
    assert node.rows("SELECT id FROM messages WHERE sequence = 7 AND type = 1") == []
    assert verdict_of(node.open("processor_r"), arrived(1, 7)) is ArrivalVerdict.FINISHED
    # Texts belong to the user: pruning keeps them.
    assert node.value("SELECT count(*) FROM texts") == 1
    assert node.rows("SELECT first, last FROM seen WHERE source = ?", THERE) == [(7, 8)]


def test_a_pruned_dead_job_does_not_hold_back_the_low_water(node: OpenNode) -> None:
    dead, alive = jobs(node, 2)
    finish(node, dead, "cancelled", "person")
    put_away(node)
    node.time_s += NOW_S
    node.add_job(10)
    run(node, NOW_S)
    assert alive in left(node)
    assert dead not in left(node)
    assert node.value("SELECT next FROM sequences WHERE destination = ?", THERE) == 4


def test_old_keys_are_deleted_except_the_newest_of_a_source(node: OpenNode) -> None:
    database = node.open("exporter")
    with database.transaction():
        for source, key, born_s in ((THERE, b"a", 1), (THERE, b"b", 2), (OTHER, b"c", 1)):
            database.execute(
                "INSERT INTO keys VALUES (?, ?, ?, x'', x'', ?)",
                (source, THEIR_EPOCH, key, born_s),
            )
        prune_keys(database, NOW_S)
    assert node.rows("SELECT key_id FROM keys ORDER BY 1") == [(b"b",), (b"c",)]


def test_sent_files_are_outdated_by_the_nodes_clock(node: OpenNode) -> None:
    made = jobs(node, 2)
    for job in made:
        finish(node, job)
    database = node.open("exporter")
    with database.transaction():
        note_sent(database, [(1, b"sent/there/0")])
    node.time_s += NOW_S
    with database.transaction():
        note_sent(database, [(2, b"sent/there/1")])
    assert outdated_sent(database, NOW_S, 10) == [(1, b"sent/there/0")]
    with database.transaction():
        forget_sent(database, [(1, b"sent/of another name/0")])
    assert outdated_sent(database, NOW_S, 10) == [(1, b"sent/there/0")]
    with database.transaction():
        forget_sent(database, [(1, b"sent/there/0")])
    assert outdated_sent(database, NOW_S, 10) == []
    assert newest_message(database) > 0


def former(node: OpenNode) -> list[object]:
    return [job for (job,) in node.rows("SELECT job FROM former_jobs ORDER BY job")]


def test_dead_jobs_are_never_pushed_out_by_finished_ones(node: OpenNode) -> None:
    made = jobs(node, 8)
    dead, finished = made[:3], made[3:]
    for job in dead:
        finish(node, job, "cancelled", "person")
    for job in finished:
        finish(node, job)
    put_away(node)
    node.add_job(10)
    # Room for so many could be made only by deleting all that is finished, and one that is dead.
    assert run(node, 0.0, surplus=2 * len(finished)) == 2 * len(finished)
    assert left(node)[:3] == dead
    assert run(node, 0.0, surplus=1) == 2
    assert left(node)[:2] == dead[1:]


def test_a_job_that_goes_before_its_time_leaves_its_name(node: OpenNode) -> None:
    made = jobs(node, 4)
    for job in made[:2]:
        finish(node, job)
    finish(node, made[2], "cancelled", "person")
    put_away(node)
    node.add_job(10)
    run(node, 0.0, surplus=5)
    assert node.rows(
        "SELECT job, name, direction, peer, size_bytes, state, ended_at IS NOT NULL"
        " FROM former_jobs ORDER BY job"
    ) == [
        (made[0], "0", "out", f"name of {THERE}", 10, "F", 1),
        (made[1], "1", "out", f"name of {THERE}", 10, "F", 1),
        (made[2], "2", "out", f"name of {THERE}", 10, "D", 1),
    ]


def test_a_job_that_goes_after_its_time_leaves_nothing(node: OpenNode) -> None:
    (job,) = jobs(node, 1)
    finish(node, job)
    put_away(node)
    node.time_s += NOW_S
    node.add_job(10)
    assert run(node, NOW_S) > 0
    assert former(node) == []


def test_what_came_for_this_node_leaves_its_name_and_what_is_internal_does_not(
    node: OpenNode,
) -> None:
    node.know(THERE)
    text = {"info": '{"kind": "text"}', "text": "hello", "written_unix_s": 0, "unix_s": 0}
    node.arrive(1, 7, **text)
    node.arrive(1, 8)
    node.agree(OTHER)
    run(node, 0.0, surplus=1)
    ((name, direction, peer),) = node.rows("SELECT name, direction, peer FROM former_jobs")
    assert (name, direction, peer) == (None, "in", f"name of {THERE}")


def test_names_go_after_their_time_and_beyond_their_number_the_oldest_first(
    node: OpenNode,
) -> None:
    made = jobs(node, 6)
    for job in made[:5]:
        finish(node, job)
    put_away(node)
    run(node, 0.0, surplus=10)
    kept = former(node)
    assert len(kept) >= 4
    database = node.open("exporter")
    assert prune_former_jobs(database, 0.0, 0) == 0
    assert prune_former_jobs(database, 0.0, len(kept) - 2) == len(kept) - 2
    assert former(node) == kept[-2:]
    assert prune_former_jobs(database, node.time_s + 1, 0) == 2
    assert former(node) == []


def test_a_kept_receipt_goes_with_the_last_job_that_it_ended(node: OpenNode) -> None:
    made = jobs(node, 5)
    words: list[object] = [
        [THERE, EPOCH.hex(), sequence, 1, 1, [], ""]
        for (sequence,) in node.rows("SELECT sequence FROM messages WHERE type = 6 ORDER BY id")
    ]

    def receive(sequence: int, which: list[object]) -> None:
        info = json.dumps({"words": which})
        node.arrive(7, sequence, size_bytes=0, total_bytes=0, info=info, signed=b"signed")

    receive(1, words[:3])
    receive(2, words[3:4])
    put_away(node)
    kept = "SELECT count(*) FROM kept_receipts"
    assert node.value(kept) == 2
    counted = []
    while prune(node.open("exporter"), 0.0, 1, True, 1):
        counted.append(node.value(kept))
    # The receipt's own message, its three jobs, and the message of the second receipt.
    assert counted == [2, 2, 2, 1, 1]
    assert left(node) == made[3:]
    node.add_job(10)
    run(node, 0.0, surplus=2)
    assert node.value(kept) == 0
