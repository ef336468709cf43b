"""Folders that cannot be used: a message waits with its reason in the log, and others go on."""

import os
import shutil
from pathlib import Path

import pytest

from netrelay.core.words import Refusal
from tests.transfer.carried_row import Row
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import SEGMENT, SIZE, Pair, frame_of, refusals


def test_without_the_staging_folder_a_new_one_is_made(pair: Pair) -> None:
    content = os.urandom(3 * SIZE)
    pair.source.drop_file(pair.destination, b"name", content)
    shutil.rmtree(pair.destination.home.staging)
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"name": content}


def test_a_staging_folder_that_is_none_refuses_what_needs_it_and_takes_the_rest(
    tmp_path: Path,
) -> None:
    """brno carries for cork and gets a file itself, in one batch."""
    row = Row(tmp_path)
    row.brno.allow(row.alba, "deliver")
    row.brno.refresh()
    shutil.rmtree(row.brno.home.staging)
    row.brno.home.staging.touch()
    manifest = Hostile(row.alba, row.brno).manifest(SIZE)
    carried = Hostile(row.alba, row.cork).chunk(0, bytes(SEGMENT), 3 * SEGMENT)
    found = refusals(row.brno.take(row.alba, [frame_of(manifest, carried)]))
    assert found == [Refusal.NO_ROOM, None]
    assert row.brno.logged == [
        "refused a message from alba: NO_ROOM:"
        f" {row.brno.home.staging} cannot be written: Not a directory"
    ]
    row.brno.home.staging.unlink()
    assert refusals(row.brno.take(row.alba, [frame_of(manifest)])) == [None]
    row.close()


def test_what_cannot_be_swept_is_logged_and_swept_later(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = Hostile(pair.source, pair.destination)
    assert refusals(pair.destination.take(pair.source, [frame_of(hostile.manifest(SIZE))])) == [
        None
    ]
    pair.destination.write("INSERT INTO facts VALUES (1, 'cancelled', 'person', 'why', NULL)")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as context:
        context.setattr("os.unlink", refuse)
        pair.destination.inbound.sweep()
    (path,) = pair.destination.home.staging.iterdir()
    assert pair.destination.logged == [f"cannot remove {path.name!r}: [Errno 13] Permission denied"]
    pair.destination.inbound.sweep()
    assert not path.exists()
