"""A claimed file that cannot be read for now: it waits with a name, and goes on by itself."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.transfer.linked_pair import SIZE, Pair

JOB = "SELECT state FROM messages WHERE type = 6 ORDER BY id"
CAUSE = "SELECT cause, reason, tries, waits_for FROM causes ORDER BY job"


def drop(pair: Pair, name: bytes, length_bytes: int) -> tuple[Path, bytes]:
    """Drop a file; return where it is claimed, and its content."""
    content = os.urandom(length_bytes)
    claimed = pair.source.drop_file(pair.destination, name, content)
    return pair.source.home.path / os.fsdecode(claimed.path), content


def drop_tree(pair: Pair, name: bytes, length_bytes: int) -> tuple[Path, bytes]:
    """Drop a directory with one file; return where it is claimed, and nothing to compare."""
    folder = pair.source.home.drop / pair.destination.name
    (folder / os.fsdecode(name)).mkdir(parents=True)
    (folder / os.fsdecode(name) / "inner").write_bytes(os.urandom(length_bytes))
    (claimed,) = pair.source.claims.claim(folder, pair.destination.name, [name])
    pair.source.add_jobs(pair.destination, [claimed])
    return pair.source.home.path / os.fsdecode(claimed.path), b""


@contextmanager
def away(path: Path) -> Iterator[None]:
    """Take the disk of a claim away: the folder that it is in is not there meanwhile."""
    folder = path.parent
    folder.rename(folder.with_name("unplugged"))
    try:
        yield
    finally:
        folder.with_name("unplugged").rename(folder)


def inode_of(descriptor: int) -> int:
    return os.fstat(descriptor).st_ino


@contextmanager
def failing(context: pytest.MonkeyPatch, path: Path, code: int, call: str) -> Iterator[None]:
    """Let one system call fail for one file, as on a disk that was pulled without a word."""
    number, real = path.stat().st_ino, getattr(os, call)
    fstat = os.fstat

    def fail(descriptor: int, *arguments: object) -> object:
        if fstat(descriptor).st_ino == number:
            raise OSError(code, os.strerror(code))
        return real(descriptor, *arguments)

    with context.context() as patched:
        patched.setattr(os, call, fail)
        yield


@pytest.mark.parametrize("dropped", [drop, drop_tree])
@pytest.mark.parametrize("length_bytes", [10, 3 * SIZE])
def test_a_job_whose_disk_is_away_waits_and_goes_on_when_it_is_back(
    pair: Pair, length_bytes: int, dropped: Callable[[Pair, bytes, int], tuple[Path, bytes]]
) -> None:
    pair.destination.home.unpacking.mkdir(parents=True)
    path, content = dropped(pair, b"away", length_bytes)
    _, other = drop(pair, b"other", 10)
    with away(path):
        pair.finish()
        assert pair.destination.inbox(pair.source) == {"other": other}
        assert pair.source.rows(JOB) != [("D",), ("F",)]
        (cause, reason, tries, waits_for), *_ = pair.source.rows(CAUSE)
        assert (cause, tries, waits_for) == ("unreadable", 1, None)
        assert "its disk is away, or it was removed" in str(reason)
        assert [job for (job, cause) in pair.source.rows("SELECT job, cause FROM stuck")] == [
            pair.source.rows("SELECT min(id) FROM messages WHERE type = 6")[0][0]
        ]
        # Nothing is tried before it is due.
        pair.finish()
        assert pair.source.rows(CAUSE)[0][2] == 1
        pair.source.time_s += 11
        pair.finish()
        assert pair.source.rows(CAUSE)[0][2] == 2
        assert pair.source.rows("SELECT count(*) FROM work_timer") == [(0,)]
    pair.source.outbound.disks_changed()
    pair.send()
    if content:
        pair.finish()
        assert pair.destination.inbox(pair.source) == {"away": content, "other": other}
        assert pair.source.rows(JOB) == [("F",), ("F",)]
    assert pair.source.rows("SELECT count(*) FROM unread_files") == [(0,)]
    assert len([line for line in pair.source.logged if "waits until it can be read" in line]) == 1


@pytest.mark.parametrize("code", [errno.EIO, errno.ENODEV, errno.ESTALE, errno.EMFILE])
@pytest.mark.parametrize("call", ["preadv", "fstat"])
def test_an_error_of_the_disk_ends_no_job_and_no_process(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, code: int, call: str
) -> None:
    path, content = drop(pair, b"name", 12 * SIZE)
    for _ in range(2):
        for sent in pair.source.fill_once(pair.destination, slots=2):
            (judged,) = pair.destination.take(pair.source, [sent.payload])
            pair.source.conclude(sent, judged)
    assert pair.source.states(2).count("F") in range(1, 12)
    with failing(monkeypatch, path, code, call):
        pair.finish()
        assert pair.source.rows(JOB)[0] != ("D",)
        ((cause, reason, tries, _),) = pair.source.rows(CAUSE)
        assert (cause, tries) == ("unreadable", 1)
        assert os.strerror(code) in str(reason)
    pair.source.time_s += 10.5
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"name": content}


def test_a_person_ends_what_waits_for_its_disk(pair: Pair) -> None:
    path, _ = drop(pair, b"name", 3 * SIZE)
    with away(path):
        pair.finish()
        job = pair.source.job()
        pair.source.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', 'why', NULL)", job)
        assert pair.source.rows(JOB) == [("D",)]
        assert pair.source.rows("SELECT count(*) FROM unread_files") == [(0,)]
        assert pair.source.rows("SELECT cause FROM causes") == [("cancelled",)]


def test_what_kept_it_is_said_when_its_lifetime_is_over(pair: Pair) -> None:
    path, _ = drop(pair, b"name", 3 * SIZE)
    with away(path):
        pair.finish()
        pair.source.write("UPDATE messages SET expires_s = clock() WHERE type = 6")
        pair.finish()
        ((cause, reason),) = pair.source.rows("SELECT cause, reason FROM causes")
        assert cause == "expired"
        assert "its disk is away" in str(reason)


def test_a_file_that_was_removed_from_its_claim_ends_its_job(pair: Pair) -> None:
    path, _ = drop(pair, b"name", 3 * SIZE)
    path.unlink()
    pair.finish()
    assert pair.source.rows(JOB) == [("D",)]
    assert "No such file" in str(pair.source.rows("SELECT reason FROM messages WHERE type = 6"))


def test_what_does_not_wait_for_a_disk_is_not_touched_by_a_mount(pair: Pair) -> None:
    drop(pair, b"name", 3 * SIZE)
    pair.source.write("UPDATE messages SET due_s = 5000 WHERE state = 'S-4'")
    before = pair.source.rows("SELECT id, due_s FROM messages")
    pair.source.outbound.disks_changed()
    assert pair.source.rows("SELECT id, due_s FROM messages") == before
