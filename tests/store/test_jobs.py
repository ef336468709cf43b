"""Jobs: a file's row and its job are inserted together, and each file is put away once."""

import pytest

from netrelay.store.jobs import (
    EndedJob,
    KeptFile,
    NewJob,
    add_jobs,
    choose_kept,
    claim_again,
    close_files,
    draw_epoch,
    ended_jobs,
    kept_file,
    known_claims,
    next_sequence,
    note_sent,
)
from tests.store.node import EPOCH, HERE, OTHER, SIZE, THERE, OpenNode


def test_a_job_has_its_file_and_its_identity(node: OpenNode) -> None:
    job = NewJob(b"drop/\xff\n", "drop/\\xff", 10, -5, "print", 20)
    database = node.open("importer")
    with database.transaction():
        add_jobs(database, THERE, [job], 60, 1_700_000_000.9)
    assert node.rows(
        "SELECT source, destination, epoch, sequence, name, size_bytes, mtime_ns, path,"
        " fingerprint, unix_s, closed FROM files"
    ) == [(HERE, THERE, EPOCH, 1, "drop/\\xff", 10, -5, b"drop/\xff\n", "print", 1_700_000_000, 0)]
    assert node.rows(
        "SELECT type, state, source, destination, epoch, sequence, total_bytes, inner_bytes, file,"
        " lifetime_s FROM messages WHERE id > 0"
    ) == [(6, "S-1", HERE, THERE, EPOCH, 1, 10, 20, 1, 60)]


def test_each_job_has_its_own_file(node: OpenNode) -> None:
    """The engine inserts rows in between: pieces, hellos."""
    node.know(THERE)
    node.agree(THERE)
    for number in range(3):
        node.add_job(SIZE * number, str(number))
    assert node.rows(
        "SELECT f.name, m.total_bytes FROM messages m JOIN files f ON f.id = m.file"
        " WHERE m.type = 6 ORDER BY m.id"
    ) == [("0", 0), ("1", SIZE), ("2", 2 * SIZE)]


def test_sequences_are_dense_for_each_destination(node: OpenNode) -> None:
    database = node.open("importer")
    with database.transaction():
        taken = [next_sequence(database, each) for each in (THERE, THERE, OTHER, THERE)]
    assert taken == [1, 2, 1, 3]


def test_a_new_epoch_does_not_change_existing_messages(node: OpenNode) -> None:
    node.add_job(10)
    database = node.open("importer")
    with database.transaction():
        draw_epoch(database)
    node.add_job(10, "second")
    rows = node.rows("SELECT sequence, epoch FROM messages WHERE type = 6 ORDER BY id")
    epoch = node.rows("SELECT epoch FROM selfinfo")[0][0]
    assert isinstance(epoch, bytes)
    assert rows == [(1, EPOCH), (2, epoch)]
    assert len(epoch) == 8
    assert epoch not in (EPOCH, bytes(8))


def test_a_sequence_of_a_rolled_back_transaction_is_used_again(node: OpenNode) -> None:
    database = node.open("importer")
    with pytest.raises(RuntimeError), database.transaction():
        next_sequence(database, THERE)
        raise RuntimeError
    with database.transaction():
        assert next_sequence(database, THERE) == 1


@pytest.mark.parametrize("size_bytes", [0, SIZE - 20, SIZE - 19, 2 * SIZE])
def test_a_file_that_fits_with_its_inner_header_is_one_single(
    node: OpenNode, size_bytes: int
) -> None:
    node.know(THERE)
    node.agree(THERE)
    node.add_job(size_bytes)
    fits = size_bytes + 20 <= SIZE
    assert bool(node.value("SELECT count(*) FROM messages WHERE type = 1")) == fits


def finish(node: OpenNode, job: int) -> None:
    """Report the receipt of a job."""
    with node.open("processor_r").transaction():
        node.open("processor_r").execute(
            "INSERT INTO facts VALUES (?, 'receipted', 'engine', NULL, NULL)", (job,)
        )


def test_a_delivered_job_is_put_away_once(node: OpenNode) -> None:
    node.know(THERE)
    first, second = node.add_job(10, "a"), node.add_job(10, "b")
    paths = {b"drop/.claimed/there/1/a", b"drop/.claimed/there/1/b"}
    assert known_claims(node.open("importer")) == paths
    assert ended_jobs(node.open("importer"), "F", 10) == []
    finish(node, first)
    finish(node, second)
    jobs = ended_jobs(node.open("importer"), "F", 10)
    name = "name of there"
    assert jobs == [
        EndedJob(1, first, b"drop/.claimed/there/1/a", None, "a", name, name, name, ""),
        EndedJob(2, second, b"drop/.claimed/there/1/b", None, "b", name, name, name, ""),
    ]
    assert ended_jobs(node.open("importer"), "F", 1) == jobs[:1]
    database = node.open("importer")
    with database.transaction():
        note_sent(database, [(jobs[0].file, b"sent/there/a")])
    assert ended_jobs(database, "F", 10) == jobs[1:]
    assert known_claims(database) == {b"drop/.claimed/there/1/b"}
    assert database.row("SELECT kept, kept_s <= clock() FROM files WHERE id = 1") == (
        b"sent/there/a",
        1,
    )


def test_a_dead_job_is_put_away_unless_it_is_retried(node: OpenNode) -> None:
    node.know(THERE)
    job = node.add_job(10)
    node.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', 'enough', NULL)", job)
    database = node.open("importer")
    (ended,) = ended_jobs(database, "D", 10)
    assert (ended.job, ended.kept, ended.reason) == (job, None, "enough")
    assert ended_jobs(database, "F", 10) == []
    assert len(known_claims(database)) == 1
    node.write("INSERT INTO facts VALUES (?, 'retry', 'person', NULL, NULL)", job)
    with database.transaction():
        choose_kept(database, [(ended.file, b"failed/there/a")])
    assert kept_file(database, job) == KeptFile(
        ended.file, ended.path, None, 10, 5, False, "fingerprint"
    )
    node.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    with database.transaction():
        choose_kept(database, [(ended.file, b"failed/there/a")])
        close_files(database, [ended.file])
    assert ended_jobs(database, "D", 10) == []
    with database.transaction():
        claim_again(database, ended.file, b"new", "1:2:3:4")
    assert kept_file(database, job) == KeptFile(ended.file, b"new", None, 10, 5, False, "1:2:3:4")


def test_a_late_receipt_opens_the_file_of_a_dead_job_again(node: OpenNode) -> None:
    node.know(THERE)
    job = node.add_job(10)
    node.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    database = node.open("importer")
    (ended,) = ended_jobs(database, "D", 10)
    with database.transaction():
        choose_kept(database, [(ended.file, b"failed/there/a")])
        close_files(database, [ended.file])
    finish(node, job)
    (ended,) = ended_jobs(database, "F", 10)
    assert ended.kept == b"failed/there/a"


def test_the_file_for_a_removed_peer_is_put_away_under_its_id(node: OpenNode) -> None:
    node.know(THERE)
    finish(node, node.add_job(10))
    node.write("DELETE FROM peers")
    (job,) = ended_jobs(node.open("importer"), "F", 10)
    assert job.destination_name == THERE
