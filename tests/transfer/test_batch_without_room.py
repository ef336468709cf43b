"""A batch that the disk has no room for is refused as a whole, and comes in when it has."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from netrelay.core.words import Refusal
from netrelay.store.database_errors import DiskFullError
from tests.transfer.carried_row import Row
from tests.transfer.linked_pair import SEGMENT, Pair, frame_of, messages_of, refusals

Full = Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=["the commit", "the flush", "a failing disk"])
def full(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Full:
    """Let one of the two say that the disk is full, or fails."""

    def no_commit(*_: object) -> None:
        raise DiskFullError("the disk is full")

    def no_flush(*_: object) -> None:
        error = errno.EIO if request.param == "a failing disk" else errno.ENOSPC
        raise OSError(error, os.strerror(error))

    @contextmanager
    def filled() -> Iterator[None]:
        with monkeypatch.context() as context:
            if request.param == "the commit":
                context.setattr("netrelay.transfer.inbound.store_arrivals", no_commit)
            else:
                context.setattr("os.fsync", no_flush)
                context.setattr("netrelay.transfer.staging.flush_file_system", no_flush)
            yield

    return filled


@pytest.mark.parametrize("size_bytes", [100, 5 * SEGMENT])
def test_what_came_for_us_leaves_nothing(pair: Pair, full: Full, size_bytes: int) -> None:
    content = os.urandom(size_bytes)
    pair.source.drop_file(pair.destination, b"name", content)
    messages = messages_of(pair.source.give_away(pair.destination))
    payload = [frame_of(*messages)]
    with full():
        found = refusals(pair.destination.take(pair.source, payload))
        # A single is judged while its key is not stored yet, and is opened all the same.
        assert set(found) == {Refusal.NO_ROOM}
    assert list(pair.destination.home.staging.iterdir()) == []
    assert pair.destination.value("SELECT count(*) FROM messages WHERE id > 0 AND type < 4") == 0
    assert set(refusals(pair.destination.take(pair.source, payload))) == {None}
    assert pair.destination.deliver() == ["name"]
    assert pair.destination.inbox(pair.source) == {"name": content}


def test_what_waits_for_more_keeps_its_file(pair: Pair, full: Full) -> None:
    content = os.urandom(5 * SEGMENT)
    pair.source.drop_file(pair.destination, b"name", content)
    manifest, first, *rest = messages_of(pair.source.give_away(pair.destination))
    take = pair.destination.take
    assert refusals(take(pair.source, [frame_of(manifest, first)])) == [None, None]
    with full():
        again = refusals(take(pair.source, [frame_of(manifest, *rest)]))
        assert again == [Refusal.NO_ROOM] * (1 + len(rest))
    assert refusals(take(pair.source, [frame_of(*rest)])) == [None] * len(rest)
    assert pair.destination.deliver() == ["name"]
    assert pair.destination.inbox(pair.source) == {"name": content}


def test_what_is_carried_leaves_nothing(tmp_path: Path, full: Full) -> None:
    row = Row(tmp_path)
    try:
        content = os.urandom(9 * SEGMENT)
        payloads = [sent.payload for sent in row.sealed(content)]
        with full():
            assert set(row.give(payloads)) == {Refusal.NO_ROOM}
        assert row.spooled() == []
        assert set(row.give(payloads)) == {None}
        assert set(row.second_hop()) == {None}
        row.cork.deliver()
        assert row.cork.inbox(row.alba) == {"name": content}
    finally:
        row.close()
