"""Refusals given here are counted in rows, however many there are, and at little cost."""

from contextlib import closing
from typing import NamedTuple

import apsw
import pytest

from netrelay.core.words import Refusal
from netrelay.store.database_errors import DiskFullError
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import (
    SIZE,
    Message,
    Pair,
    frame_of,
    messages_of,
    refusals,
    rehashed,
    with_header,
)


class Given(NamedTuple):
    """A row of the view `refused_here`."""

    peer: str
    refusal: str
    about: str | None
    messages: int
    missing: str | None
    reason: str


def given(pair: Pair) -> list[Given]:
    """Return what the destination has refused, as its people see it."""
    rows = pair.destination.rows(
        "SELECT peer, refusal, about, messages, missing, reason FROM refused_here"
        " ORDER BY refusal, about"
    )
    return [Given(*row) for row in rows]  # type: ignore[arg-type]


def forbid(pair: Pair) -> None:
    """Let the destination permit nothing."""
    pair.destination.write("DELETE FROM rights")


def take(pair: Pair, *messages: Message) -> list[Refusal | None]:
    return refusals(pair.destination.take(pair.source, [frame_of(*messages)]))


def test_what_is_not_permitted_is_counted_with_its_source(pair: Pair) -> None:
    forbid(pair)
    manifest = Hostile(pair.source, pair.destination).manifest(3 * SIZE)
    assert take(pair, manifest, manifest) == [Refusal.NOT_PERMITTED] * 2
    name = pair.source.name
    (row,) = given(pair)
    assert row == Given(
        *(name, "NOT_PERMITTED", name, 2, "deliver"),
        f"{name} may not deliver here: netrelay peer allow {name} deliver",
    )
    pair.destination.allow(pair.source, "deliver")
    assert given(pair) == []
    assert take(pair, manifest) == [None]


def test_what_cannot_be_read_or_was_damaged_is_counted_too(pair: Pair) -> None:
    hostile = Hostile(pair.source, pair.destination)
    manifest = hostile.manifest(3 * SIZE)
    damaged = manifest._replace(body=b"x" + manifest.body[1:])
    unreadable = manifest._replace(end_to_end=b"\xc1" * 20)
    forged = rehashed(damaged)
    taken = take(pair, damaged, damaged, unreadable, forged)
    assert taken == [Refusal.BAD_HASH] * 2 + [Refusal.MALFORMED] * 2
    assert [(row.refusal, row.about, row.messages) for row in given(pair)] == [
        ("BAD_HASH", pair.source.name, 2),
        ("MALFORMED", None, 1),
        ("MALFORMED", pair.source.name, 1),
    ]


def test_a_frame_that_cannot_be_read_is_counted(pair: Pair) -> None:
    pair.destination.take(pair.source, [b"\xff" * 100])
    assert given(pair) == []
    assert pair.destination.inbound.store_refusals() is None
    assert [(row.refusal, row.about, row.messages) for row in given(pair)] == [
        ("MALFORMED", None, 1)
    ]


def test_a_flood_of_refusals_costs_a_commit_in_ten_seconds(pair: Pair) -> None:
    forbid(pair)
    hostile = Hostile(pair.source, pair.destination)
    frame = frame_of(*(hostile.manifest(3 * SIZE, sequence=each) for each in range(1, 9)))
    with closing(apsw.Connection(str(pair.destination.home.database))) as other:

        def version() -> object:
            """Return a number that each commit of another connection changes."""
            return other.execute("PRAGMA data_version").fetchall()

        commits, before = 0, version()
        for _ in range(200):
            pair.destination.take(pair.source, [frame])
            commits, before = commits + (version() != before), version()
            pair.destination.time_s += 0.1
        # Twenty seconds: at once, and after ten.
        assert commits == 2
        pair.destination.time_s += 10
        assert pair.destination.inbound.store_refusals() is None
        assert version() != before
    assert [row.messages for row in given(pair)] == [200 * 8]


def test_a_flood_of_subjects_is_bounded_in_memory_and_in_rows(pair: Pair) -> None:
    """A peer writes any source into a header: nothing is verified before the right is looked up."""
    pair.source.drop_file(pair.destination, b"name", b"content")
    (message, *_) = messages_of(pair.source.fill(pair.destination))
    letters = str.maketrans("0123456789", "abcdefghij")
    sources = [f"{number:032}".translate(letters) for number in range(1600)]
    frames = [
        frame_of(*(with_header(message, source=source) for source in sources[first : first + 100]))
        for first in range(0, 1600, 100)
    ]
    for frame in frames:
        pair.destination.take(pair.source, [frame])
        assert len(pair.destination.inbound._given._pending) <= 33
    assert len(pair.destination.inbound._given._pending) == 33
    pair.destination.time_s += 10
    pair.destination.inbound.store_refusals()
    rows = pair.destination.rows("SELECT messages FROM refusals_given")
    assert len(rows) == 33
    assert sum(int(str(count)) for (count,) in rows) == 1600


def test_while_the_disk_is_full_the_count_waits(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid(pair)
    manifest = Hostile(pair.source, pair.destination).manifest(3 * SIZE)

    def full(*_: object) -> None:
        raise DiskFullError("no room")

    with monkeypatch.context() as patch:
        patch.setattr("netrelay.transfer.refusals_given.store_refusals", full)
        assert take(pair, manifest) == [Refusal.NOT_PERMITTED]
        assert pair.destination.inbound.store_refusals() == 10
    pair.destination.time_s += 10
    assert pair.destination.inbound.store_refusals() is None
    assert [row.messages for row in given(pair)] == [1]
